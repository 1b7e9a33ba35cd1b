// Records that wait for each other: values that are exchanged where they are unique, and references
// within an entity.
#include <catch2/catch.hpp>

#include <algorithm>

#include "mirror/taken.hpp"
#include "tests/mirror/small_world.hpp"

namespace miroir::test {
namespace {

using Names = std::vector<std::string>;

std::string text(const char* t) { return t; }

// E-mail addresses are unique at the ERP, whose customers may have none.
class UniqueWorld : public SmallWorld {
 public:
  explicit UniqueWorld(const std::string& patch = "{}") : SmallWorld{small_mapping(patch)} {
    for (const char* name : {"a", "b", "c"})
      keys.push_back(new_customer(at_shop, name, std::string{name} + "@x.fr"));
    seed();
    erp.before_write = [this](EntityId id, Row& row) {
      if (id != entity("customer").id) return;
      const std::size_t email = column(at_erp, "customer", "E-Mail");
      for (const auto& [key, other] : rows(at_erp, "customer")) {
        const bool same = other[email] == row[email] && key[0] != row[0];
        if (same && !is_null(row[email]) && row[email] != Value{text("")})
          throw TakenError{{"duplicate e-mail", "23505", Recovery::refused}, {0, {email}, key}};
      }
    };
  }
  void set_emails(const Names& emails) {
    for (std::size_t i = 0; i < emails.size(); ++i)
      set(at_shop, "customer", keys[i], "email", emails[i]);
  }
  std::string email_at_erp(std::size_t i) {
    return std::get<std::string>(
        get(at_erp, "customer", there(at_shop, "customer", keys[i]), "E-Mail"));
  }

  std::vector<Key> keys;
};

// A customer may have another one pay for him.
constexpr const char* paying = R"json({"entities": {"customer": {"fields": {
  "pays": {"type": "reference", "to": "customer", "shop": "pays_id", "erp": {"column": "Bill-to", "blank": ""}}
}}}})json";

class PayingWorld : public SmallWorld {
 public:
  PayingWorld() : SmallWorld{small_mapping(paying)} { seed(); }

  Key add(const char* name) { return new_customer(at_shop, name, std::string{name} + "@x.fr"); }
  void pays(const Key& payer, const Key& customer) {
    set(at_shop, "customer", customer, "pays_id", payer[0]);
  }
  Value payer_at_erp(const Key& customer) {
    return get(at_erp, "customer", there(at_shop, "customer", customer), "Bill-to");
  }
  Value key_at_erp(const Key& customer) { return there(at_shop, "customer", customer)[0]; }
};

}  // namespace

TEST_CASE("two customers who swap unique e-mail addresses arrive in one cycle",
          "[engine][exchange]") {
  UniqueWorld world;
  world.set_emails({"swap@x.fr", "a@x.fr"});
  world.set_emails({"b@x.fr"});
  const Outcome outcome = world.cycle();
  CHECK(outcome.exit == Exit::done);
  CHECK(world.email_at_erp(0) == "b@x.fr");
  CHECK(world.email_at_erp(1) == "a@x.fr");
  CHECK(world.differences() == Names{});
  world.cycles_until_quiet();
}

TEST_CASE("who steps aside for a swap is still compared by what says that he is mirrored",
          "[engine][exchange][scope]") {
  UniqueWorld world{R"json({"entities": {"customer": {
    "erp": {"where": {"Archived": {"not": 1}}, "on_insert": {"Archived": 0}}}}})json"};
  world.set_emails({"b@x.fr", "a@x.fr"});
  CHECK(world.cycle().exit == Exit::done);
  CHECK(world.email_at_erp(0) == "b@x.fr");
  CHECK(world.email_at_erp(1) == "a@x.fr");
  CHECK(world.differences() == Names{});
  world.cycles_until_quiet();
}

TEST_CASE("three who pass a unique value round arrive in one cycle", "[engine][exchange]") {
  for (const Names& round :
       {Names{"b@x.fr", "c@x.fr", "a@x.fr"}, Names{"c@x.fr", "a@x.fr", "b@x.fr"}}) {
    UniqueWorld world;
    world.set_emails({"1", "2", "3"});
    world.set_emails(round);
    CHECK(world.cycle().exit == Exit::done);
    CHECK(world.differences() == Names{});
  }
}

TEST_CASE("a unique value that one gives up and another takes arrives in one cycle",
          "[engine][exchange]") {
  for (const bool later : {false, true}) {
    UniqueWorld world;
    if (later) std::swap(world.keys[0], world.keys[1]);
    const std::string given_up = later ? "b@x.fr" : "a@x.fr";
    world.set_emails({"new@x.fr", given_up});
    CHECK(world.cycle().exit == Exit::done);
    CHECK(world.differences() == Names{});
  }
}

TEST_CASE("a new record may take the unique value of one that is deleted", "[engine][exchange]") {
  UniqueWorld world{R"({"entities": {"customer": {"match": [["name"]]}}})"};
  world.shop.erase(world.entity("customer").id, world.keys[0]);
  world.new_customer(at_shop, "z", "a@x.fr");
  CHECK(world.cycle().exit == Exit::done);
  CHECK(world.differences() == Names{});
}

TEST_CASE("who waits for a value gets it, however many before him wait for something else",
          "[engine][exchange]") {
  UniqueWorld world{R"({"entities": {"customer": {"match": [["name"]]}}})"};
  world.options.limits.batch_aggregates = 1;
  world.erp.lock(world.entity("customer").id, world.there(at_shop, "customer", world.keys[1]));
  world.set(at_shop, "customer", world.keys[1], "city", text("Metz"));
  world.shop.erase(world.entity("customer").id, world.keys[0]);
  world.new_customer(at_shop, "z", "a@x.fr");
  world.cycle();
  CHECK(world.rows(at_erp, "customer").size() == 3);
  world.erp.unlock_all();
  world.cycles_until_quiet();
  CHECK(world.differences() == Names{});
}

TEST_CASE("an exchange in a column that must not be empty names both, and ends by itself",
          "[engine][exchange]") {
  UniqueWorld world{
      R"({"entities": {"customer": {"fields": {"email": {"erp": {"blank": null}}}}}})"};
  world.erp.before_write = [&, refuse = world.erp.before_write](EntityId id, Row& row) {
    if (id == world.entity("customer").id &&
        is_null(row[world.column(at_erp, "customer", "E-Mail")]))
      throw DbError{"E-Mail must not be NULL", "23502", Recovery::refused};
    refuse(id, row);
  };
  world.set_emails({"swap@x.fr", "a@x.fr"});
  world.set_emails({"b@x.fr"});
  CHECK(world.cycle().set_aside == 2);
  for (const OpenSetAside& item : world.store.set_aside()) {
    for (const std::size_t one : {0, 1}) {
      const std::string key = display(world.there(at_shop, "customer", world.keys[one])[0]);
      CHECK(item.reason.find("customer") != std::string::npos);
      CHECK(item.reason.find(key) != std::string::npos);
    }
  }
  CHECK(world.email_at_erp(0) == "a@x.fr");
  world.set(at_erp, "customer", world.there(at_shop, "customer", world.keys[0]), "E-Mail",
            text("free@x.fr"));
  for (int n = 0; n < 4; ++n) world.cycle();
  CHECK(world.store.count_set_aside() == 0);
  CHECK(world.differences() == Names{});
}

TEST_CASE("who is to get what another one has is set aside with both names", "[engine][exchange]") {
  UniqueWorld world{R"({"entities": {"customer": {"match": [["name"]]}}})"};
  const auto name = [&](const Key& key) {
    return "customer " + display(key[0]) + " (shop) " +
           display(world.there(at_shop, "customer", key)[0]) + " (erp)";
  };
  const Key born = world.new_customer(at_shop, "z", "a@x.fr");
  world.set(at_shop, "customer", world.keys[1], "email", text("c@x.fr"));
  CHECK(world.cycle().set_aside == 2);
  std::vector<std::string> reasons;
  for (const OpenSetAside& item : world.store.set_aside()) reasons.push_back(item.reason);
  const std::string rest =
      ", and only one can have it at erp: give either another, and this one follows (duplicate "
      "e-mail)";
  CHECK_THAT(reasons,
             Catch::UnorderedEquals(Names{
                 "customer " + display(born[0]) + " (shop) is to get the email of " + name(world.keys[0]) + rest,
                 name(world.keys[1]) + " is to get the email of " + name(world.keys[2]) + rest}));
  world.set_emails({"free@x.fr"});
  world.set(at_shop, "customer", world.keys[1], "email", text("b@x.fr"));
  for (int n = 0; n < 3; ++n) world.cycle();
  CHECK(world.store.count_set_aside() == 0);
  CHECK(world.differences() == Names{});
}

TEST_CASE("who has what another is to get is named also where nobody mirrors him",
          "[engine][exchange]") {
  UniqueWorld world;
  world.erp.before_write = [&](EntityId, Row&) {
    throw TakenError{{"duplicate", "23505", Recovery::refused},
                     {0, {world.column(at_erp, "customer", "E-Mail")}, Key{text("Q7")}}};
  };
  world.set_emails({"new@x.fr"});
  CHECK(world.cycle().set_aside == 1);
  CHECK(world.store.set_aside().at(0).reason.find(
            " is to get the email of customer Q7 (erp), which is not mirrored, and only") !=
        std::string::npos);
}

TEST_CASE("a swap that a crash interrupts after its first step is finished by the next cycle",
          "[engine][exchange][G2]") {
  UniqueWorld world;
  world.set_emails({"swap@x.fr", "a@x.fr"});
  world.set_emails({"b@x.fr"});
  const std::size_t email = world.column(at_erp, "customer", "E-Mail");
  bool cut = false;
  world.erp.faults = [&](std::string_view call) {
    for (const auto& [key, row] : world.rows(at_erp, "customer"))
      cut = cut || is_null(row[email]) || row[email] == Value{text("")};
    return cut && call == "deliver" ? Fault::before : Fault::none;
  };
  CHECK(world.cycle().exit == Exit::unreachable);
  CHECK(cut);
  world.erp.faults = nullptr;
  world.cycles_until_quiet();
  CHECK(world.differences() == Names{});
}

TEST_CASE("whoever pays for a customer is written before him, in whatever order they came",
          "[engine][circles]") {
  PayingWorld world;
  const Key first = world.add("first"), second = world.add("second"), third = world.add("third");
  world.pays(second, first);
  world.pays(third, second);
  CHECK(world.cycle().exit == Exit::done);
  CHECK(world.payer_at_erp(first) == world.key_at_erp(second));
  CHECK(world.payer_at_erp(second) == world.key_at_erp(third));
  CHECK(world.differences() == Names{});
  CHECK(world.cycles_until_quiet() <= 2);
}

TEST_CASE("two who pay for each other, and one who pays for himself, arrive in one cycle",
          "[engine][circles]") {
  PayingWorld world;
  const Key first = world.add("first"), second = world.add("second"), alone = world.add("alone");
  world.pays(second, first);
  world.pays(first, second);
  world.pays(alone, alone);
  CHECK(world.cycle().exit == Exit::done);
  CHECK(world.payer_at_erp(first) == world.key_at_erp(second));
  CHECK(world.payer_at_erp(second) == world.key_at_erp(first));
  CHECK(world.payer_at_erp(alone) == world.key_at_erp(alone));
  CHECK(world.differences() == Names{});
  CHECK(world.cycles_until_quiet() <= 2);
}

TEST_CASE("those who refer to each other are deleted together", "[engine][circles]") {
  PayingWorld world;
  std::vector<Key> all{world.add("1"), world.add("2"), world.add("3"), world.add("4")};
  world.pays(all[1], all[0]);
  world.pays(all[0], all[1]);
  world.pays(all[2], all[2]);
  world.pays(all[2], all[3]);
  world.cycles_until_quiet();
  REQUIRE(world.differences() == Names{});
  for (const Key& key : all) world.shop.erase(world.entity("customer").id, key);
  CHECK(world.cycle().exit == Exit::done);
  CHECK(world.rows(at_erp, "customer").empty());
  world.cycles_until_quiet();
}

TEST_CASE("one who pays for others is not deleted", "[engine][circles][G1]") {
  PayingWorld world;
  const Key payer = world.add("payer"), customer = world.add("customer");
  world.pays(payer, customer);
  world.cycles_until_quiet();
  const Key at_erp_key = world.there(at_shop, "customer", payer);
  world.erp.erase(world.entity("customer").id, at_erp_key);
  CHECK(world.cycle().exit == Exit::waiting);
  CHECK(world.rows(at_erp, "customer").size() == 2);
  CHECK(world.differences() == Names{});
}

TEST_CASE("who refers to a row that cannot come in waits for it, and so do those who refer to him",
          "[engine][circles]") {
  PayingWorld world;
  const auto add_at_erp = [&](const char* no, const char* payer) {
    world.erp.insert(world.entity("customer").id, world.row(at_erp, "customer",
                                                            {{"No_", text(no)},
                                                             {"E-Mail", text("")},
                                                             {"Name", text(no)},
                                                             {"City", text("")},
                                                             {"Note", text("")},
                                                             {"Bill-to", text(payer)},
                                                             {"Points", Decimal{0, 0}},
                                                             {"Changed", std::int64_t{0}}}));
  };
  add_at_erp("B", "A");
  add_at_erp("A", "X");
  CHECK(world.cycle().set_aside == 2);
  CHECK(world.rows(at_shop, "customer").empty());
  add_at_erp("X", "");
  CHECK(world.cycle().set_aside == 0);
  CHECK(world.rows(at_shop, "customer").size() == 3);
  CHECK(world.differences() == Names{});
}

}  // namespace miroir::test
