#include "mirror/cli/output.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <nlohmann/json.hpp>

namespace miroir {
namespace {

nlohmann::ordered_json to_json(const Failure& failure) {
  nlohmann::ordered_json object{{"outcome", name_of(failure.exit)}, {"error", failure.what}};
  if (!failure.hint.empty()) object["hint"] = failure.hint;
  for (const Mistake& mistake : failure.mistakes) {
    object["mistakes"].push_back({{"file", mistake.file},
                                  {"pointer", mistake.pointer},
                                  {"wrong", mistake.wrong},
                                  {"right", mistake.right}});
  }
  return object;
}

}  // namespace

void print_failure(const Failure& failure, bool json) {
  fmt::print(stderr, "miroir: {}\n", failure.what);
  for (const Mistake& mistake : failure.mistakes) fmt::print(stderr, "  {}\n", to_string(mistake));
  if (!failure.hint.empty()) fmt::print(stderr, "hint: {}\n", failure.hint);
  if (json) {
    const auto replace = nlohmann::ordered_json::error_handler_t::replace;
    print(to_json(failure).dump(-1, ' ', false, replace) + "\n");
  }
}

void print(const std::string& text) {
  const bool written = std::fwrite(text.data(), 1, text.size(), stdout) == text.size();
  if (!written || std::fflush(stdout) != 0) {
    throw std::runtime_error{"cannot write to standard output"};
  }
}

}  // namespace miroir
