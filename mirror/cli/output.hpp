// What leaves the program: one JSON object on standard output, and failures with their remedy on
// standard error.
#pragma once

#include <string>
#include <vector>

#include "mirror/exit_code.hpp"
#include "schema/mapping_file.hpp"

namespace miroir {

struct Failure {
  Exit exit = Exit::internal;
  std::string what;
  std::string hint;                 // Empty: none.
  std::vector<Mistake> mistakes{};  // Of the configuration or the mapping.
};

// "miroir: what" and "hint: ..." on standard error; with `json` also {"outcome", "error", "hint"}
// on standard output.
void print_failure(const Failure& failure, bool json);

// Writes everything out; throws std::runtime_error if standard output takes no more (a full disk
// behind a pipe).
void print(const std::string& text);

}  // namespace miroir
