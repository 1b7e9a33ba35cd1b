#include "schema/row_codec.hpp"

#include <rapidcheck/catch.h>

#include <catch2/catch.hpp>
#include <limits>

#include "value_generators.hpp"

using namespace miroir;

namespace {

rc::Gen<Row> rows() { return rc::gen::container<Row>(testing::values()); }

bool identical(const Row& a, const Row& b) { return encode_row(a) == encode_row(b) && a == b; }

// Whatever the bytes are, they are refused, or are the one encoding of what they decode to.
void check_hostile(const std::string& bytes) {
  try {
    const Row row = decode_row(bytes);
    RC_ASSERT(encode_row(row) == bytes);
  } catch (const CodecError&) {
  }
}

}  // namespace

TEST_CASE("a row survives the store, with the scale of its decimals") {
  rc::prop("for all rows", [] {
    const Row row = *rows();
    RC_ASSERT(identical(decode_row(encode_row(row)), row));
  });
  const Row row{Value{*parse_decimal("12.500")}};
  CHECK(std::get<Decimal>(decode_row(encode_row(row)).front()).scale() == 3);
}

TEST_CASE("a row survives beside another that it shares texts with") {
  rc::prop("for all rows and bases", [] {
    const Row base = *rows();
    Row row = *rows();
    row.insert(row.end(), base.rbegin(), base.rend());
    RC_ASSERT(identical(decode_row(encode_row(row, base), base), row));
    RC_ASSERT(identical(decode_row(encode_row(row), base), row));
  });
  const Row base{Value{"Château Margaux"}, Value{*parse_decimal("12.500")}};
  const Row row{Value{*parse_decimal("12.5")}, Value{"Château Margaux"}};
  const std::string bytes = encode_row(row, base);
  CHECK(bytes.size() < 10);
  CHECK(identical(decode_row(bytes, base), row));
  CHECK_THROWS_AS(decode_row(bytes), CodecError);
  CHECK_THROWS_AS(decode_row(bytes, {}), CodecError);
}

TEST_CASE("the smallest and largest values survive the store") {
  using Int = std::numeric_limits<std::int64_t>;
  const Row row{Value{Int::min()},
                Value{Int::max()},
                Value{*parse_decimal(std::string(38, '9'))},
                Value{*parse_decimal("-0." + std::string(38, '9'))},
                Value{Date{std::numeric_limits<std::int32_t>::min()}},
                Value{Date{std::numeric_limits<std::int32_t>::max()}},
                Value{Timestamp{Int::min()}},
                Value{Instant{Int::max()}},
                Value{std::string{"a\0b", 3}},
                Value{},
                Value{""}};
  CHECK(identical(decode_row(encode_row(row)), row));
  CHECK(decode_row(encode_row({})).empty());
}

TEST_CASE("a row that is cut anywhere is refused") {
  rc::prop("for all rows and cuts", [] {
    const std::string bytes = encode_row(*rows());
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      RC_ASSERT_THROWS_AS(decode_row(std::string_view{bytes}.substr(0, size)), CodecError);
    }
  });
}

TEST_CASE("bytes that nobody encoded are refused or have a single meaning") {
  rc::prop("random bytes", [] {
    check_hostile("\x01" + *rc::gen::container<std::string>(rc::gen::arbitrary<char>()));
  });
  rc::prop("rows with a byte changed", [] {
    std::string bytes = encode_row(*rows());
    bytes[*rc::gen::inRange<std::size_t>(0, bytes.size())] = *rc::gen::arbitrary<char>();
    check_hostile(bytes);
  });
}

TEST_CASE("each kind of damage is refused") {
  const auto bytes = [](std::initializer_list<int> list) {
    std::string out;
    for (const int b : list) out += static_cast<char>(b);
    return out;
  };
  CHECK_NOTHROW(decode_row(bytes({1, 1, 2, 4})));
  CHECK_THROWS_AS(decode_row(""), CodecError);
  CHECK_THROWS_AS(decode_row(bytes({2, 0})), CodecError);              // An unknown version.
  CHECK_THROWS_AS(decode_row(bytes({1, 0, 0})), CodecError);           // Bytes after the end.
  CHECK_THROWS_AS(decode_row(bytes({1, 1, 10})), CodecError);          // An unknown kind.
  CHECK_THROWS_AS(decode_row(bytes({1, 1, 1, 2})), CodecError);        // A boolean that is 2.
  CHECK_THROWS_AS(decode_row(bytes({1, 1, 3, 39, 0})), CodecError);    // A scale of 39.
  CHECK_THROWS_AS(decode_row(bytes({1, 1, 2, 0x84, 0})), CodecError);  // Not the shortest form.
  CHECK_THROWS_AS(decode_row(bytes({1, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F})),
                  CodecError);  // A huge count.
  CHECK_THROWS_AS(decode_row(bytes({1, 1, 4, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F})), CodecError);
  CHECK_THROWS_AS(decode_row(bytes({1, 1, 5, 0x80, 0x80, 0x80, 0x80, 0x10})),
                  CodecError);  // 33 bits.
  CHECK_THROWS_AS(
      decode_row(bytes({1, 1, 2, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 2})),
      CodecError);  // 65 bits.
}

TEST_CASE("zero dates are stored like all others") {
  const Row row{Date::zero(), Timestamp::zero(), Instant::zero()};
  CHECK(decode_row(encode_row(row)) == row);
}
