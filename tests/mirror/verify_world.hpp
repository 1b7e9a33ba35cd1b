// The small world of requests, and what verify says of it.
#pragma once

#include "mirror/lensing.hpp"
#include "mirror/verify.hpp"
#include "tests/mirror/request_world.hpp"

namespace miroir::test {

class VerifyWorld : public RequestWorld {
 public:
  explicit VerifyWorld(const std::string& patch = "{}")
      : RequestWorld{patch}, mapping_{small_mapping(patch)} {
    options.one_thread = true;  // So that verify can run within a cycle.
  }

  // Of all entities: how many records are what; `found` has those that are not equal.
  std::size_t verify() { return verify(at_its_ease()); }
  std::size_t verify(VerifyOptions how) {
    found.clear();
    sum = {};
    how.found = [&](const Look& seen) { found.push_back(seen); };
    for (const Standings& one : verify_sites({&shop, &erp}, store, mapping_, how)) {
      for (const Standing s : all_standings) sum.counts[static_cast<std::size_t>(s)] += one.of(s);
      for (const SiteId site : both_sites)
        sum.missing_at[index(site)] += one.missing_at[index(site)];
    }
    return sum.of(Standing::equal);
  }
  VerifyOptions at_its_ease() const {
    VerifyOptions how{.entities = {}, .one_thread = true};
    for (const Entity& one : mapping_.entities) {
      if (!one.is_part()) how.entities.push_back(one.id);
    }
    return how;
  }

  std::size_t of(Standing standing) const { return sum.of(standing); }
  bool nothing_differs() {
    verify();
    for (const Look& one : found)
      UNSCOPED_INFO(name_of(one.finding.standing)
                    << " " << name_of(entity_of(one.finding), one.finding.keys, mapping_));
    return found.empty();
  }
  const Finding& only() const {
    REQUIRE(found.size() == 1);
    return found.front().finding;
  }
  const Entity& entity_of(const Finding& finding) const { return mapping_.entity(finding.entity); }
  // "name: Anne at the shop, Aubert at the ERP" without the words, of the only row that differs.
  std::vector<std::string> fields() const {
    std::vector<std::string> all;
    for (const RowDifference& row : only().rows) {
      for (const FieldDifference& one : row.fields) {
        std::string text = mapping_.entity(row.entity).fields[one.field].name + ":";
        for (const SiteId site : both_sites) {
          const auto& held = one.holds[index(site)];
          const auto* value = held ? std::get_if<Value>(&*held) : nullptr;
          text += " " + (value == nullptr ? std::string{"-"} : display(*value));
        }
        all.push_back(text);
      }
    }
    return all;
  }

  // What no trigger sees.
  void change_unseen(SiteId site, const std::string& name, const Key& key, const std::string& what,
                     const Value& value) {
    const Row* there = at(site).find(entity(name).id, key);
    REQUIRE(there != nullptr);
    Row changed = *there;
    changed[column(site, name, what)] = value;
    at(site).set_untriggered(entity(name).id, key, changed);
  }
  void remove_unseen(SiteId site, const std::string& name, const Key& key) {
    at(site).set_untriggered(entity(name).id, key, std::nullopt);
  }

  // What `miroir resync` asks, of all that verify has found.
  Resync resync(std::optional<SiteId> from = {}) const {
    Resync resync;
    resync.from = from;
    for (const Look& one : found) {
      resync.entity = entity_of(one.finding).name;
      Resync::Root& root = resync.roots.emplace_back();
      root.keys = one.finding.keys;
      for (const SiteId site : both_sites) {
        for (const auto& [at, row] : one.rows[index(site)])
          root.seen[index(site)].push_back({mapping_.entity(at.first).name, at.second, row});
      }
    }
    return resync;
  }

  std::vector<Look> found;
  Standings sum;

 private:
  Mapping mapping_;
};

}  // namespace miroir::test
