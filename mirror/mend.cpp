#include "mirror/mend.hpp"

#include <fmt/core.h>

#include "mirror/brakes.hpp"
#include "mirror/catch_up.hpp"
#include "mirror/census.hpp"
#include "mirror/marks.hpp"
#include "mirror/rebase.hpp"
#include "mirror/verify.hpp"

namespace miroir {
namespace {

struct Differing {
  std::vector<Key> roots;
  std::size_t lost = 0;  // Of which rows are gone, the root's or parts'.
};

// Of a root entity, what a site holds otherwise than it was last seen there, or no more.
Differing compare(EntityId entity, SiteId site, const Sites& sites, const Store& store,
                  const Mapping& mapping, const CycleOptions& options) {
  Differing differing;
  VerifyOptions comparing;
  comparing.entities = {entity};
  comparing.asked = {site == SiteId::first, site == SiteId::second};
  comparing.progress = options.progress;
  comparing.one_thread = options.one_thread;
  comparing.found = [&](const Look& look) {
    const auto& key = look.finding.keys[index(site)];
    if (!key) return;
    differing.roots.push_back(*key);
    if (look.finding.lost[index(site)]) ++differing.lost;
  };
  verify_sites(sites, store, mapping, comparing);
  return differing;
}

std::vector<EntityId> roots_of(const Mend& mend, const Mapping& mapping) {
  if (mend.entity) return {*mend.entity};
  std::vector<EntityId> roots;
  for (const Entity& entity : mapping.entities) {
    if (!entity.is_part()) roots.push_back(entity.id);
  }
  return roots;
}

class Mending {
 public:
  Mending(Scope& scope, const Sites& sites, Crew& crew, Store& store, const Mapping& mapping,
          const CycleOptions& options, CycleNumber cycle)
      : scope_{scope},
        sites_{sites},
        crew_{crew},
        store_{store},
        mapping_{mapping},
        options_{options},
        cycle_{cycle} {}

  void mend(const Mend& mend) {
    switch (mend.how) {
      case Mend::How::compare:
        return read_what_differs(mend);
      case Mend::How::rebase:
        return put_forward(mend);
      case Mend::How::catch_up:
        return catch_up(mend);
    }
  }

 private:
  void put_forward(const Mend& mend) {
    Site& site = *sites_[index(mend.site)];
    site.claim({store_.id(), CycleNumber{0}});
    rebase(mend.site, site, store_, mapping_, cycle_);
    write_mark(mend.site);
    remember(mend);
  }

  void catch_up(const Mend& mend) {
    CatchUp catching{sites_, store_, mapping_, options_};
    std::vector<std::string> gone;
    std::size_t all = 0;
    for (const Gone& one : catching.compare()) count(one.entity, one.at_one_site, gone, all);
    if (!gone.empty() && !is_accepted(options_.accepted, id_of_found(mend, all), scope_)) {
      for (const SiteId site : both_sites) leave_out(site);
      scope_.brakes.push_back(found_brake(mend, gone, all, mapping_));
      return;
    }
    catching.keep(cycle_);
    for (const SiteId site : both_sites) write_mark(site);
    remember(mend);
  }

  // The number stands in the store before it may stand at the site.
  void write_mark(SiteId site) {
    if (options_.writes == Writes::forbidden) return;
    store_.begin();
    note_pending(store_, site, cycle_);
    store_.commit();
    sites_[index(site)]->acknowledge({}, {store_.id(), cycle_});
    note_confirmed(store_, site, cycle_);
  }

  void remember(const Mend& mend) {
    for (const auto& [name, value] : mend.then) store_.remember(mend.site, name, value);
  }

  void leave_out(SiteId site) {
    scope_.here[index(site)] = false;
    crew_.leave_out(site);
  }

  void read_what_differs(const Mend& mend) {
    std::vector<std::pair<EntityId, Differing>> found;
    for (const EntityId entity : roots_of(mend, mapping_))
      found.emplace_back(entity, compare(entity, mend.site, sites_, store_, mapping_, options_));
    if (brake_deletions(mend, found)) return;
    store_.begin();
    for (const auto& [entity, differing] : found) {
      for (const Key& root : differing.roots) store_.reread(mend.site, entity, root);
    }
    remember(mend);
    store_.commit();
    if (!mend.entity) write_mark(mend.site);  // The journal's anchor is put back with it.
  }

  // What is over the limit, in words.
  void count(EntityId id, std::size_t missing, std::vector<std::string>& gone,
             std::size_t& all) const {
    const Entity& entity = mapping_.entity(id);
    const std::size_t records = store_.count(id);
    const bool nothing_left = missing > 0 && missing >= records;
    const BrakeLimit& limit = options_.limits.brakes.limits_of(entity.name).deletions;
    if (!nothing_left && !is_over(limit, missing, records)) return;
    gone.push_back(fmt::format("{} of {} {}", missing, records, entity.name));
    all += missing;
  }

  bool brake_deletions(const Mend& mend,
                       const std::vector<std::pair<EntityId, Differing>>& found) {
    std::vector<std::string> gone;
    std::size_t all = 0;
    for (const auto& [id, differing] : found) count(id, differing.lost, gone, all);
    if (gone.empty() || is_accepted(options_.accepted, id_of_found(mend, all), scope_))
      return false;
    if (mend.entity) {
      scope_.sitting_out.merge(dependants(mapping_, *mend.entity));
    } else {
      leave_out(mend.site);
    }
    scope_.brakes.push_back(found_brake(mend, gone, all, mapping_));
    return true;
  }

  Scope& scope_;
  const Sites& sites_;
  Crew& crew_;
  Store& store_;
  const Mapping& mapping_;
  const CycleOptions& options_;
  CycleNumber cycle_;
};

}  // namespace

void make_good(Scope& scope, const Sites& sites, Crew& crew, Store& store, const Mapping& mapping,
               const CycleOptions& options, CycleNumber cycle) {
  Mending mending{scope, sites, crew, store, mapping, options, cycle};
  for (const Mend& mend : scope.mends) {
    const bool both = mend.how == Mend::How::catch_up;
    if (!crew.here(mend.site) || (both && !crew.here(other(mend.site)))) continue;
    try {
      mending.mend(mend);
    } catch (const DbError& error) {
      for (const SiteId site : both_sites) {
        if (site != mend.site && !both) continue;
        crew.dismiss(Crew::trouble_of(site, error));
        scope.here[index(site)] = false;
      }
    }
  }
  scope.not_deleting = referred_to(mapping, scope.sitting_out);
}

}  // namespace miroir
