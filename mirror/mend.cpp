#include "mirror/mend.hpp"

#include <fmt/core.h>

#include "mirror/brakes.hpp"
#include "mirror/census.hpp"
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
    std::vector<std::pair<EntityId, Differing>> found;
    for (const EntityId entity : roots_of(mend, mapping_))
      found.emplace_back(entity, compare(entity, mend.site, sites_, store_, mapping_, options_));
    if (brake_deletions(mend, found)) return;
    store_.begin();
    for (const auto& [entity, differing] : found) {
      for (const Key& root : differing.roots) store_.reread(mend.site, entity, root);
    }
    for (const auto& [name, value] : mend.then) store_.remember(mend.site, name, value);
    store_.commit();
    // The journal's anchor, where it is missing.
    if (!mend.entity && options_.writes == Writes::allowed)
      sites_[index(mend.site)]->acknowledge({}, {store_.id(), cycle_});
  }

 private:
  bool brake_deletions(const Mend& mend,
                       const std::vector<std::pair<EntityId, Differing>>& found) {
    std::vector<std::string> gone;
    std::size_t all = 0;
    for (const auto& [id, differing] : found) {
      const Entity& entity = mapping_.entity(id);
      const std::size_t records = store_.count(id);
      const BrakeLimit& limit = options_.limits.brakes.limits_of(entity.name).deletions;
      const bool nothing_left = differing.lost > 0 && differing.lost >= records;
      if (!nothing_left && !is_over(limit, differing.lost, records)) continue;
      gone.push_back(fmt::format("{} of {} {}", differing.lost, records, entity.name));
      all += differing.lost;
    }
    if (gone.empty() || options_.accepted.contains(id_of_found(mend, all))) return false;
    if (mend.entity) {
      scope_.sitting_out.merge(dependants(mapping_, *mend.entity));
    } else {
      scope_.here[index(mend.site)] = false;
      crew_.leave_out(mend.site);
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
    if (!crew.here(mend.site)) continue;
    try {
      mending.mend(mend);
    } catch (const DbError& error) {
      crew.dismiss(Crew::trouble_of(mend.site, error));
      scope.here[index(mend.site)] = false;
    }
  }
  scope.not_deleting = referred_to(mapping, scope.sitting_out);
}

}  // namespace miroir
