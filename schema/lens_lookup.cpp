#include <fmt/core.h>

#include <algorithm>

#include "schema/lens_converters.hpp"

namespace miroir {
namespace {

// "FR = '' or F, BE": a name that is the value itself stands alone.
std::string shown(const Lens& lens) {
  std::string out;
  for (const auto& [name, values] : lens.lookup) {
    out += (out.empty() ? "" : ", ") + name;
    if (values.size() == 1 && values.front() == Value{name}) continue;
    for (std::size_t i = 0; i < values.size(); ++i)
      out += (i == 0 ? " = " : " or ") + display(values[i]);
  }
  return out;
}

Refusal unknown(const Lens& lens, const Value& value) {
  return Refusal{fmt::format("value {} is not in the table: {}", display(value), shown(lens))};
}

// A code is the same in any case, and with blanks at its ends.
bool is_same(const Lens& lens, const Value& listed, const Value& site) {
  if (listed == site) return true;
  const auto* a = std::get_if<std::string>(&listed);
  const auto* b = std::get_if<std::string>(&site);
  if (a == nullptr || b == nullptr) return false;
  if (lens.type == FieldType::code) return fold_code(*a) == fold_code(*b);
  return lens.folding.any() && lens.folding(*a) == lens.folding(*b);
}

}  // namespace

bool has_lookup(const Lens& lens) {
  return lens.type == FieldType::enumeration || !lens.lookup.empty();
}

Lensed read_lookup(const Lens& lens, const Value& site) {
  for (const auto& [name, values] : lens.lookup) {
    const bool found = std::any_of(values.begin(), values.end(),
                                   [&](const Value& one) { return is_same(lens, one, site); });
    if (found) return Value{name};
  }
  return unknown(lens, site);
}

Lensed write_lookup(const Lens& lens, const Value& canonical) {
  const auto found = lens.lookup.find(std::get<std::string>(canonical));
  if (found == lens.lookup.end()) return unknown(lens, canonical);
  return found->second.front();
}

std::optional<std::string> name_of_null(const Lens& lens) {
  for (const auto& [name, values] : lens.lookup) {
    if (std::any_of(values.begin(), values.end(), is_null)) return name;
  }
  return std::nullopt;
}

}  // namespace miroir
