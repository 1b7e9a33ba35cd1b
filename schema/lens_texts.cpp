#include <fmt/core.h>

#include <charconv>

#include "schema/lens_converters.hpp"

namespace miroir {
namespace {

const Refusal not_utf8{"the text is not valid UTF-8"};

Refusal too_long(std::size_t units, int length) {
  return Refusal{fmt::format("the value has {} characters, the column takes {}", units, length)};
}

std::string lookup_table(const Lens& lens) {
  std::string out;
  for (const auto& [name, value] : lens.lookup) {
    out += fmt::format("{}{} = {}", out.empty() ? "" : ", ", name, display(value));
  }
  return out;
}

}  // namespace

Lensed fit_exactly(const Lens& lens, std::string text) {
  if (lens.length) {
    const std::optional<std::size_t> units = utf16_units(text);
    if (!units) return not_utf8;
    if (*units > static_cast<std::size_t>(*lens.length)) return too_long(*units, *lens.length);
  }
  return Value{std::move(text)};
}

Lensed write_text(const Lens& lens, const Value& canonical) {
  const auto& text = std::get<std::string>(canonical);
  if (!lens.length || !lens.loss.length) return fit_exactly(lens, text);
  if (!utf16_units(text)) return not_utf8;
  return Value{std::string{cut_to_units(text, static_cast<std::size_t>(*lens.length))}};
}

Lensed read_code(const Lens&, const Value& site) {
  return Value{fold_code(std::get<std::string>(site))};
}

Lensed read_code_number(const Lens&, const Value& site) {
  return Value{fmt::format("{}", std::get<std::int64_t>(site))};
}

// A number column would change '00042' to 42: only what it gives back as it was may go in.
Lensed write_code_number(const Lens&, const Value& canonical) {
  const auto& code = std::get<std::string>(canonical);
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(code.data(), code.data() + code.size(), number);
  if (error != std::errc{} || end != code.data() + code.size() ||
      fmt::format("{}", number) != code) {
    return Refusal{"the column holds whole numbers, and the code is not one as it is written"};
  }
  return Value{number};
}

Lensed read_uuid_text(const Lens&, const Value& site) {
  const std::optional<Uuid> uuid = parse_uuid(std::get<std::string>(site));
  if (!uuid) return Refusal{"the text is no UUID"};
  return Value{*uuid};
}

Lensed write_uuid_text(const Lens& lens, const Value& canonical) {
  return fit_exactly(lens, to_string(std::get<Uuid>(canonical)));
}

Lensed read_enumeration(const Lens& lens, const Value& site) {
  for (const auto& [name, value] : lens.lookup) {
    if (value == site) return Value{name};
  }
  return Refusal{
      fmt::format("value {} is not in the table: {}", display(site), lookup_table(lens))};
}

Lensed write_enumeration(const Lens& lens, const Value& canonical) {
  const auto& name = std::get<std::string>(canonical);
  const auto found = lens.lookup.find(name);
  if (found == lens.lookup.end()) {
    return Refusal{
        fmt::format("value {} is not in the table: {}", display(canonical), lookup_table(lens))};
  }
  return found->second;
}

}  // namespace miroir
