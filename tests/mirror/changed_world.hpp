// A world whose mapping is changed while it stands.
#pragma once

#include <catch2/catch.hpp>

#include "mirror/remap.hpp"
#include "tests/mirror/meeting_world.hpp"

namespace miroir::test {

// A world after its mapping was changed: the same two databases, seen by another mapping.
class ChangedWorld {
 public:
  ChangedWorld(SmallWorld& world, const Mapping& before, const std::string& edits)
      : now{small_mapping(edits)},
        before_{before},
        shop{now, at_shop},
        erp{now, at_erp},
        store{world.store},
        options{world.options} {
    for (const Entity& old : before.entities) {
      const Entity* entity = now.find(old.name);
      if (entity == nullptr) continue;
      for (const SiteId site : both_sites) copy(world.at(site), old, *entity, site);
    }
    for (const SiteId site : both_sites) {
      at(site).claim(world.at(site).mark());
      // Another site in memory stands for the same database: its journal begins anew.
      for (const char* name : {"anchor", "last id"}) store.remember(site, name, "");
    }
  }

  RemapReport remap() {
    RemapOptions how;
    how.difference = [&](const RemapDifference& one) { differences.push_back(one); };
    how.at_step = at_step;
    return remap_store({&shop, &erp}, store, before_, now, compare_mappings(before_, now), how);
  }
  Outcome cycle() { return run_cycle({&shop, &erp}, store, now, options); }

  MemorySite& at(SiteId site) { return site == at_shop ? shop : erp; }
  std::size_t column(SiteId site, const char* entity, const char* name) const {
    return now.find(entity)->table[index(site)].find(name).value();
  }
  Value get(SiteId site, const char* entity, const Key& key, const char* name) {
    const Row* row = at(site).find(now.find(entity)->id, key);
    REQUIRE(row != nullptr);
    return row->at(column(site, entity, name));
  }
  void set(SiteId site, const char* entity, const Key& key, const char* name, const Value& value) {
    at(site).update(now.find(entity)->id, key,
                    [&](Row& row) { row[column(site, entity, name)] = value; });
  }
  // What stood there when the mapping was changed.
  void found(SiteId site, const char* entity, const Key& key, const char* name,
             const Value& value) {
    Row row = *at(site).find(now.find(entity)->id, key);
    row[column(site, entity, name)] = value;
    at(site).set_untriggered(now.find(entity)->id, key, row);
  }

 private:
  void copy(MemorySite& from, const Entity& old, const Entity& entity, SiteId site) {
    for (const auto& [key, row] : from.rows(old.id)) {
      Row seen;
      for (const Column& column : entity.table[index(site)].columns) {
        const auto place = old.table[index(site)].find(column.name);
        seen.push_back(place ? row[*place] : Value{Null{}});
      }
      at(site).set_untriggered(entity.id, key, seen);
    }
  }

 public:
  Mapping now;

 private:
  const Mapping& before_;

 public:
  MemorySite shop, erp;
  Store& store;
  CycleOptions options;
  std::vector<RemapDifference> differences;
  std::function<void(const char*)> at_step = [](const char*) {};
};

struct Changing {
  Mapping before;
  SmallWorld world;
  explicit Changing(const std::string& edits = "{}") : before{small_mapping(edits)}, world{before} {
    world.seed();
  }
  Key customer(const char* name, const char* email) {
    return world.new_customer(at_shop, name, email);
  }
};

}  // namespace miroir::test
