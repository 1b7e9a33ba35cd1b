#include <fmt/core.h>

#include <charconv>
#include <limits>

#include "schema/lens_converters.hpp"

namespace miroir {
namespace {

std::optional<std::int64_t> whole_number(const Decimal& value) {
  const std::optional<Decimal> whole = rescale(value, 0);
  if (!whole) return std::nullopt;
  const Decimal::Coefficient c = whole->coefficient();
  if (c < std::numeric_limits<std::int64_t>::min()) return std::nullopt;
  if (c > std::numeric_limits<std::int64_t>::max()) return std::nullopt;
  return static_cast<std::int64_t>(c);
}

std::variant<Decimal, Refusal> fit_scale(const Lens& lens, const Decimal& value,
                                         std::optional<int> scale) {
  if (!scale) return value;
  const int digits = normalize(value).scale();
  if (digits <= *scale) return value;
  if (lens.loss.precision) return round(value, *scale);
  return Refusal{
      fmt::format("the value has {} digits after the point, the column keeps {}", digits, *scale)};
}

Refusal not_divisible(const Value& canonical, std::int64_t unit) {
  return Refusal{
      fmt::format("{} is no multiple of {}, which the column counts in", display(canonical), unit)};
}

std::optional<Value> multiplied(const Value& value, std::int64_t factor) {
  if (const auto* number = std::get_if<std::int64_t>(&value)) {
    std::int64_t product = 0;
    if (__builtin_mul_overflow(*number, factor, &product)) return std::nullopt;
    return Value{product};
  }
  const auto product = multiply(std::get<Decimal>(value), Decimal{factor, 0});
  return product ? std::optional{Value{*product}} : std::nullopt;
}

}  // namespace

Lensed times_unit(const Lens& lens, Lensed read) {
  if (lens.times == 1 || std::holds_alternative<Refusal>(read)) return read;
  auto product = multiplied(std::get<Value>(read), lens.times);
  if (!product) return Refusal{fmt::format("the value times {} has too many digits", lens.times)};
  return *std::move(product);
}

Lensed by_unit(const Lens& lens, const Value& canonical) {
  if (lens.times == 1) return canonical;
  if (const auto* number = std::get_if<std::int64_t>(&canonical)) {
    if (*number % lens.times != 0) return not_divisible(canonical, lens.times);
    return Value{*number / lens.times};
  }
  const auto quotient = divide(std::get<Decimal>(canonical), lens.times);
  if (!quotient) return not_divisible(canonical, lens.times);
  return Value{*quotient};
}

Lensed read_integer_decimal(const Lens&, const Value& site) {
  const std::optional<std::int64_t> number = whole_number(std::get<Decimal>(site));
  if (!number) return Refusal{"the column's value is no whole number of 64 bits"};
  return Value{*number};
}

Lensed write_integer_decimal(const Lens&, const Value& canonical) {
  return Value{Decimal{std::get<std::int64_t>(canonical), 0}};
}

Lensed read_integer_text(const Lens&, const Value& site) {
  const auto& text = std::get<std::string>(site);
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) {
    return Refusal{"the text is no whole number"};
  }
  return Value{number};
}

Lensed write_integer_text(const Lens& lens, const Value& canonical) {
  return fit_exactly(lens, fmt::format("{}", std::get<std::int64_t>(canonical)));
}

Lensed write_decimal(const Lens& lens, const Value& canonical) {
  auto fitted = fit_scale(lens, std::get<Decimal>(canonical), lens.scale);
  if (const auto* refusal = std::get_if<Refusal>(&fitted)) return *refusal;
  return Value{std::get<Decimal>(fitted)};
}

Lensed read_decimal_integer(const Lens&, const Value& site) {
  return Value{Decimal{std::get<std::int64_t>(site), 0}};
}

Lensed write_decimal_integer(const Lens& lens, const Value& canonical) {
  auto fitted = fit_scale(lens, std::get<Decimal>(canonical), 0);
  if (const auto* refusal = std::get_if<Refusal>(&fitted)) return *refusal;
  const std::optional<std::int64_t> number = whole_number(std::get<Decimal>(fitted));
  if (!number) return Refusal{"the value is too large for a whole number of 64 bits"};
  return Value{*number};
}

Lensed read_decimal_text(const Lens&, const Value& site) {
  const std::optional<Decimal> value = parse_decimal(std::get<std::string>(site));
  if (!value) return Refusal{"the text is no decimal number of at most 38 digits"};
  return Value{*value};
}

Lensed write_decimal_text(const Lens& lens, const Value& canonical) {
  auto fitted = fit_scale(lens, std::get<Decimal>(canonical), lens.scale);
  if (const auto* refusal = std::get_if<Refusal>(&fitted)) return *refusal;
  return fit_exactly(lens, std::get<Decimal>(fitted).to_string());
}

Lensed read_boolean_integer(const Lens&, const Value& site) {
  const std::int64_t number = std::get<std::int64_t>(site);
  if (number != 0 && number != 1) {
    return Refusal{fmt::format("the column holds {}, where 0 is no and 1 is yes", number)};
  }
  return Value{number == 1};
}

Lensed write_boolean_integer(const Lens&, const Value& canonical) {
  return Value{std::int64_t{std::get<bool>(canonical) ? 1 : 0}};
}

}  // namespace miroir
