#include "value_generators.hpp"

#include <limits>

#include "schema/row_codec.hpp"

namespace miroir::testing {
namespace {

namespace gen = rc::gen;

const std::int64_t first_micros = parse_timestamp("0001-01-01 00:00:00")->micros;
const std::int64_t last_micros = parse_timestamp("9999-12-31 23:59:59.999999")->micros;

rc::Gen<std::int64_t> micros() {
  constexpr std::int64_t day = 86'400'000'000;
  const auto any = gen::inRange(first_micros, last_micros);
  const auto midnight = gen::map(any, [](std::int64_t m) { return m - (m % day + day) % day; });
  const auto milli = gen::map(any, [](std::int64_t m) { return m - (m % 1000 + 1000) % 1000; });
  return gen::oneOf(any, midnight, milli, gen::just(first_micros), gen::just(last_micros));
}

rc::Gen<std::string> any_bytes() { return gen::container<std::string>(gen::arbitrary<char>()); }

}  // namespace

rc::Gen<Decimal> decimals() {
  return gen::exec([] {
    const int digits = *gen::inRange(0, Decimal::digits_max + 1);
    const int scale = *gen::element(0, 0, 2, 3, 20, 38, *gen::inRange(0, Decimal::digits_max + 1));
    Decimal::Coefficient c = 0;
    for (int i = 0; i < digits; ++i) c = c * 10 + *gen::element(0, 0, 9, *gen::inRange(0, 10));
    return Decimal{*gen::arbitrary<bool>() ? -c : c, scale};
  });
}

rc::Gen<std::string> texts() {
  const auto piece = gen::elementOf(std::vector<std::string>{
      "a",  "b", "Z",  "0",    "7", "-", ".", " ", " ", "'", "\"",
      "\\", "/", "\n", "\x01", "é", "ÿ", "œ", "ž", "ß", "€", "\xF0\x9F\x8D\xB7"});
  return gen::map(gen::container<std::vector<std::string>>(piece),
                  [](const std::vector<std::string>& pieces) {
                    std::string out;
                    for (const std::string& p : pieces) out += p;
                    return out;
                  });
}

rc::Gen<Date> dates() {
  return gen::map(micros(), [](std::int64_t m) { return date_of(Timestamp{m}); });
}
rc::Gen<Timestamp> timestamps() {
  return gen::map(micros(), [](std::int64_t m) { return Timestamp{m}; });
}
rc::Gen<Instant> instants() {
  return gen::map(micros(), [](std::int64_t m) { return Instant{m}; });
}

rc::Gen<Value> values_of(ValueKind kind) {
  using Int = std::numeric_limits<std::int64_t>;
  switch (kind) {
    case ValueKind::boolean:
      return gen::cast<Value>(gen::arbitrary<bool>());
    case ValueKind::integer:
      return gen::cast<Value>(
          gen::oneOf(gen::arbitrary<std::int64_t>(),
                     gen::element(Int::min(), Int::max(), std::int64_t{0}, std::int64_t{1})));
    case ValueKind::decimal:
      return gen::cast<Value>(decimals());
    case ValueKind::text:
      return gen::cast<Value>(texts());
    case ValueKind::date:
      return gen::cast<Value>(dates());
    case ValueKind::timestamp:
      return gen::cast<Value>(timestamps());
    case ValueKind::instant:
      return gen::cast<Value>(instants());
    case ValueKind::uuid:
      return gen::map(gen::arbitrary<std::array<std::uint8_t, 16>>(),
                      [](const std::array<std::uint8_t, 16>& b) { return Value{Uuid{b}}; });
    case ValueKind::bytes:
      return gen::map(any_bytes(), [](std::string raw) { return Value{Bytes{std::move(raw)}}; });
  }
  return gen::just(Value{});
}

rc::Gen<Value> values() {
  return gen::exec([] {
    if (*gen::inRange(0, 8) == 0) return Value{};
    return *values_of(*gen::elementOf(std::vector(std::begin(all_kinds), std::end(all_kinds))));
  });
}

bool identical(const Value& a, const Value& b) { return encode_row({a}) == encode_row({b}); }

}  // namespace miroir::testing
