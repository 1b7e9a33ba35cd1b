#include "schema/decimal.hpp"

#include <rapidcheck/catch.h>

#include <catch2/catch.hpp>
#include <stdexcept>

#include "value_generators.hpp"

using namespace miroir;
using miroir::testing::decimals;

namespace {

Decimal dec(std::string_view text) {
  const auto parsed = parse_decimal(text);
  if (!parsed) throw std::logic_error{"no decimal: " + std::string{text}};
  return *parsed;
}

std::string shown(const std::optional<Decimal>& value) {
  return value ? value->to_string() : "nothing";
}

const std::string nines(38, '9');

__extension__ typedef __int128 Wide;

struct Small {
  std::int64_t coefficient;
  int scale;
  Decimal decimal() const { return Decimal{coefficient, scale}; }
  Wide at_18() const {  // Exact: at most 18 digits become at most 36.
    Wide wide = coefficient;
    for (int i = scale; i < 18; ++i) wide *= 10;
    return wide;
  }
};

Small small() {
  constexpr std::int64_t limit = 1'000'000'000'000'000'000;
  return {*rc::gen::inRange(-limit + 1, limit), *rc::gen::inRange(0, 19)};
}

}  // namespace

TEST_CASE("a decimal is printed as it was written") {
  for (const char* text : {"0", "12.50", "-0.50", "0.001", "100", "-7", "0.00"}) {
    CHECK(dec(text).to_string() == text);
  }
  CHECK(dec("+0.5").to_string() == "0.5");
  CHECK(dec(".5").to_string() == "0.5");
  CHECK(dec("007.5").to_string() == "7.5");
  CHECK(dec("-0").to_string() == "0");
}

TEST_CASE("38 digits are a decimal, a 39th is refused") {
  CHECK(dec(nines).to_string() == nines);
  CHECK(dec("-0." + nines).to_string() == "-0." + nines);
  CHECK(dec("0." + std::string(37, '0') + "1").scale() == 38);
  CHECK_FALSE(parse_decimal(nines + "9"));
  CHECK_FALSE(parse_decimal(nines + ".5"));
  CHECK_FALSE(parse_decimal("0." + std::string(38, '0') + "1"));
  CHECK_THROWS_AS(Decimal(1, 39), std::out_of_range);
  CHECK_THROWS_AS(Decimal(1, -1), std::out_of_range);
  CHECK_THROWS_AS(Decimal(dec(nines).coefficient() + 1, 0), std::out_of_range);
}

TEST_CASE("trailing zeros beyond what fits are dropped, and only those") {
  CHECK(dec("12.00000000000000000000").to_string() == "12.00000000000000000000");
  CHECK(dec("1234567890123456789.00000000000000000000").to_string() ==
        "1234567890123456789.0000000000000000000");
  CHECK(dec(nines + ".000").to_string() == nines);
  CHECK(dec("1.5" + std::string(60, '0')).scale() == 37);
  CHECK(dec("0." + std::string(60, '0')).is_zero());
}

TEST_CASE("what is no plain decimal is refused") {
  for (const char* text : {"", "+", "-", ".", "5.", "1e5", " 1", "1 ", "1,5", "1'000", "NaN", "--1",
                           "1.2.3", "0x10", "Infinity"}) {
    INFO(text);
    CHECK_FALSE(parse_decimal(text));
  }
}

TEST_CASE("decimals compare by value, whatever their scale") {
  CHECK(dec("12.5") == dec("12.50"));
  CHECK(dec("0") == dec("-0.00"));
  CHECK(dec("-0.5") < dec("0.4"));
  CHECK(dec("-1.5") < dec("-1.4"));
  CHECK(dec(nines) > dec("0." + nines));
  CHECK(dec("1") > dec("0." + nines));
  CHECK(dec("-" + nines) < dec("-0." + nines));
}

TEST_CASE("a sum of more than 38 digits is none") {
  CHECK(shown(add(dec("0.1"), dec("0.20"))) == "0.30");
  CHECK(shown(subtract(dec("1"), dec("0.99"))) == "0.01");
  CHECK(shown(add(dec(nines), dec("1"))) == "nothing");
  CHECK(shown(add(dec(nines), dec("0.1"))) == "nothing");
  CHECK(shown(add(dec("-" + nines), dec("1"))) == "-" + std::string(37, '9') + "8");
}

TEST_CASE("a sum that fits is found, even if its terms do not fit at one scale") {
  CHECK(shown(add(dec("10." + std::string(36, '0')), dec("-9." + std::string(37, '9')))) ==
        "0." + std::string(36, '0') + "1");
  CHECK(shown(add(dec("5." + std::string(37, '0')), dec("5." + std::string(37, '0')))) ==
        "10." + std::string(36, '0'));
  CHECK(add(dec(nines), dec("0." + std::string(38, '0'))) == dec(nines));
}

TEST_CASE("a scale is changed only where no digit is lost") {
  CHECK(shown(rescale(dec("12.5"), 3)) == "12.500");
  CHECK(shown(rescale(dec("12.500"), 1)) == "12.5");
  CHECK(shown(rescale(dec("12.55"), 1)) == "nothing");
  CHECK(shown(rescale(dec(nines), 1)) == "nothing");
  CHECK(shown(rescale(dec("0"), 38)) == "0." + std::string(38, '0'));
  CHECK(shown(rescale(dec("1"), 39)) == "nothing");
  CHECK(shown(rescale(dec("1"), -1)) == "nothing");
}

TEST_CASE("rounding is half away from zero") {
  CHECK(round(dec("2.345"), 2).to_string() == "2.35");
  CHECK(round(dec("-2.345"), 2).to_string() == "-2.35");
  CHECK(round(dec("2.344999"), 2).to_string() == "2.34");
  CHECK(round(dec("0.5"), 0).to_string() == "1");
  CHECK(round(dec("2.3"), 5).to_string() == "2.3");
  CHECK(round(dec("0." + nines), 0) == dec("1"));
  CHECK(normalize(dec("12.500")).to_string() == "12.5");
  CHECK(normalize(dec("100.00")).to_string() == "100");
  CHECK(normalize(dec("0.00")).scale() == 0);
}

TEST_CASE("products are exact, or refused") {
  const auto product = [](const char* a, const char* b) {
    const auto result = multiply(*parse_decimal(a), *parse_decimal(b));
    return result ? result->to_string() : "refused";
  };
  CHECK(product("3", "1.25") == "3.75");
  CHECK(product("-0.5", "0.2") == "-0.1");
  CHECK(product("0", "-7") == "0");
  CHECK(product("-4", "-2.50") == "10");
  CHECK(product("10000000000000000000", "9999999999999999999") ==
        "99999999999999999990000000000000000000");
  CHECK(product("10000000000000000000", "10000000000000000000") == "refused");
  CHECK(product("99999999999999999999999999999999999999", "99") == "refused");
  CHECK(product("0.00000000000000000001", "0.0000000000000000001") == "refused");
}

TEST_CASE("decimals keep the laws of arithmetic") {
  rc::prop("what is printed parses to the same digits", [] {
    const Decimal d = *decimals();
    const auto back = parse_decimal(d.to_string());
    RC_ASSERT(back.has_value());
    RC_ASSERT(back->coefficient() == d.coefficient());
    RC_ASSERT(back->scale() == d.scale());
  });
  rc::prop("sums and differences are those of 128-bit integers", [] {
    const Small a = small();
    const Small b = small();
    const auto sum = add(a.decimal(), b.decimal());
    const auto difference = subtract(a.decimal(), b.decimal());
    RC_ASSERT(sum && difference);
    RC_ASSERT(*sum == Decimal(a.at_18() + b.at_18(), 18));
    RC_ASSERT(*difference == Decimal(a.at_18() - b.at_18(), 18));
  });
  rc::prop("the order is that of 128-bit integers", [] {
    const Small a = small();
    const Small b = *rc::gen::arbitrary<bool>() ? small() : Small{a.coefficient, a.scale};
    RC_ASSERT((a.decimal() <=> b.decimal()) == (a.at_18() <=> b.at_18()));
  });
  rc::prop("adding and taking away again changes nothing", [] {
    const Decimal a = *decimals();
    const Decimal b = *decimals();
    if (const auto sum = add(a, b)) RC_ASSERT(subtract(*sum, b) == a);
  });
  rc::prop("rounding moves a value by half a unit at most", [] {
    const Decimal d = *decimals();
    const int scale = *rc::gen::inRange(0, 38);
    const Decimal r = round(d, scale);
    RC_ASSERT(r.scale() <= std::max(scale, 0));
    const auto moved = subtract(r, d);
    if (!moved) return;  // The exact difference of two far scales may need more than 38 digits.
    RC_ASSERT(*moved <= Decimal(5, scale + 1));
    RC_ASSERT(*moved >= Decimal(-5, scale + 1));
  });
}
