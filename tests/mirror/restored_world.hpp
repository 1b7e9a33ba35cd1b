// A world whose site or store can be put back to an earlier state: clocks that go on by a minute with
// each cycle, and a store in a file, of which a copy can be kept.
#pragma once

#include <stdlib.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>

#include "tests/mirror/small_world.hpp"

namespace miroir::test {

using Names = std::vector<std::string>;

inline std::string text(const char* t) { return t; }
inline constexpr std::int64_t second = 1'000'000;

class RestoredWorld {
 public:
  explicit RestoredWorld(const char* patch = "{}")
      : mapping{small_mapping(patch)}, world{small_mapping(patch)} {
    std::string name = (std::filesystem::temp_directory_path() / "miroir-restored.XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    folder = name;
    store.emplace(Store::open(folder / "state.db", mapping));
    world.options.now = [this] { return now; };
    pass();
    for (int n = 0; n < 5; ++n)
      customers.push_back(
          world.new_customer(at_shop, "Customer", std::to_string(n) + "@x.fr", 10 * n));
    order = world.new_order(at_shop, customers.front(), {"Chablis", "Pommard"});
    world.options.writes = Writes::allowed;
    seed({&world.shop, &world.erp}, *store, mapping, world.options);
    quiet();
  }
  ~RestoredWorld() { std::filesystem::remove_all(folder); }
  RestoredWorld(const RestoredWorld&) = delete;
  RestoredWorld& operator=(const RestoredWorld&) = delete;

  void pass() {
    now.micros += 60 * second;
    for (const SiteId site : both_sites) world.at(site).time = now;
  }
  Outcome cycle() {
    pass();
    const Outcome outcome = run_cycle({&world.shop, &world.erp}, *store, mapping, world.options);
    pass();
    return outcome;
  }
  void quiet() {
    for (int n = 0; n < 4; ++n) {
      const Outcome outcome = cycle();
      for (const OpenSetAside& item : store->set_aside()) UNSCOPED_INFO(item.reason);
      for (const Brake& brake : outcome.brakes) UNSCOPED_INFO(brake.message);
      CHECK((outcome.exit == Exit::done || outcome.exit == Exit::waiting));
      if (outcome.delivered == PerSite<std::size_t>{}) return;
    }
    FAIL("four cycles were not enough");
  }
  Brake braked(const std::string& kind) {
    const Outcome outcome = cycle();
    CHECK(outcome.exit == Exit::brake);
    REQUIRE(outcome.brakes.size() == 1);
    CAPTURE(outcome.brakes[0].id, outcome.brakes[0].message);
    CHECK(outcome.brakes[0].id.starts_with(kind));
    if (outcome.brakes[0].acceptable)
      CHECK(outcome.brakes[0].message.find("`miroir cycle --accept '" + outcome.brakes[0].id +
                                           "'`") != std::string::npos);
    return outcome.brakes[0];
  }
  Outcome accept(const Brake& brake) {
    world.options.accepted = {brake.id};
    const Outcome outcome = cycle();
    world.options.accepted.clear();
    for (const Brake& again : outcome.brakes) UNSCOPED_INFO(again.message);
    for (const SiteTrouble& trouble : outcome.troubles) UNSCOPED_INFO(trouble.message);
    return outcome;
  }
  void set(SiteId site, const Key& key, const char* column, const Value& value) {
    world.set(site, "customer", key, column, value);
  }
  Key there(SiteId site, const Key& key, const char* entity = "customer") {
    const auto record = store->find(site, world.entity(entity).id, key);
    REQUIRE(record);
    return store->keys(*record)[index(other(site))].value();
  }
  Value in_shop(int n, const char* column) {
    return world.get(at_shop, "customer", customers[static_cast<std::size_t>(n)], column);
  }
  Value in_erp(int n, const char* column) {
    return world.get(at_erp, "customer", erp_key(n), column);
  }
  Key erp_key(int n) { return there(at_shop, customers[static_cast<std::size_t>(n)]); }
  Names emails(SiteId site) {
    const std::size_t column = world.column(site, "customer", site == at_shop ? "email" : "E-Mail");
    Names all;
    for (const auto& [key, row] : world.rows(site, "customer"))
      all.push_back(std::get<std::string>(row[column]));
    std::sort(all.begin(), all.end());
    return all;
  }
  void must_be_equal() {
    CHECK(emails(at_shop) == emails(at_erp));
    CHECK(world.rows(at_shop, "order").size() == world.rows(at_erp, "order").size());
    CHECK(world.rows(at_shop, "line").size() == world.rows(at_erp, "line").size());
    for (const auto& [key, row] : world.rows(at_shop, "customer")) {
      const Key no = there(at_shop, key);
      for (const auto& [here, across] :
           {std::pair{"name", "Name"}, std::pair{"city", "City"}, std::pair{"email", "E-Mail"}}) {
        const Value value = world.get(at_shop, "customer", key, here);
        CHECK((is_null(value) ? Value{text("")} : value) ==
              world.get(at_erp, "customer", no, across));
      }
      CHECK(Value{Decimal{std::get<std::int64_t>(world.get(at_shop, "customer", key, "points")),
                          0}} == world.get(at_erp, "customer", no, "Points"));
    }
  }

  const Mapping mapping;
  SmallWorld world;
  Instant now{1'000'000 * second};
  std::filesystem::path folder;
  std::optional<Store> store;
  std::vector<Key> customers;
  Key order;
};

// What happens at both sites after a backup, and is mirrored.
inline void live_on(RestoredWorld& r) {
  r.set(at_shop, r.customers[0], "city", text("Dijon"));
  r.set(at_erp, r.erp_key(1), "City", text("Nuits"));
  r.set(at_shop, r.customers[2], "points", std::int64_t{25});
  r.set(at_erp, r.erp_key(2), "Points", Decimal{27, 0});
  r.world.new_customer(at_shop, "Born here", "born-here@x.fr", 3);
  r.world.new_customer(at_erp, "Born there", "born-there@x.fr", 4);
  r.world.shop.erase(r.world.entity("customer").id, r.customers[4]);
  const Key line = r.world.rows(at_shop, "line").begin()->first;
  r.world.set(at_shop, "line", line, "what", text("Chablis, two"));
  r.world.new_line(at_shop, r.order, 3, "Volnay");
  r.quiet();
}

}  // namespace miroir::test
