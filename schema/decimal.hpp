// Exact decimals of up to 38 digits, for money and quantities.
//
// A Decimal keeps the scale it was written with ("12.50" prints as "12.50"), because a site's row
// must be given back exactly as it was; comparison is by value ("12.5" == "12.50"). Pure; no
// function throws but those that say so.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace miroir {

class Decimal {
 public:
  __extension__ typedef __int128 Coefficient;
  static constexpr int digits_max = 38;

  constexpr Decimal() = default;
  // coefficient * 10^-scale; 0 <= scale <= 38 and |coefficient| < 10^38, else std::out_of_range.
  Decimal(Coefficient coefficient, int scale);

  Coefficient coefficient() const { return coefficient_; }
  int scale() const { return scale_; }
  bool is_zero() const { return coefficient_ == 0; }

  // "-0.50"; always at least one digit before the point, never an exponent.
  std::string to_string() const;

  friend bool operator==(const Decimal& a, const Decimal& b);
  friend std::strong_ordering operator<=>(const Decimal& a, const Decimal& b);

 private:
  Coefficient coefficient_ = 0;
  int scale_ = 0;
};

// "12.34", "-7", "+0.5", ".5"; an exponent, blanks, thousands separators, NaN and a 39th
// significant digit are refused. Trailing zeros after the point beyond what fits are dropped
// (Navision prints 20 of them).
std::optional<Decimal> parse_decimal(std::string_view text);

// nullopt if the exact result needs more than 38 digits.
std::optional<Decimal> add(const Decimal& a, const Decimal& b);
std::optional<Decimal> subtract(const Decimal& a, const Decimal& b);
std::optional<Decimal> multiply(const Decimal& a, const Decimal& b);
// The same, as a third is none either; the divisor is positive.
std::optional<Decimal> divide(const Decimal& value, std::int64_t divisor);
// The same value with the scale given; nullopt if digits other than zeros would be lost or it does
// not fit.
std::optional<Decimal> rescale(const Decimal& value, int scale);
// Rounded half away from zero to at most `scale` digits after the point.
Decimal round(const Decimal& value, int scale);
// Without trailing zeros after the point.
Decimal normalize(const Decimal& value);

}  // namespace miroir
