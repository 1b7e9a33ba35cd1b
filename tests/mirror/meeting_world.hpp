// Two sites in memory that hold data before they meet.
#pragma once

#include <catch2/catch.hpp>

#include "tests/mirror/small_world.hpp"

namespace miroir::test {

using Names = std::vector<std::string>;

inline std::string text(const char* t) { return t; }

inline Row customer_row(const SmallWorld& world, SiteId site, const Value& key,
                        const std::string& name, const std::string& email,
                        const std::string& city = "Lyon", std::int64_t points = 0) {
  if (site == at_shop) {
    return world.row(site, "customer",
                     {{"id", key},
                      {"email", email},
                      {"name", name},
                      {"city", city},
                      {"points", points},
                      {"changed", std::int64_t{0}}});
  }
  return world.row(site, "customer",
                   {{"No_", key},
                    {"E-Mail", email},
                    {"Name", name},
                    {"City", city},
                    {"Note", text("")},
                    {"Points", Decimal{points, 0}},
                    {"Changed", std::int64_t{0}}});
}

inline Key add_customer(SmallWorld& world, SiteId site, const Value& key, const std::string& name,
                        const std::string& email, const std::string& city = "Lyon",
                        std::int64_t points = 0) {
  return world.at(site).insert(world.entity("customer").id,
                               customer_row(world, site, key, name, email, city, points));
}

inline void add_erp_order(SmallWorld& world, const std::string& number, const std::string& customer,
                          const std::vector<std::string>& lines) {
  const Value type = std::int64_t{1};
  world.erp.insert(
      world.entity("order").id,
      world.row(
          at_erp, "order",
          {{"Type", type}, {"No_", number}, {"Customer", customer}, {"State", text("open")}}));
  std::int64_t n = 0;
  for (const std::string& what : lines) {
    world.erp.insert(world.entity("line").id, world.row(at_erp, "line",
                                                        {{"Type", type},
                                                         {"Document", number},
                                                         {"Line", n += 10'000},
                                                         {"What", what},
                                                         {"Item", text("")}}));
  }
}

inline Outcome meet(SmallWorld& world) {
  const Mapping mapping = small_mapping();
  const SeedReport report = seed({&world.shop, &world.erp}, world.store, mapping, world.options);
  REQUIRE(report.refusals.empty());
  REQUIRE_FALSE(report.read.is_cut());
  return world.cycle();
}

inline Tally customers(const SmallWorld& world) {
  return world.store.tally(world.entity("customer").id);
}

// What people do while the databases meet: after all rows were compared, before the first is read
// in.
inline Outcome meet_while(SmallWorld& world, const std::function<void()>& people) {
  bool done = false;
  world.options.at_step = [&](const char* step) {
    if (std::string_view{step} == "census" && !std::exchange(done, true)) people();
  };
  const Outcome outcome = meet(world);
  world.options.at_step = [](const char*) {};
  return outcome;
}

}  // namespace miroir::test
