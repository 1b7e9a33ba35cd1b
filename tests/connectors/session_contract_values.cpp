#include <catch2/catch.hpp>

#include "tests/connectors/session_contract.hpp"

namespace miroir::test {
namespace {

Decimal decimal(const char* text) { return parse_decimal(text).value(); }

Bytes all_bytes() {
  Bytes bytes;
  for (int c = 0; c < 256; ++c) bytes.raw += static_cast<char>(c);
  return bytes;
}

std::string control_characters() {
  std::string text;
  for (char c = 1; c < 32; ++c) text += c;
  return text + '\x7f';
}

std::vector<Value> samples(ValueKind kind) {
  switch (kind) {
    case ValueKind::boolean:
      return {true, false};
    case ValueKind::integer:
      return {std::int64_t{0}, std::int64_t{-1}, std::numeric_limits<std::int64_t>::max(),
              std::numeric_limits<std::int64_t>::min()};
    case ValueKind::decimal:
      return {decimal("0"),
              decimal("12.50"),
              decimal("-0.01"),
              decimal("99999999999999999999999999999999999999"),
              decimal("-123456789012345678.12345678901234567891"),
              decimal("0.00000000000000000000000000000000000001")};
    case ValueKind::text:
      return {std::string{},
              std::string{" "},
              std::string{"L'Étoile, Cœur d’Épicurien"},
              std::string{"Merci 🍷"},
              std::string{R"(back\slash \N \. \\ \x41 "quoted")"},
              std::string{"  padded  "},
              std::string{"tab\tnewline\nreturn\r\n"},
              control_characters(),
              std::string{"'; DROP TABLE samples; --"},
              std::string{"$1 ? :x %s {0} NULL"},
              "nfc \u00e9 nfd e\u0301 ligature \ufb01 \u202ertl\u202c \ufeff\u200d\u2028",
              "\U0010ffff\ufffe\uffff\u0080 👩‍👩‍👧‍👦",
              "X'00FF'",
              std::string(10'000'000, 'x') + "é"};
    case ValueKind::date:
      return {parse_date("0001-01-01").value(), parse_date("1753-01-01").value(),
              parse_date("2024-02-29").value(), parse_date("9999-12-31").value()};
    case ValueKind::timestamp:
      return {parse_timestamp("0001-01-01 00:00:00").value(),
              parse_timestamp("2026-03-29 02:30:00.997").value(),
              parse_timestamp("9999-12-31 23:59:59.999999").value()};
    case ValueKind::instant:
      return {parse_instant("0001-01-01T00:00:00Z").value(),
              parse_instant("2026-03-29T00:59:59.997Z").value(),
              parse_instant("9999-12-31T23:59:59.999999Z").value()};
    case ValueKind::uuid:
      return {Uuid{}, parse_uuid("437dbf0e-84ff-417a-965d-ed2bb9650972").value()};
    case ValueKind::bytes:
      return {Bytes{}, all_bytes()};
  }
  return {};
}

void upload_all(Session& session, const std::vector<Value>& values) {
  const std::vector<std::string> columns{"id", "v"};
  std::size_t next = 0;
  session.upload({"", "samples"}, columns, [&](Row& row) {
    if (next == values.size()) return false;
    row = {static_cast<std::int64_t>(next), values[next]};
    ++next;
    return true;
  });
}

std::vector<Value> read_all(Session& session, ValueKind kind) {
  const std::array kinds{kind};
  std::vector<Value> values;
  session.query(
      {"SELECT " + session.dialect().selected(R"("v")", kind) + R"( FROM "samples" ORDER BY "id")",
       {}},
      kinds, [&](Row&& row) { values.push_back(std::move(row.at(0))); });
  return values;
}

// The rows whose column is the same as the bound value, by the dialect's exact comparison.
std::vector<Row> rows_with(Session& session, const Value& value, ValueKind kind) {
  const Dialect& dialect = session.dialect();
  const std::array kinds{ValueKind::integer};
  return all_rows(session,
                  {R"(SELECT "id" FROM "samples" WHERE )" +
                       dialect.same(R"("v")", dialect.placeholder(1, kind), kind),
                   {value}},
                  kinds);
}

void round_trip(SessionUnderTest& subject, ValueKind kind) {
  subject.execute(R"(CREATE TABLE "samples" ("id" INTEGER NOT NULL PRIMARY KEY, "v" )" +
                  subject.type_of(kind) + ")");
  const std::unique_ptr<Session> session = subject.open();
  std::vector<Value> values = samples(kind);
  std::erase_if(values, [&](const Value& value) {
    const auto* decimal = std::get_if<Decimal>(&value);
    return decimal != nullptr && decimal->scale() > subject.decimal_scale_max();
  });
  values.emplace_back(Null{});
  upload_all(*session, values);
  const std::vector<Value> back = read_all(*session, kind);
  REQUIRE(back.size() == values.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    INFO(name_of(kind) << " number " << i);
    CHECK((back[i] == values[i]));  // In brackets: a failure must not print a million characters.
    const std::vector<Row> found = rows_with(*session, values[i], kind);
    REQUIRE(found.size() == 1);
    CHECK((found[0].at(0) == Value{static_cast<std::int64_t>(i)}));
  }
}

}  // namespace

void values_round_trip(SessionUnderTest& subject) {
  SECTION("booleans") { round_trip(subject, ValueKind::boolean); }
  SECTION("integers, to their limits") { round_trip(subject, ValueKind::integer); }
  SECTION("decimals of 38 digits") { round_trip(subject, ValueKind::decimal); }
  SECTION("texts with everything that could be taken for syntax") {
    round_trip(subject, ValueKind::text);
  }
  SECTION("dates of the years 1 to 9999") { round_trip(subject, ValueKind::date); }
  SECTION("timestamps to the microsecond") { round_trip(subject, ValueKind::timestamp); }
  SECTION("instants to the microsecond") { round_trip(subject, ValueKind::instant); }
  SECTION("uuids") { round_trip(subject, ValueKind::uuid); }
  SECTION("bytes, all 256 of them") { round_trip(subject, ValueKind::bytes); }
}

void names_are_quoted(SessionUnderTest& subject) {
  SECTION("names with dollars, blanks, quotes, dots and accents are plain names") {
    const std::unique_ptr<Session> session = subject.open();
    const Dialect& dialect = session->dialect();
    const TableName table{"", R"(CRONUS France S.A.$"Sales" Header's)"};
    const std::vector<std::string> columns{"No_", "Prénom d'usage", R"(a"b.c$d)"};
    std::string list;
    for (const std::string& column : columns) {
      list += (list.empty() ? "" : ", ") + dialect.quote(column) + " " +
              subject.type_of(ValueKind::text);
    }
    subject.execute("CREATE TABLE " + dialect.quote(table) + " (" + list + ")");
    bool given = false;
    session->upload(table, columns, [&](Row& row) {
      row = {std::string{"1"}, std::string{"2"}, std::string{"3"}};
      return !std::exchange(given, true);
    });
    const std::array kinds{ValueKind::text};
    const auto rows = all_rows(
        *session, {"SELECT " + dialect.quote(columns[2]) + " FROM " + dialect.quote(table), {}},
        kinds);
    REQUIRE(rows.size() == 1);
    CHECK((rows[0].at(0) == Value{std::string{"3"}}));
    CHECK(session->describe(table).columns.at(1).name == "Prénom d'usage");
  }
  SECTION("a name with a NUL character is refused") {
    const std::unique_ptr<Session> session = subject.open();
    CHECK_THROWS_AS(session->dialect().quote(std::string_view{"a\0b", 3}), std::invalid_argument);
  }
}

}  // namespace miroir::test
