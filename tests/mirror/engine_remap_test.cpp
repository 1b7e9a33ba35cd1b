// A changed mapping: what the store takes over, what it asks, and what it never does.
#include <catch2/catch.hpp>

#include "tests/mirror/changed_world.hpp"

namespace miroir::test {
namespace {

const std::string with_fax = R"({"entities": {"customer": {"fields": {"fax":
    {"type": "text", "shop": "fax", "erp": {"column": "Fax", "blank": ""}, "policy": "erp wins"}}}}})";
const std::string longer_city =
    R"({"entities": {"customer": {"fields": {"city": {"erp": {"length": 20}}}}}})";
const std::string without_note = R"({"entities": {"customer": {"fields": {"note": null}}}})";
const std::string without_item =
    R"({"entities": {"item": null, "line": {"fields": {"item": null}}}})";
const std::string strict_state =
    R"({"entities": {"order": {"fields": {"state": {"type": "enumeration",
    "shop": {"column": "state", "lookup": {"open": "open", "paid": "paid"}},
    "erp": {"column": "State", "lookup": {"open": "open", "paid": "bezahlt"}}}}}}})";

}  // namespace

TEST_CASE("a new field meets as at the first seed, and is delivered", "[engine][remap]") {
  Changing from;
  const Key same = from.customer("Anna", "a@x.fr"), here = from.customer("Bert", "b@x.fr"),
            there = from.customer("Carl", "c@x.fr"), other = from.customer("Dora", "d@x.fr");
  from.world.cycles_until_quiet();
  const auto erp_key = [&](const Key& key) { return from.world.there(at_shop, "customer", key); };
  const Key erp_same = erp_key(same), erp_here = erp_key(here), erp_there = erp_key(there),
            erp_other = erp_key(other);

  ChangedWorld changed{from.world, from.before, with_fax};
  changed.found(at_shop, "customer", same, "fax", text("1"));
  changed.found(at_erp, "customer", erp_same, "Fax", text("1"));
  changed.found(at_erp, "customer", erp_there, "Fax", text("3"));
  changed.found(at_shop, "customer", other, "fax", text("4"));
  changed.found(at_erp, "customer", erp_other, "Fax", text("44"));
  const RemapReport report = changed.remap();
  CHECK(report.conflicts == 2);  // Dora's two numbers, and nothing against 3.
  REQUIRE(changed.differences.size() == 2);
  CHECK(changed.differences[1].after == Value{text("44")});

  const Outcome outcome = changed.cycle();
  CHECK(outcome.exit == Exit::done);
  CHECK(changed.get(at_shop, "customer", same, "fax") == Value{text("1")});
  CHECK(changed.get(at_shop, "customer", there, "fax") == Value{text("3")});
  CHECK(changed.get(at_shop, "customer", other, "fax") == Value{text("44")});
  CHECK(outcome.delivered == PerSite<std::size_t>{2, 0});
  const auto logged = changed.store.conflicts(CycleNumber{outcome.cycle.raw()}, 10);
  REQUIRE(logged.size() == 2);
  CHECK(logged[0].field == "fax");
  CHECK(logged[0].conflict.loser == Value{text("4")});

  changed.set(at_erp, "customer", erp_here, "Fax", text("2"));
  changed.cycle();
  CHECK(changed.get(at_shop, "customer", here, "fax") == Value{text("2")});
}

TEST_CASE("a row that the scan did not find has its new field read with its journal",
          "[engine][remap]") {
  Changing from;
  const Key anna = from.customer("Anna", "a@x.fr");
  from.world.cycles_until_quiet();
  ChangedWorld changed{from.world, from.before, with_fax};
  // Renamed before the change was accepted, and not read yet.
  const Key erp_anna = from.world.there(at_shop, "customer", anna);
  changed.set(at_erp, "customer", erp_anna, "Fax", text("9"));
  changed.set(at_erp, "customer", erp_anna, "No_", text("D9"));
  changed.remap();
  changed.cycle();
  changed.cycle();
  CHECK(changed.get(at_shop, "customer", anna, "fax") == Value{text("9")});
  CHECK(changed.cycle().delivered == PerSite<std::size_t>{0, 0});
}

TEST_CASE("what differs by a longer column is listed, not delivered", "[engine][remap]") {
  Changing from;
  const Key anna = from.customer("Anna", "a@x.fr"), bert = from.customer("Bert", "b@x.fr");
  from.world.cycles_until_quiet();
  from.world.set(at_shop, "customer", anna, "city", text("Bourg-en-Bresse"));
  from.world.cycles_until_quiet();
  const Key erp_anna = from.world.there(at_shop, "customer", anna);
  REQUIRE(from.world.get(at_erp, "customer", erp_anna, "City") == Value{text("Bourg-en-B")});

  ChangedWorld changed{from.world, from.before, longer_city};
  changed.remap();
  REQUIRE(changed.differences.size() == 1);
  CHECK(changed.differences[0].kind == RemapDifference::Kind::differs);
  const Outcome outcome = changed.cycle();
  CHECK(outcome.exit == Exit::waiting);
  CHECK(outcome.held == 1);
  CHECK(outcome.delivered == PerSite<std::size_t>{0, 0});
  CHECK(changed.get(at_erp, "customer", erp_anna, "City") == Value{text("Bourg-en-B")});
  CHECK(changed.store.held().at(0).reason == "the mapping was changed, and now the sites differ");

  // Another field of the same record travels, and does not take this one along.
  changed.set(at_shop, "customer", anna, "name", text("Anne"));
  changed.cycle();
  CHECK(changed.get(at_erp, "customer", erp_anna, "City") == Value{text("Bourg-en-B")});

  SECTION("a person at the shop decides") {
    changed.set(at_shop, "customer", anna, "city", text("Châtillon-sur-Loire"));
    changed.cycle();
    CHECK(changed.get(at_erp, "customer", erp_anna, "City") == Value{text("Châtillon-sur-Loire")});
  }
  SECTION("a person at the ERP decides, although the shop wins conflicts") {
    changed.set(at_erp, "customer", erp_anna, "City", text("Dijon"));
    const Outcome decided = changed.cycle();
    CHECK(changed.get(at_shop, "customer", anna, "city") == Value{text("Dijon")});
    const auto logged = changed.store.conflicts(decided.cycle, 10);
    REQUIRE(logged.size() == 1);
    CHECK(logged[0].conflict.loser == Value{text("Bourg-en-Bresse")});
  }
  CHECK(changed.store.count_held() == 0);
  CHECK(changed.cycle().exit == Exit::done);
}

TEST_CASE("a change that was on its way arrives through the new lens", "[engine][remap]") {
  Changing from;
  const Key anna = from.customer("Anna", "a@x.fr");
  from.world.cycles_until_quiet();
  from.world.set(at_shop, "customer", anna, "city", text("Bourg-en-Bresse"));
  from.world.erp.faults = [](std::string_view call) {
    return call == "deliver" ? Fault::before : Fault::none;
  };
  from.world.cycle();
  from.world.erp.faults = nullptr;
  REQUIRE(from.world.store.count_behind(at_erp) == 1);
  const Key erp_anna = from.world.there(at_shop, "customer", anna);
  CHECK(settle_by_old({&from.world.shop, &from.world.erp}, from.world.store, from.before,
                      from.world.options));
  CHECK(from.world.store.batches().empty());

  ChangedWorld changed{from.world, from.before, longer_city};
  changed.remap();
  CHECK(changed.differences.empty());
  changed.cycle();
  CHECK(changed.get(at_erp, "customer", erp_anna, "City") == Value{text("Bourg-en-Bresse")});
}

TEST_CASE("a value that can no longer be read is a question, and stays where it is",
          "[engine][remap]") {
  Changing from;
  const Key anna = from.customer("Anna", "a@x.fr");
  const Key first = from.world.new_order(at_shop, anna, {"wine"});
  const Key second = from.world.new_order(at_shop, anna, {"cork"});
  from.world.set(at_shop, "order", second, "state", text("perdu"));
  from.world.cycles_until_quiet();
  const Key erp_second = from.world.there(at_shop, "order", second);

  ChangedWorld changed{from.world, from.before, strict_state};
  changed.remap();
  REQUIRE(changed.differences.size() == 1);
  changed.cycle();
  CHECK(changed.store.count_held() == 1);
  CHECK(changed.get(at_erp, "order", erp_second, "State") == Value{text("perdu")});
  changed.set(at_shop, "order", second, "state", text("paid"));
  changed.cycle();
  CHECK(changed.get(at_erp, "order", erp_second, "State") == Value{text("bezahlt")});
  CHECK(changed.store.count_held() == 0);
}

TEST_CASE("a removed field stops, and its sites keep what they hold", "[engine][remap]") {
  Changing from;
  const Key anna = from.customer("Anna", "a@x.fr");
  from.world.set(at_shop, "customer", anna, "note", text("regular"));
  from.world.cycles_until_quiet();
  const Key erp_anna = from.world.there(at_shop, "customer", anna);
  // It waits for a person: two notes.
  from.world.set(at_shop, "customer", anna, "note", text("good"));
  from.world.set(at_erp, "customer", erp_anna, "Note", text("bad"));
  // Decided, and to be shown by its name for ever.
  from.world.set(at_shop, "customer", anna, "name", text("Anne"));
  from.world.set(at_erp, "customer", erp_anna, "Name", text("Annie"));
  from.world.cycle();
  REQUIRE(from.world.store.count_held() == 1);

  ChangedWorld changed{from.world, from.before, without_note};
  changed.remap();
  CHECK(changed.store.count_held() == 0);
  changed.set(at_shop, "customer", anna, "points", std::int64_t{5});
  const Outcome outcome = changed.cycle();
  CHECK(outcome.exit == Exit::done);
  CHECK(changed.get(at_erp, "customer", erp_anna, "Points") == Value{Decimal{5, 0}});
  const auto logged = changed.store.conflicts(std::nullopt, 10);
  REQUIRE(logged.size() == 1);
  CHECK(logged[0].field == "name");
}

TEST_CASE("a new entity meets with keys, and its counters are not added", "[engine][remap]") {
  Changing from{without_item};
  const Key anna = from.customer("Anna", "a@x.fr");
  from.world.new_order(at_shop, anna, {"wine"});
  from.world.cycles_until_quiet();
  ChangedWorld changed{from.world, from.before, "{}"};
  const EntityId item = changed.now.find("item")->id;
  changed.shop.set_untriggered(item, {text("WINE")}, Row{text("WINE"), std::int64_t{7}});
  changed.erp.set_untriggered(item, {text("WINE")}, Row{text("WINE"), Decimal{7, 0}});
  changed.erp.set_untriggered(item, {text("CORK")}, Row{text("CORK"), Decimal{9, 0}});
  const EntityId line = changed.now.find("line")->id;
  const Key shop_line = changed.shop.rows(line).begin()->first;
  changed.found(at_shop, "line", shop_line, "item", text("WINE"));
  changed.found(at_erp, "line", changed.erp.rows(line).begin()->first, "Item", text("WINE"));
  changed.remap();
  CHECK(changed.cycle().exit == Exit::done);
  CHECK(changed.shop.rows(item).size() == 2);
  CHECK(changed.erp.rows(item).size() == 2);
  CHECK(changed.get(at_shop, "item", {text("WINE")}, "stock") == Value{std::int64_t{7}});
  CHECK(changed.cycle().delivered == PerSite<std::size_t>{0, 0});
  CHECK(changed.get(at_shop, "customer", anna, "name") == Value{text("Anna")});
  // What refers to the new entity is mirrored.
  changed.set(at_shop, "line", shop_line, "item", text("CORK"));
  changed.cycle();
  CHECK(changed.get(at_erp, "line", changed.erp.rows(line).begin()->first, "Item") ==
        Value{text("CORK")});
}

TEST_CASE("an entity that is removed leaves the cycles, and its ids are never used again",
          "[engine][remap]") {
  Changing from;
  const Key anna = from.customer("Anna", "a@x.fr");
  from.world.cycles_until_quiet();
  from.world.shop.insert(from.world.entity("item").id, Row{text("WINE"), std::int64_t{7}});
  from.world.cycles_until_quiet();
  const RecordId next = from.world.store.first_free_record();
  ChangedWorld changed{from.world, from.before, without_item};
  changed.remap();
  CHECK(changed.store.first_free_record() == next);
  CHECK(changed.store.former_key(RecordId{next.raw() - 1}) == "[\"WINE\"]");
  changed.set(at_shop, "customer", anna, "name", text("Anne"));
  changed.cycle();
  CHECK(changed.store.find(at_shop, changed.now.find("customer")->id, anna).has_value());
  CHECK(changed.cycle().exit == Exit::done);
}

TEST_CASE("a condition that is new leaves rows alone at both sites, and lets them come back",
          "[engine][remap]") {
  Changing from;
  const Key anna = from.customer("Anna", "a@x.fr"), bert = from.customer("Bert", "b@x.fr");
  from.world.cycles_until_quiet();
  const Key erp_anna = from.world.there(at_shop, "customer", anna);
  const Key erp_bert = from.world.there(at_shop, "customer", bert);
  ChangedWorld changed{
      from.world, from.before,
      R"({"entities": {"customer": {"erp": {"where": {"Archived": {"not": 1}}}}}})"};
  changed.found(at_erp, "customer", erp_anna, "Archived", std::int64_t{1});
  changed.found(at_erp, "customer", erp_bert, "Archived", std::int64_t{0});
  changed.remap();
  changed.set(at_shop, "customer", anna, "city", text("Dijon"));
  changed.set(at_shop, "customer", bert, "city", text("Sion"));
  CHECK(changed.cycle().exit == Exit::done);
  CHECK(changed.get(at_erp, "customer", erp_anna, "City") == Value{text("Beaune")});
  CHECK(changed.get(at_erp, "customer", erp_bert, "City") == Value{text("Sion")});
  CHECK(changed.shop.rows(changed.now.find("customer")->id).size() == 2);
  changed.set(at_erp, "customer", erp_anna, "Archived", std::int64_t{0});
  changed.cycle();
  changed.cycle();
  CHECK(changed.get(at_erp, "customer", erp_anna, "City") == Value{text("Dijon")});
}

TEST_CASE("what each site kept for itself is listed when it is to go both ways",
          "[engine][remap]") {
  Changing from{
      R"({"entities": {"customer": {"fields": {"city": {"direction": "at creation"}}}}})"};
  const Key anna = from.customer("Anna", "a@x.fr");
  from.world.cycles_until_quiet();
  const Key erp_anna = from.world.there(at_shop, "customer", anna);
  from.world.set(at_erp, "customer", erp_anna, "City", text("Dijon"));
  from.world.cycles_until_quiet();
  ChangedWorld changed{from.world, from.before, "{}"};
  changed.remap();
  CHECK(changed.differences.size() == 1);
  CHECK(changed.cycle().exit == Exit::waiting);
  CHECK(changed.get(at_shop, "customer", anna, "city") == Value{text("Beaune")});
  CHECK(changed.get(at_erp, "customer", erp_anna, "City") == Value{text("Dijon")});
}

TEST_CASE("a remapping that is cut at any step leaves the store as it was", "[engine][remap]") {
  Changing from{without_item};
  const Key anna = from.customer("Anna", "a@x.fr");
  from.world.new_order(at_shop, anna, {"wine"});
  from.world.cycles_until_quiet();
  const std::string step = GENERATE("adopt", "survey", "read", "translate", "remapped");
  CAPTURE(step);
  ChangedWorld changed{from.world, from.before, with_fax};
  bool came = false;
  changed.at_step = [&](const char* name) {
    if (name != step) return;
    came = true;
    throw std::runtime_error{"cut"};
  };
  CHECK_THROWS_WITH(changed.remap(), "cut");
  CHECK(came);
  from.world.set(at_shop, "customer", anna, "name", text("Anne"));
  from.world.cycles_until_quiet();
  CHECK(from.world.differences().empty());
  changed.at_step = [](const char*) {};
  ChangedWorld again{from.world, from.before, with_fax};
  again.remap();
  CHECK(again.cycle().exit == Exit::done);
}

}  // namespace miroir::test
