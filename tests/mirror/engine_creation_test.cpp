// Fields that are given when the other side's row is made: what the only row holds until then, and
// each site's own from then on.
#include <catch2/catch.hpp>

#include "tests/mirror/verify_world.hpp"

namespace miroir::test {
namespace {

constexpr const char* city_at_creation =
    R"json({"entities": {"customer": {"fields": {"city": {"direction": "at creation"}}}}})json";

class CreationWorld : public SmallWorld {
 public:
  explicit CreationWorld(const char* patch = city_at_creation) : SmallWorld{small_mapping(patch)} {
    seed();
  }

  void cut_erp() {
    erp.faults = [](std::string_view) { return Fault::before; };
  }
  void restore_erp() { erp.faults = nullptr; }
  // A customer whom the shop took while the ERP was away.
  Key customer_of_the_shop() {
    cut_erp();
    const Key key = new_customer(at_shop, "Ana", "ana@x.fr");
    CHECK(cycle().exit == Exit::unreachable);
    return key;
  }
  void move(SiteId site, const Key& key, const std::string& city) {
    set(site, "customer", key, site == at_shop ? "city" : "City", city);
  }
  void check_cities(const Key& key, const std::string& in_shop, const std::string& in_erp) {
    CHECK(get(at_shop, "customer", key, "city") == Value{in_shop});
    CHECK(get(at_erp, "customer", there(at_shop, "customer", key), "City") == Value{in_erp});
    CHECK(store.conflicts(std::nullopt, 10).empty());
  }
};

}  // namespace

TEST_CASE("a field given at creation is each site's own afterwards", "[engine][direction]") {
  CreationWorld world;
  const Key ana = world.new_customer(at_shop, "Ana", "ana@x.fr");
  world.cycles_until_quiet();
  const Key there = world.there(at_shop, "customer", ana);
  CHECK(world.get(at_erp, "customer", there, "City") == Value{std::string{"Beaune"}});
  world.move(at_shop, ana, "Dijon");
  world.move(at_erp, there, "Lyon");
  world.set(at_erp, "customer", there, "Name", std::string{"Anna"});
  world.cycles_until_quiet();
  world.check_cities(ana, "Dijon", "Lyon");
  CHECK(world.get(at_shop, "customer", ana, "name") == Value{std::string{"Anna"}});
}

TEST_CASE("what is corrected before the other side's row is made is given as corrected",
          "[engine][direction]") {
  CreationWorld world;
  const Key ana = world.customer_of_the_shop();
  world.move(at_shop, ana, "Dijon");
  CHECK(world.cycle().exit == Exit::unreachable);
  const Entity& customer = world.entity("customer");
  const auto known = world.store.record(world.store.find(at_shop, customer.id, ana).value());
  CHECK(known->head[customer.field_index("city").value()] == Value{std::string{"Dijon"}});
  world.restore_erp();
  world.cycles_until_quiet();
  world.check_cities(ana, "Dijon", "Dijon");
}

TEST_CASE("what the other side refused at creation is tried again as it was mended",
          "[engine][direction][G5]") {
  CreationWorld world{R"json({"entities": {"customer": {"fields": {
      "city": {"direction": "at creation", "erp": {"loss": null}}}}}})json"};
  const Key ana = world.new_customer(at_shop, "Ana", "ana@x.fr");
  world.move(at_shop, ana, "Bourg-en-Bresse");
  CHECK(world.cycle().set_aside == 1);
  world.move(at_shop, ana, "Bourg");
  CHECK(world.cycle().set_aside == 0);
  world.check_cities(ana, "Bourg", "Bourg");
}

TEST_CASE("what is corrected while the other side's row may stand already is given if it does not",
          "[engine][direction][G2]") {
  CreationWorld world;
  const bool happened = GENERATE(true, false);
  const Key ana = world.new_customer(at_shop, "Ana", "ana@x.fr");
  world.erp.faults = [&, sent = false](std::string_view call) mutable {
    if (sent) return Fault::before;
    if (call != "deliver") return Fault::none;
    sent = true;
    return happened ? Fault::after : Fault::before;
  };
  CHECK(world.cycle().exit == Exit::unreachable);
  world.move(at_shop, ana, "Dijon");
  CHECK(world.cycle().exit == Exit::unreachable);
  world.restore_erp();
  world.cycles_until_quiet();
  CHECK(world.rows(at_erp, "customer").size() == 1);
  world.check_cities(ana, "Dijon", happened ? "Beaune" : "Dijon");
}

TEST_CASE("what cannot be read is not given: the row waits, until both have one",
          "[engine][direction]") {
  CreationWorld world{R"json({"entities": {"customer": {"fields": {"city": {
      "type": "enumeration", "direction": "at creation",
      "shop": {"column": "city", "lookup": {"beaune": "Beaune", "dijon": "Dijon"}},
      "erp": {"column": "City", "length": null, "blank": null, "loss": null,
              "lookup": {"beaune": "Beaune", "dijon": "Dijon"}}}}}}})json"};
  const Key ana = world.customer_of_the_shop();
  world.move(at_shop, ana, "Nowhere");
  CHECK(world.cycle().set_aside == 1);
  world.move(at_shop, ana, "Dijon");
  world.restore_erp();
  world.cycles_until_quiet();
  world.check_cities(ana, "Dijon", "Dijon");
  world.move(at_shop, ana, "Nowhere");
  CHECK(world.cycle().set_aside == 0);
}

TEST_CASE("a row that comes back is given what the one that stayed holds by now",
          "[engine][direction]") {
  CreationWorld world;
  const Key ana = world.new_customer(at_shop, "Ana", "ana@x.fr");
  world.cycles_until_quiet();
  const Key there = world.there(at_shop, "customer", ana);
  world.move(at_shop, ana, "Dijon");
  world.move(at_erp, there, "Lyon");
  world.cycles_until_quiet();
  world.erp.erase(world.entity("customer").id, there);
  world.set(at_shop, "customer", ana, "name", std::string{"Anne"});
  world.cycles_until_quiet();
  CHECK(world.get(at_shop, "customer", ana, "city") == Value{std::string{"Dijon"}});
  CHECK(world.get(at_erp, "customer", world.there(at_shop, "customer", ana), "City") ==
        Value{std::string{"Dijon"}});
}

TEST_CASE("a twin that turns up keeps what it has", "[engine][direction]") {
  CreationWorld world;
  const Key ana = world.customer_of_the_shop();
  const Key there = world.new_customer(at_erp, "Ana", "ana@x.fr");
  world.move(at_erp, there, "Lyon");
  world.move(at_shop, ana, "Dijon");
  world.restore_erp();
  world.cycles_until_quiet();
  CHECK(world.there(at_shop, "customer", ana) == there);
  world.check_cities(ana, "Dijon", "Lyon");
}

TEST_CASE("what the other side's row will be given has drifted if nobody saw it change",
          "[engine][direction][verify]") {
  VerifyWorld world{city_at_creation};
  world.erp.faults = [](std::string_view call) {
    return call == "deliver" ? Fault::before : Fault::none;
  };
  const Key ben = world.new_customer(at_shop, "Ben", "ben@x.fr");
  world.cycle();
  world.erp.faults = nullptr;
  world.erp.connect();
  world.verify();
  CHECK(world.only().standing == Standing::in_flight);
  world.change_unseen(at_shop, "customer", ben, "city", std::string{"Metz"});
  world.verify();
  CHECK(world.only().standing == Standing::drifted);
}

}  // namespace miroir::test
