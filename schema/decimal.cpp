#include "schema/decimal.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

namespace miroir {
namespace {

using Coefficient = Decimal::Coefficient;
__extension__ typedef unsigned __int128 Magnitude;

constexpr auto powers = [] {
  std::array<Magnitude, Decimal::digits_max + 1> out{};
  out[0] = 1;
  for (std::size_t i = 1; i < out.size(); ++i) out[i] = out[i - 1] * 10;
  return out;
}();

constexpr Magnitude power(int exponent) { return powers[static_cast<std::size_t>(exponent)]; }
constexpr Magnitude too_large = powers[Decimal::digits_max];

Magnitude magnitude(Coefficient c) {
  return c < 0 ? Magnitude{0} - static_cast<Magnitude>(c) : static_cast<Magnitude>(c);
}

Decimal from_magnitude(Magnitude m, bool negative, int scale) {
  const auto c = static_cast<Coefficient>(m);
  return Decimal{negative ? -c : c, scale};
}

// The whole part and the fraction, the latter as if written with 38 digits: two values with
// different scales compare part by part, where bringing them to one scale could overflow.
struct Parts {
  Coefficient whole, fraction;
};
Parts split(const Decimal& d) {
  const auto unit = static_cast<Coefficient>(power(d.scale()));
  const auto up = static_cast<Coefficient>(power(Decimal::digits_max - d.scale()));
  return {d.coefficient() / unit, d.coefficient() % unit * up};
}

// An operand at a larger scale. From 2 * 10^38 on no other operand of 38 digits brings the sum back
// into range.
std::optional<Magnitude> scaled_up(Magnitude m, int by) {
  if (m != 0 && m > (2 * too_large - 1) / power(by)) return std::nullopt;
  return m * power(by);
}

std::optional<Decimal> add_at_common_scale(const Decimal& a, const Decimal& b) {
  int scale = std::max(a.scale(), b.scale());
  const auto left = scaled_up(magnitude(a.coefficient()), scale - a.scale());
  const auto right = scaled_up(magnitude(b.coefficient()), scale - b.scale());
  if (!left || !right) return std::nullopt;
  const bool left_negative = a.coefficient() < 0;
  const bool right_negative = b.coefficient() < 0;
  Magnitude sum = 0;
  bool negative = left_negative;
  if (left_negative == right_negative) {
    sum = *left + *right;
  } else {
    negative = *left > *right ? left_negative : right_negative;
    sum = *left > *right ? *left - *right : *right - *left;
  }
  for (; sum >= too_large && scale > 0 && sum % 10 == 0; --scale) sum /= 10;
  if (sum >= too_large) return std::nullopt;
  return from_magnitude(sum, negative, scale);
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool all_digits(std::string_view text) { return std::all_of(text.begin(), text.end(), is_digit); }

std::optional<Magnitude> read_digits(std::string_view digits) {
  digits.remove_prefix(std::min(digits.find_first_not_of('0'), digits.size()));
  if (digits.size() > Decimal::digits_max) return std::nullopt;
  Magnitude m = 0;
  for (const char c : digits) m = m * 10 + static_cast<Magnitude>(c - '0');
  return m;
}

}  // namespace

Decimal::Decimal(Coefficient coefficient, int scale) : coefficient_{coefficient}, scale_{scale} {
  if (scale < 0 || scale > digits_max) throw std::out_of_range{"scale of a decimal"};
  if (magnitude(coefficient) >= too_large) throw std::out_of_range{"digits of a decimal"};
}

std::string Decimal::to_string() const {
  std::string out;
  Magnitude rest = magnitude(coefficient_);
  for (int place = 0; rest != 0 || place <= scale_; ++place, rest /= 10) {
    if (place == scale_ && scale_ > 0) out += '.';
    out += static_cast<char>('0' + static_cast<int>(rest % 10));
  }
  if (coefficient_ < 0) out += '-';
  std::reverse(out.begin(), out.end());
  return out;
}

bool operator==(const Decimal& a, const Decimal& b) { return (a <=> b) == 0; }

std::strong_ordering operator<=>(const Decimal& a, const Decimal& b) {
  const Parts left = split(a);
  const Parts right = split(b);
  if (left.whole != right.whole) return left.whole <=> right.whole;
  return left.fraction <=> right.fraction;
}

std::optional<Decimal> parse_decimal(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  const std::size_t point = text.find('.');
  const std::string_view whole = text.substr(0, point);
  std::string_view fraction;
  if (point != std::string_view::npos) {
    fraction = text.substr(point + 1);
    if (fraction.empty()) return std::nullopt;
  }
  if (whole.empty() && fraction.empty()) return std::nullopt;
  if (!all_digits(whole) || !all_digits(fraction)) return std::nullopt;
  // Trailing zeros of the fraction say nothing: they go first when there are more digits than fit.
  for (;;) {
    const auto m = fraction.size() <= Decimal::digits_max
                       ? read_digits(std::string{whole} + std::string{fraction})
                       : std::nullopt;
    if (m) return from_magnitude(*m, negative, static_cast<int>(fraction.size()));
    if (!fraction.ends_with('0')) return std::nullopt;
    fraction.remove_suffix(1);
  }
}

std::optional<Decimal> add(const Decimal& a, const Decimal& b) {
  if (auto sum = add_at_common_scale(a, b)) return sum;
  return add_at_common_scale(normalize(a), normalize(b));
}

std::optional<Decimal> subtract(const Decimal& a, const Decimal& b) {
  return add(a, Decimal{-b.coefficient(), b.scale()});
}

std::optional<Decimal> multiply(const Decimal& a, const Decimal& b) {
  const Decimal left = normalize(a);
  const Decimal right = normalize(b);
  Magnitude product = 0;
  if (__builtin_mul_overflow(magnitude(left.coefficient()), magnitude(right.coefficient()),
                             &product))
    return std::nullopt;
  int scale = left.scale() + right.scale();
  for (; scale > 0 && product % 10 == 0; --scale) product /= 10;
  if (product >= too_large || scale > Decimal::digits_max) return std::nullopt;
  return from_magnitude(product, (left.coefficient() < 0) != (right.coefficient() < 0), scale);
}

std::optional<Decimal> divide(const Decimal& value, std::int64_t divisor) {
  const Decimal plain = normalize(value);
  const auto by = static_cast<Magnitude>(divisor);
  Magnitude m = magnitude(plain.coefficient());
  int scale = plain.scale();
  for (; m % by != 0; ++scale, m *= 10) {
    if (scale == Decimal::digits_max || m > (too_large - 1) / 10) return std::nullopt;
  }
  return from_magnitude(m / by, plain.coefficient() < 0, scale);
}

std::optional<Decimal> rescale(const Decimal& value, int scale) {
  if (scale < 0 || scale > Decimal::digits_max) return std::nullopt;
  const Magnitude m = magnitude(value.coefficient());
  const bool negative = value.coefficient() < 0;
  if (scale < value.scale()) {
    const Magnitude unit = power(value.scale() - scale);
    if (m % unit != 0) return std::nullopt;
    return from_magnitude(m / unit, negative, scale);
  }
  const Magnitude unit = power(scale - value.scale());
  if (m > (too_large - 1) / unit) return std::nullopt;
  return from_magnitude(m * unit, negative, scale);
}

Decimal round(const Decimal& value, int scale) {
  scale = std::max(scale, 0);
  if (value.scale() <= scale) return value;
  const Magnitude unit = power(value.scale() - scale);
  const Magnitude m = magnitude(value.coefficient());
  const Magnitude up = m % unit >= unit / 2 ? 1 : 0;  // unit is even: half of it is exact.
  return from_magnitude(m / unit + up, value.coefficient() < 0, scale);
}

Decimal normalize(const Decimal& value) {
  Magnitude m = magnitude(value.coefficient());
  int scale = value.scale();
  for (; scale > 0 && m % 10 == 0; --scale) m /= 10;
  return from_magnitude(m, value.coefficient() < 0, scale);
}

}  // namespace miroir
