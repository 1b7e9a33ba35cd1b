#include "mapping_slips.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

namespace miroir::testing {

std::vector<Mistake> mistakes_in(const std::string& text) {
  auto read = read_mapping(text, "m.json");
  if (auto* mistakes = std::get_if<std::vector<Mistake>>(&read)) return std::move(*mistakes);
  return {};
}

void check_slip(const Slip& slip) {
  INFO("changed: " << slip.from << "\n     to: " << slip.to);
  const std::vector<Mistake> found = mistakes_in(sample_with(slip.from, slip.to));
  for (const Mistake& mistake : found) UNSCOPED_INFO(to_string(mistake));
  const auto has = [](const std::string& text, const char* part) {
    return text.find(part) != std::string::npos;
  };
  CHECK(std::any_of(found.begin(), found.end(), [&](const Mistake& mistake) {
    return mistake.file == "m.json" && mistake.pointer == slip.pointer &&
           has(mistake.wrong, slip.wrong) && has(mistake.right, slip.right);
  }));
  CHECK(found.size() == 1);
}

}  // namespace miroir::testing
