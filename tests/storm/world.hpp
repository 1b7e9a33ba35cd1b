// Two sites in memory with their people, their triggers and what goes wrong there; and somebody who
// looks at every commit whether an order can be seen without its lines.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "tests/storm/ledger.hpp"
#include "tests/storm/tables.hpp"
#include "tests/storm/users.hpp"
#include "tests/support/memory_site.hpp"

namespace miroir::storm {

class World {
 public:
  World(const Tables& tables, bool capitals, int erp_ahead);
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  MemorySite& at(SiteId site) { return site == at_shop ? shop_ : erp_; }
  const MemorySite& at(SiteId site) const { return site == at_shop ? shop_ : erp_; }
  Ledger& ledger() { return ledger_; }
  const Ledger& ledger() const { return ledger_; }
  Users& users() { return users_; }
  const Tables& tables() const { return tables_; }

  // Time goes on: what happens next happens later, and both sites' clocks say so in their way.
  void pass();
  Instant now() const { return Instant{now_}; }
  void set_clock(SiteId site, int seconds_ahead);
  // Then nobody can say any more which of two changes was the later one.
  bool was_set() const { return was_set_; }

  // From here on the site refuses what miroir writes to the record with this mark.
  void refuse(SiteId site, const std::string& mark) { refusing_[index(site)].insert(mark); }
  bool allow_all(SiteId site);
  int refusals() const { return refusals_; }
  int commits(SiteId site) const { return commits_[index(site)]; }
  // What somebody could see that he must not.
  const std::vector<std::string>& halves() const { return halves_; }

 private:
  void before_write(SiteId site, EntityId entity, Row& row);
  void after_write(EntityId entity, WriteOp op);
  void at_end(SiteId site, bool committed);
  void look(SiteId site);
  void take_bottle();

  const Tables& tables_;
  bool capitals_;
  MemorySite shop_, erp_;
  Ledger ledger_;
  Users users_;
  PerSite<std::set<std::string>> refusing_;
  PerSite<int> commits_{};
  int refusals_ = 0;
  std::int64_t now_ = 1'000'000'000'000;  // In microseconds.
  PerSite<std::int64_t> ahead_{};
  bool was_set_ = false;
  std::map<std::string, std::int64_t> taken_;  // By triggers in the transaction that is open.
  std::vector<std::string> halves_;
};

}  // namespace miroir::storm
