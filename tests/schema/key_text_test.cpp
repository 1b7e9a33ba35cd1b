#include <rapidcheck/catch.h>

#include <catch2/catch.hpp>

#include "schema/row_codec.hpp"
#include "value_generators.hpp"

using namespace miroir;
using Kind = ValueKind;

namespace {

Key key_of(std::string_view text, std::vector<Kind> kinds) { return parse_key_text(text, kinds); }

}  // namespace

TEST_CASE("a key's text is a compact JSON array") {
  CHECK(key_text({Value{std::int64_t{5}}}) == "[5]");
  CHECK(key_text({Value{std::int64_t{1}}, Value{"W12"}}) == "[1,\"W12\"]");
  CHECK(key_text({Value{*parse_decimal("12.50")}}) == "[\"12.5\"]");
  CHECK(key_text({Value{}, Value{true}}) == "[null,true]");
  CHECK(key_text({Value{"a\"b\\c\n\x01é"}}) == "[\"a\\\"b\\\\c\\n\\u0001é\"]");
  CHECK(key_text({}) == "[]");
}

TEST_CASE("keys are equal exactly when their texts are") {
  rc::prop("for keys of the same kinds", [] {
    const auto kinds = *rc::gen::container<std::vector<Kind>>(rc::gen::elementOf(
        std::vector(std::begin(testing::all_kinds), std::end(testing::all_kinds))));
    Key a;
    Key b;
    for (const Kind kind : kinds) {
      a.push_back(*testing::values_of(kind));
      b.push_back(*rc::gen::inRange(0, 4) == 0 ? *testing::values_of(kind) : a.back());
    }
    RC_ASSERT((key_text(a) == key_text(b)) == (a == b));
    RC_ASSERT(parse_key_text(key_text(a), kinds) == a);
  });
}

TEST_CASE("arrays that databases build are read as well") {
  CHECK(key_of(" [1 , \"W12\"] ", {Kind::integer, Kind::text}) ==
        Key{Value{std::int64_t{1}}, Value{"W12"}});
  CHECK(key_of("[12.50]", {Kind::decimal}) == Key{Value{*parse_decimal("12.5")}});
  CHECK(key_of("[1,false]", {Kind::boolean, Kind::boolean}) == Key{Value{true}, Value{false}});
  CHECK(key_of("[\"\\u00e9\\/\\ud83c\\udf77\"]", {Kind::text}) == Key{Value{"é/\xF0\x9F\x8D\xB7"}});
  CHECK(key_of("[\"2026-03-29T01:02:03\"]", {Kind::timestamp}) ==
        Key{Value{*parse_timestamp("2026-03-29 01:02:03")}});
  CHECK(key_of("[\"2026-03-29T01:02:03+00:00\"]", {Kind::instant}) ==
        Key{Value{*parse_instant("2026-03-29T01:02:03Z")}});
  CHECK(key_of("[\"\\\\x00ff\"]", {Kind::bytes}) == Key{Value{Bytes{std::string{"\0\xFF", 2}}}});
  CHECK(key_of("[null]", {Kind::text}) == Key{Value{}});
  const Key zeros{Value{Date::zero()}, Value{Timestamp::zero()}, Value{Instant::zero()}};
  const std::vector<Kind> days{Kind::date, Kind::timestamp, Kind::instant};
  CHECK(key_of(R"(["0000-00-00","0000-00-00 00:00:00.000000","0000-00-00T00:00:00Z"])", days) ==
        zeros);
  CHECK(key_of(key_text(zeros), days) == zeros);
}

TEST_CASE("a text that is no key of these kinds is refused") {
  const auto refused = [](std::string_view text, std::vector<Kind> kinds) {
    INFO(text);
    CHECK_THROWS_AS(parse_key_text(text, kinds), CodecError);
  };
  refused("", {Kind::integer});
  refused("5", {Kind::integer});
  refused("[]", {Kind::integer});
  refused("[5", {Kind::integer});
  refused("[5,6]", {Kind::integer});
  refused("[5]", {Kind::integer, Kind::integer});
  refused("[5] x", {Kind::integer});
  refused("[\"5\"]", {Kind::integer});
  refused("[5]", {Kind::text});
  refused("[5.5]", {Kind::integer});
  refused("[99999999999999999999]", {Kind::integer});
  refused("[\"a]", {Kind::text});
  refused("[\"\\x\"]", {Kind::text});
  refused("[\"\\u00g0\"]", {Kind::text});
  refused("[\"\\u00\"]", {Kind::text});
  refused("[\"\\ud83c\"]", {Kind::text});
  refused("[\"\\udf77\"]", {Kind::text});
  refused("[\"a\nb\"]", {Kind::text});
  refused("[\"2026-02-30\"]", {Kind::date});
  refused("[\"abc\"]", {Kind::bytes});
  refused("[\"zz\"]", {Kind::bytes});
  refused("[2]", {Kind::boolean});
}
