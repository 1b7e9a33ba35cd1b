// G1, G2 and G5 with values as hostile as the databases allow: written by each database's own
// driver, taken through cycles, and read back byte by byte. What arrives is what was written; what
// cannot be mirrored is set aside with its field and its reason; and nothing keeps another record
// from arriving.
#include "tests/scenarios/hostile_pair.hpp"

using namespace miroir::test;
using nlohmann::json;
using namespace std::string_literals;

namespace {

struct HostileText {
  std::string name, bytes;
};

std::string deep_unicode() {
  std::string text{"Z"};
  for (int i = 0; i < 400; ++i) text += i % 2 == 0 ? "\u0335" : "\u0489";
  return text + "\u202Ertl\u202C \uFEFF\u200D\u2028\u2029\uFFFE\uFFFF\U0010FFFF\U000E0001";
}

// What every database can hold.
std::vector<HostileText> texts() {
  return {{"empty", ""},
          {"blanks", "  \t \n\r\n  "},
          {"quotes", R"(' " ` '' "" [x] \' \\ \)"},
          {"injection", R"('); DROP TABLE note; -- /* */ "; DELETE FROM note; #)"},
          {"templates", R"($1 ? :x %s %n {0} {{x}} \N \. NULL ${x} <b>&amp;</b>)"},
          {"hex", "X'00FF' 0x00ff \\x00ff"},
          {"controls", "\x01\x02\x07\x08\x0b\x0c\x0e\x1a\x1b[31m\x7f\u0080\u009f"},
          {"emoji", "👩‍👩‍👧‍👦🍷🇫🇷"},
          {"deep", deep_unicode()},
          {"nfc", "\u00e9\u00c5\ufb01"},
          {"nfd", "e\u0301A\u030afi"},
          {"folds", "straße STRASSE İıſ ß ẞ"},
          {"csv", "a,b;c\td|e\n\"f\",'g'"}};
}

// What only some databases hold, and none may make something else of.
std::vector<HostileText> broken_texts() {
  return {{"nul", "a\0b"s},         {"nul-first", "\0b"s},
          {"nul-last", "a\0"s},     {"lone-surrogate", "a\xed\xa0\x80z"},
          {"latin1", "caf\xe9"},    {"cut-sequence", "x\xf0\x9f\x8d"},
          {"overlong", "\xc0\xaf"}, {"beyond-unicode", "\xf4\x90\x80\x80"}};
}

constexpr auto no_text =
    "note.words: these bytes are no text: not valid UTF-8, or with a NUL character among them";

bool try_insert(HostileTable& table, const std::string& key, const std::string& column,
                const std::string& value) {
  try {
    table.insert(key, column, value);
    return true;
  } catch (const std::runtime_error&) {
    return false;
  }
}

void stays_quiet(HostilePair& world, int exit_code) {
  world.pair.cycle(exit_code);
  const std::string before = world.pair.dump();
  const auto report = world.pair.cycle(exit_code).report;
  CHECK(report.at("delivered") == json{{"erp", 0}, {"shop", 0}});
  CHECK(world.pair.dump() == before);
}

}  // namespace

TEST_CASE("texts full of quotes, controls and deep Unicode arrive byte by byte, either way",
          "[guarantee][hostile]") {
  from_each_side(
      [&](HostilePair& world, const std::string&, HostileTable& here, HostileTable& there) {
        for (const auto& [name, bytes] : texts()) here.insert(name, "words", here.text(bytes));
        world.pair.cycle();
        for (const auto& [name, bytes] : texts()) {
          CAPTURE(name);
          CHECK(there.bytes_of(name, "words") == hex_of(bytes));
          CHECK(here.bytes_of(name, "words") == hex_of(bytes));
        }
        // And back, over one another, as changes: each guard compares what it stands in for.
        const auto rotated = [&](std::size_t i) { return texts()[(i + 1) % texts().size()].bytes; };
        for (std::size_t i = 0; i < texts().size(); ++i)
          there.update(texts()[i].name, "words", there.text(rotated(i)));
        world.pair.cycle();
        for (std::size_t i = 0; i < texts().size(); ++i) {
          CAPTURE(texts()[i].name);
          CHECK(here.bytes_of(texts()[i].name, "words") == hex_of(rotated(i)));
        }
        stays_quiet(world, 0);
      });
}

TEST_CASE("bytes that are no text are set aside by name, alone, and follow when mended",
          "[guarantee][hostile][G5]") {
  from_each_side(
      [&](HostilePair& world, const std::string& site, HostileTable& here, HostileTable& there) {
        std::vector<HostileText> held;
        for (const HostileText& one : broken_texts()) {
          if (try_insert(here, one.name, "words", here.text(one.bytes))) held.push_back(one);
        }
        if (world.dialect_of(site) == "sqlite") {
          REQUIRE(held.size() == broken_texts().size());
          here.insert("blob", "words", "X'00FF'");
        }
        here.insert("sound", "words", here.text("sain"));
        world.pair.try_cycle();
        CHECK(there.bytes_of("sound", "words") == hex_of("sain"));
        const auto reasons = world.reasons();
        for (const auto& [name, bytes] : held) {
          CAPTURE(name);
          CHECK(here.bytes_of(name, "words") == hex_of(bytes));
          CHECK(there.bytes_of(name, "words") == std::nullopt);
          CHECK(reasons.at(name) == no_text);
        }
        stays_quiet(world, held.empty() ? 0 : 4);
        for (const auto& [name, bytes] : held) here.update(name, "words", here.text("sain"));
        if (world.dialect_of(site) == "sqlite") here.update("blob", "words", here.text("sain"));
        cycle_until_quiet(world.pair);
        for (const auto& [name, bytes] : held)
          CHECK(there.bytes_of(name, "words") == hex_of("sain"));
      });
}

TEST_CASE("texts of ten megabytes arrive whole, several in one cycle", "[guarantee][hostile]") {
  constexpr std::size_t times = 1'000'000;
  const std::string piece = "0123é🍷";  // Ten bytes.
  from_each_side(
      [&](HostilePair& world, const std::string&, HostileTable& here, HostileTable& there) {
        for (const char* key : {"a", "b", "c"})
          here.insert(key, "words", here.repeated(piece + key, times));
        here.insert("small", "words", here.text("court"));
        const auto cycle = world.pair.try_cycle();
        CAPTURE(cycle.report.dump(), cycle.err);
        CHECK(cycle.exit_code == 0);
        for (const char* key : {"a", "b", "c"}) {
          std::string expected;
          for (std::size_t i = 0; i < times; ++i) expected += piece + key;
          CHECK((there.shown(key, "words") == expected));
        }
        CHECK(there.shown("small", "words") == "court");
        stays_quiet(world, 0);
      });
}

namespace {

// A value of a column that is no text, as one database is told it.
struct HostileValue {
  std::string dialect, column, sql;
  std::string arrives;  // As every database shows it, but for zeros at the end; empty: never.
};

std::vector<HostileValue> values() {
  const std::string year_1 = "0001-01-01", year_9999 = "9999-12-31";
  const std::string last = "9999-12-31 23:59:59.999999";
  std::vector<HostileValue> all;
  for (const std::string dialect : {"postgres", "mariadb", "sqlite"}) {
    const std::string zone = dialect == "mariadb" ? "" : dialect == "sqlite" ? "Z" : "+00";
    for (const std::string number :
         {"9999999999999999999999999999.9999999999", "-9999999999999999999999999999.9999999999",
          "0.0000000001", "-0.0000000001", "0", "12345678901234567890"})
      all.push_back({dialect, "amount", "'" + number + "'", number});
    for (const std::string& day : {year_1, year_9999, "1582-10-10"s, "2024-02-29"s})
      all.push_back({dialect, "day", "'" + day + "'", day});
    for (const std::string& moment : {year_1 + " 00:00:00", last, "2026-03-29 02:30:00.000001"s})
      all.push_back({dialect, "moment", "'" + moment + zone + "'", moment});
  }
  for (const char* number : {"NaN", "Infinity", "-Infinity"})
    all.push_back({"postgres", "amount", "'" + std::string{number} + "'", ""});
  all.push_back({"postgres", "amount", "123456789012345678901234567890123456789", ""});
  all.push_back({"postgres", "amount", "1e-39", ""});
  for (const char* day : {"infinity", "-infinity", "0044-03-15 BC", "10000-01-01"}) {
    all.push_back({"postgres", "day", "'" + std::string{day} + "'", ""});
    all.push_back({"postgres", "moment", "'" + std::string{day} + "'", ""});
  }
  for (const char* day : {"0000-00-00", "2026-00-10", "2026-02-31"}) {
    all.push_back({"mariadb", "day", "'" + std::string{day} + "'", ""});
    all.push_back({"mariadb", "moment", "'" + std::string{day} + "'", ""});
  }
  for (const char* word : {"'NaN'", "'abc'", "''", "'1e5'", "X'FF'", "'1'||char(0)"})
    all.push_back({"sqlite", "amount", word, ""});
  for (const char* word : {"'infinity'", "'0000-00-00'", "''", "X'FF'", "'2026-02-31'"}) {
    all.push_back({"sqlite", "day", word, ""});
    all.push_back({"sqlite", "moment", word, ""});
  }
  return all;
}

// "12.50", "2026-03-29T02:30:00Z" and "2026-03-29 02:30:00.000000+00" in one form.
std::string without_style(std::string shown) {
  if (shown.size() > 10 && shown[10] == 'T') shown[10] = ' ';
  for (const std::string zone : {"Z", "+00"}) {
    if (shown.ends_with(zone)) shown.resize(shown.size() - zone.size());
  }
  if (shown.find('.') == std::string::npos) return shown;
  shown.resize(shown.find_last_not_of('0') + 1);
  if (shown.ends_with('.')) shown.pop_back();
  return shown;
}

}  // namespace

TEST_CASE("numbers and times at their limits arrive, and what is none is set aside by name",
          "[guarantee][hostile][G5]") {
  from_each_side([&](HostilePair& world, const std::string& site, HostileTable& here,
                     HostileTable& there) {
    if (world.dialect_of(site) == "mariadb")
      world.database(site).run("SET SESSION sql_mode = CONCAT(@@sql_mode, ',ALLOW_INVALID_DATES')");
    std::map<std::string, HostileValue> written;
    std::size_t bad = 0;
    for (const HostileValue& one : values()) {
      if (one.dialect != world.dialect_of(site)) continue;
      const std::string key = one.column + " " + std::to_string(written.size());
      here.insert(key, one.column, one.sql);
      written[key] = one;
      if (one.arrives.empty()) ++bad;
    }
    REQUIRE(written.size() > 15);
    const auto cycle = world.pair.try_cycle();
    CAPTURE(cycle.exit_code, cycle.report.dump(), cycle.err);
    const auto reasons = world.reasons();
    for (const auto& [key, one] : written) {
      CAPTURE(key, one.sql);
      const auto arrived = there.shown(key, one.column);
      if (one.arrives.empty()) {
        CHECK(arrived == std::nullopt);
        CHECK(reasons.at(key).find("note." + one.column + ": ") == 0);
      } else {
        REQUIRE(arrived);
        CHECK(without_style(*arrived) == without_style(one.arrives));
      }
    }
    CHECK(reasons.size() == bad);
    stays_quiet(world, bad > 0 ? 4 : 0);
    for (const auto& [key, one] : written) here.update(key, one.column, "NULL");
    cycle_until_quiet(world.pair);
    for (const auto& [key, one] : written) CHECK(there.shown(key, one.column) == "-");
  });
}

TEST_CASE("bytes arrive as they are, all 256 and none, also where a text stands for them",
          "[guarantee][hostile]") {
  std::string all;
  for (int c = 0; c < 256; ++c) all += static_cast<char>(c);
  from_each_side(
      [&](HostilePair& world, const std::string& site, HostileTable& here, HostileTable& there) {
        here.insert("all", "raw", here.raw(all));
        here.insert("none", "raw", here.raw(""));
        here.insert("nothing", "raw", "NULL");
        const bool sqlite = world.dialect_of(site) == "sqlite";
        here.insert("text", "raw", sqlite ? here.text("a\0b\xff"s) : here.raw("a\0b\xff"s));
        world.pair.cycle();
        CHECK(there.raw_of("all") == hex_of(all));
        CHECK(there.raw_of("none") == "");
        CHECK(there.raw_of("nothing") == "-");
        CHECK(there.raw_of("text") == hex_of("a\0b\xff"s));
        there.update("text", "raw", there.raw("\xfe"));
        there.update("none", "raw", there.raw(all));
        cycle_until_quiet(world.pair);
        CHECK(here.raw_of("text") == "fe");
        CHECK(here.raw_of("none") == hex_of(all));
        stays_quiet(world, 0);
      });
}

TEST_CASE("what the other side's column cannot keep is set aside by field, and never changed",
          "[guarantee][hostile][G5]") {
  for (const Pair::Kind kind : pairs_under_test()) {
    if (kind != Pair::postgres_mariadb) continue;
    HostilePair world{kind};
    world.pair.erp().run(
        "ALTER TABLE note MODIFY words varchar(100) CHARACTER SET utf8mb3, MODIFY amount "
        "decimal(20, 10), MODIFY moment datetime");
    world.begin();
    struct Case {
      std::string key, column, sql, names;
    };
    const std::vector<Case> cases{
        {"emoji", "words", "'🍷'", "Incorrect string value: '...' for column note.words at row 1"},
        {"long", "words", "repeat('x', 101)", "note.words: the value has 101 characters"},
        {"more digits", "amount", "1e-30", "rounded (one of note.amount, note.no)"},
        {"large", "amount", "12345678901", "Out of range value for column 'amount'"}};
    world.shop.insert("digits", "amount", "0.00000000001");
    world.shop.insert("fraction", "moment", "'2026-03-29 12:00:00.75+00'");
    for (const Case& one : cases) world.shop.insert(one.key, one.column, one.sql);
    world.shop.insert("sound", "words", "'Œuf'");
    for (int n = 0; n < 3; ++n) world.pair.cycle(4);
    CHECK(world.erp.shown("sound", "words") == "Œuf");
    const auto reasons = world.reasons();
    for (const Case& one : cases) {
      CAPTURE(one.key);
      CHECK(world.erp.shown(one.key, one.column) == std::nullopt);
      CHECK_THAT(reasons.at(one.key), Catch::Contains(one.names));
    }
    // It fits but for its last digits: the ERP has rounded it, and each side keeps its own.
    CHECK(without_style(*world.shop.shown("digits", "amount")) == "0.00000000001");
    CHECK(without_style(*world.shop.shown("fraction", "moment")) == "2026-03-29 12:00:00.75");
    const std::string held = world.pair.verb({"held", "list"}).out;
    CAPTURE(held);
    CHECK(held.find("amount") != std::string::npos);
    CHECK(held.find("moment") != std::string::npos);
    stays_quiet(world, 4);
  }
}
