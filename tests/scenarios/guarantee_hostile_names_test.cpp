// Tables and columns with every character that a database allows in a name, and keys that are as
// hostile as values: nothing of them is ever taken for SQL.
#include "tests/scenarios/hostile_pair.hpp"

using namespace miroir::test;
using nlohmann::json;
using namespace std::string_literals;

namespace {

std::string characters(char first, char last) {
  std::string all;
  for (char c = first; c <= last; ++c) all += c;
  return all;
}

// PostgreSQL's names have 63 bytes, MariaDB's 64 characters within the first plane, SQLite's as
// many as one likes.
HostileNames hostile_names(const std::string& dialect) {
  HostileNames names;
  names.table = R"(x"; DROP TABLE note; --' `[y] \ $1 ? :x @z %s {0} #)";
  names.key = R"(k"e`y'; -- ? {no} $$)";
  names.words = characters('\x01', '\x3f');
  names.amount = characters('@', '~');
  names.day = "jour,né à l’été é";
  names.moment = dialect == "mariadb" ? std::string(64, 'm') : std::string(63, 'm');
  names.raw = dialect == "mariadb" ? "漢字ﬁ" : "🍷👩‍👩‍👧‍👦";
  return names;
}

}  // namespace

TEST_CASE("names of every legal character are names, in every verb", "[guarantee][hostile]") {
  for (const Pair::Kind kind : pairs_under_test()) {
    CAPTURE(name_of(kind));
    HostilePair world{kind, hostile_names};
    world.begin();
    const HostileNames &s = world.shop.names(), &e = world.erp.names();
    const auto set = [](HostileTable& table, const std::string& key, const HostileNames& names) {
      table.insert(key, names.words, table.text("mots"));
      table.update(key, names.amount, "'12.5'");
      table.update(key, names.day, "'2026-03-29'");
      table.update(key, names.raw, table.raw("\xff"));
    };
    set(world.shop, "a", s);
    set(world.erp, "b", e);
    world.pair.cycle();
    for (const char* key : {"a", "b"}) {
      CAPTURE(key);
      CHECK(world.erp.shown(key, e.words) == "mots");
      CHECK(world.shop.shown(key, s.words) == "mots");
      CHECK(world.erp.shown(key, e.day) == "2026-03-29");
      CHECK(world.shop.shown(key, s.day) == "2026-03-29");
    }
    world.erp.update("a", e.day, "'2026-03-30'");
    world.shop.update("b", s.words, "NULL");
    world.shop.remove("a");
    cycle_until_quiet(world.pair);
    CHECK(world.shop.shown("a", s.day) == "2026-03-30");  // A change is stronger than a deletion.
    CHECK(world.erp.shown("b", e.words) == "-");
    for (const std::vector<std::string>& verb : {std::vector<std::string>{"check"},
                                                 {"verify"},
                                                 {"plan"},
                                                 {"status"},
                                                 {"install", "--print"},
                                                 {"uninstall", "--print"},
                                                 {"uninstall", "--yes"}}) {
      const Ended ended = world.pair.verb(verb);
      CAPTURE(verb.front(), ended.out, ended.err);
      CHECK(ended.exit_code == 0);
    }
    CHECK(world.shop.shown("a", s.words) == "mots");
  }
}

TEST_CASE("keys of quotes, controls and deep Unicode name one row each", "[guarantee][hostile]") {
  const std::vector<std::string> keys{"'); DROP TABLE note; --",
                                      "\"a\\\"\\u0041\\n",
                                      "[\"a\",1]",
                                      "\x01\x1f\x7f\t\r\n",
                                      "🍷🇫🇷",
                                      "e\u0301",
                                      "\u202Ex\u2029\uFFFF",
                                      "%_?$1{0}:x",
                                      "  blanks  ",
                                      "null",
                                      "a,b|c",
                                      "😀" + std::string(180, 'k')};
  from_each_side(
      [&](HostilePair& world, const std::string&, HostileTable& here, HostileTable& there) {
        for (const std::string& key : keys) here.insert(key, "words", here.text(key));
        world.pair.cycle();
        for (const std::string& key : keys) {
          CAPTURE(key);
          CHECK(there.bytes_of(key, "words") == hex_of(key));
          there.update(key, "words", there.text("change"));
        }
        world.pair.cycle();
        for (const std::string& key : keys) {
          CAPTURE(key);
          CHECK(here.shown(key, "words") == "change");
          here.remove(key);
        }
        world.pair.cycle();
        for (const std::string& key : keys) CHECK(there.shown(key, "words") == std::nullopt);
        cycle_until_quiet(world.pair);
      });
}

TEST_CASE("a row whose key is no text is set aside, alone, and stops no other",
          "[guarantee][hostile][G5]") {
  for (const Pair::Kind kind : pairs_under_test()) {
    for (const std::string site : {"shop", "erp"}) {
      CAPTURE(name_of(kind), site);
      HostilePair world{kind};
      if (world.dialect_of(site) == "postgres") continue;  // Takes no such text.
      world.begin();
      HostileTable &here = world.at(site), &there = world.other(site);
      std::vector<std::string> keys{"a\0b"s};
      if (world.dialect_of(site) == "sqlite")
        keys.insert(keys.end(), {"\xe9t\xe9"s, "\xed\xa0\x80"s});
      for (const std::string& key : keys) here.insert(key, "words", here.text("caché"));
      here.insert("sound", "words", here.text("sain"));
      for (int n = 0; n < 3; ++n) {
        const auto cycle = world.pair.try_cycle();
        CAPTURE(n, cycle.report.dump(), cycle.err);
        CHECK(cycle.exit_code == 4);
        CHECK(cycle.report.at("set_aside") == keys.size());
      }
      CHECK(there.shown("sound", "words") == "sain");
      const Ended held = world.pair.verb({"held", "list"});
      CAPTURE(held.out);
      CHECK(held.out.find("note.no") != std::string::npos);
      CHECK(world.database(site == "shop" ? "erp" : "shop").value("SELECT count(*) FROM note") ==
            "1");
      for (const std::string& key : keys) {
        CHECK(here.shown(key, "words") == "caché");
        here.remove(key);
      }
      there.update("sound", "words", there.text("changé"));
      cycle_until_quiet(world.pair);
      CHECK(here.shown("sound", "words") == "changé");
    }
  }
}
