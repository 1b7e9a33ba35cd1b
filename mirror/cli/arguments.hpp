// The command line. parse_arguments() also prints --help and --version, and what is wrong with the
// arguments.
#pragma once

#include <filesystem>
#include <variant>

#include "mirror/cli/verbs.hpp"

namespace miroir {

struct Arguments {
  std::filesystem::path config = "miroir.json";
  bool json = false;
  std::optional<int> progress_fd{};
  Verb verb;
};

// An Exit: there is nothing to do (help, version), or the arguments are no use.
std::variant<Arguments, Exit> parse_arguments(int argc, const char* const* argv);

}  // namespace miroir
