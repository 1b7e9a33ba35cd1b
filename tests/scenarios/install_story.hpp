// What installing and uninstalling promise, the same on every kind of pair.
#pragma once

#include <catch2/catch.hpp>
#include <fstream>
#include <string>

#include "tests/support/pair.hpp"

namespace miroir::test {

inline bool says(const std::string& text, const std::string& words) {
  return text.find(words) != std::string::npos;
}

inline void installing_twice_changes_nothing(Pair::Kind kind) {
  Pair pair{kind, Pair::filled};
  const std::string bare = pair.dump();
  const Ended first = pair.verb({"install"});
  CAPTURE(first.err);
  REQUIRE(first.exit_code == 0);
  CHECK(says(first.out, "shop: journal and triggers are in place for 6 tables"));
  const std::string installed = pair.dump();
  CHECK(installed != bare);

  const Ended second = pair.verb({"install"});
  CHECK(second.exit_code == 0);
  CHECK(says(second.out, "shop: everything is in place; nothing was changed"));
  CHECK(says(second.out, "erp: everything is in place; nothing was changed"));
  CHECK(changes(installed, pair.dump()) == nothing);
}

inline void uninstalling_leaves_no_trace(Pair::Kind kind) {
  Pair pair{kind, Pair::filled};
  const std::string bare = pair.dump();
  REQUIRE(pair.verb({"install"}).exit_code == 0);
  pair.shop().run("UPDATE customer SET city = 'Dijon' WHERE id = 1");
  pair.shop().run("UPDATE customer SET city = 'Beaune' WHERE id = 1");

  const Ended ended = pair.verb({"uninstall", "--yes"});
  CAPTURE(ended.err);
  CHECK(ended.exit_code == 0);
  CHECK(changes(bare, pair.dump()) == nothing);
  const Ended again = pair.verb({"uninstall", "--yes"});
  CHECK(again.exit_code == 0);
  CHECK(says(again.out, "shop: nothing of miroir's is here"));
}

// A pair that mirrored stock, and does so no more, whether or not anybody has agreed to that.
inline void mirror_no_stock(Pair& pair, bool agreed) {
  std::ifstream file{pair.mapping_file()};
  nlohmann::json mapping = nlohmann::json::parse(file, nullptr, true, true);
  mapping.at("entities").erase("stock");
  std::ofstream{pair.mapping_file()} << mapping.dump();
  const Pair::Cycle offered = pair.try_cycle();
  REQUIRE(offered.exit_code == 5);
  const std::string id = offered.report.at("brakes").at(0).at("id");
  if (agreed) REQUIRE(pair.try_cycle({"--accept", id}).exit_code == 0);
}

inline void stock_can_be_written(Pair& pair) {
  CHECK_NOTHROW(pair.shop().run("UPDATE stock SET on_hand = 7"));
  CHECK_NOTHROW(pair.erp().run("UPDATE \"CRONUS France$Web Stock\" SET \"Quantity\" = 7"));
}

// A trigger without its journal would fail the site's every write.
inline void uninstalling_takes_what_was_mirrored_before(Pair::Kind kind) {
  for (const bool agreed : {false, true}) {
    CAPTURE(agreed);
    Pair pair{kind, Pair::filled};
    const std::string bare = pair.shop().schema() + pair.erp().schema();
    REQUIRE(pair.verb({"install"}).exit_code == 0);
    REQUIRE(pair.verb({"seed"}).exit_code == 0);
    mirror_no_stock(pair, agreed);
    CHECK(pair.verb({"uninstall", "--yes"}).exit_code == 0);
    CHECK(changes(bare, pair.shop().schema() + pair.erp().schema()) == nothing);
    stock_can_be_written(pair);
  }
}

inline void printing_takes_what_was_mirrored_before(Pair::Kind kind) {
  for (const bool agreed : {false, true}) {
    CAPTURE(agreed);
    Pair pair{kind, Pair::filled};
    const std::string bare = pair.shop().schema() + pair.erp().schema();
    REQUIRE(pair.verb({"install"}).exit_code == 0);
    REQUIRE(pair.verb({"seed"}).exit_code == 0);
    mirror_no_stock(pair, agreed);
    pair.shop().administer(pair.verb({"uninstall", "--print", "--site", "shop"}).out);
    pair.erp().administer(pair.verb({"uninstall", "--print", "--site", "erp"}).out);
    CHECK(changes(bare, pair.shop().schema() + pair.erp().schema()) == nothing);
    stock_can_be_written(pair);
  }
}

// What is printed for a DBA must do the same as install does.
inline void printing_does_nothing(Pair::Kind kind) {
  Pair pair{kind, Pair::filled};
  const std::string before = pair.dump();
  const Ended both = pair.verb({"install", "--print"});
  CHECK(both.exit_code == 0);
  CHECK(says(both.out, "at the site 'shop'"));
  CHECK(says(both.out, "at the site 'erp'"));
  CHECK(says(pair.verb({"uninstall", "--print"}).out, "DROP TRIGGER"));
  CHECK(changes(before, pair.dump()) == nothing);

  pair.shop().run(pair.verb({"install", "--print", "--site", "shop"}).out);
  pair.erp().run(pair.verb({"install", "--print", "--site", "erp"}).out);
  const std::string printed = pair.dump();
  CHECK(says(pair.verb({"install"}).out, "shop: everything is in place; nothing was changed"));
  CHECK(changes(printed, pair.dump()) == nothing);

  pair.shop().run(pair.verb({"uninstall", "--print", "--site", "shop"}).out);
  pair.erp().run(pair.verb({"uninstall", "--print", "--site", "erp"}).out);
  CHECK(changes(before, pair.dump()) == nothing);
}

}  // namespace miroir::test
