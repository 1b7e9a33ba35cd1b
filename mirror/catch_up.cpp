#include "mirror/catch_up.hpp"

#include <set>

#include "mirror/incorporate.hpp"
#include "mirror/lensing.hpp"
#include "mirror/survey.hpp"
#include "mirror/verify.hpp"

namespace miroir {

std::vector<Gone> CatchUp::compare() {
  std::vector<Gone> gone;
  for (const Entity& entity : mapping_.entities) {
    if (entity.is_part()) continue;
    Gone missing{entity.id};
    VerifyOptions comparing;
    comparing.entities = {entity.id};
    comparing.progress = options_.progress;
    comparing.one_thread = options_.one_thread;
    comparing.found = [&](const Look& look) {
      const Finding& finding = look.finding;
      for (const SiteId site : both_sites) {
        if (const auto& key = finding.keys[index(site)])
          differing_[index(site)].emplace_back(entity.id, *key);
      }
      if (!finding.root) return;
      if (finding.missing[0] != finding.missing[1]) ++missing.at_one_site;
      fix_counters(*finding.root, look.rows);
      pair_parts(*finding.root, look.rows);
    };
    verify_sites(sites_, store_, mapping_, comparing);
    gone.push_back(missing);
  }
  return gone;
}

void CatchUp::fix_counters(RecordId root, const PerSite<std::map<RowAt, Row>>& rows) {
  for (RecordState& state : store_.aggregate(root)) {
    if (fix_counters(state, rows)) counted_.push_back(std::move(state));
  }
}

// Lines that both sites have by now, and that say the same, are one; otherwise each would be given
// to the other site as well.
void CatchUp::pair_parts(RecordId root, const PerSite<std::map<RowAt, Row>>& rows) {
  std::set<RowAt> known[2];
  for (const RecordState& state : store_.aggregate(root)) {
    for (const SiteId site : both_sites) {
      if (const auto& key = state.key[index(site)])
        known[index(site)].insert({state.entity, *key});
    }
  }
  for (const auto& [at, row] : rows[0]) {
    const Entity& entity = mapping_.entity(at.first);
    if (!entity.is_part() || known[0].contains(at)) continue;
    for (const auto& [there, its_row] : rows[1]) {
      if (there.first != at.first || known[1].contains(there)) continue;
      RecordState born;
      born.entity = entity.id;
      born.root = root;
      born.head.assign(entity.fields.size(), Null{});
      born.shadow = {row, its_row};
      born.key = {at.second, there.second};
      Links links;
      load_row_links(links, born, store_, mapping_);
      born.head = readable_fields(entity, SiteId::first, row, links);
      if (born.head != readable_fields(entity, SiteId::second, its_row, links)) continue;
      known[1].insert(there);
      born_.push_back(std::move(born));
      break;
    }
  }
}

// Neither site's count is a change any more; whether there was one.
bool CatchUp::fix_counters(RecordState& state, const PerSite<std::map<RowAt, Row>>& rows) const {
  PerSite<const Row*> found{};
  for (const SiteId site : both_sites) {
    const auto& key = state.key[index(site)];
    if (!key || !state.shadow[index(site)]) return false;
    const auto row = rows[index(site)].find({state.entity, *key});
    if (row == rows[index(site)].end()) return false;
    found[index(site)] = &row->second;
  }
  const Entity& entity = mapping_.entity(state.entity);
  bool any = false;
  for (std::size_t f = 0; f < entity.fields.size(); ++f) {
    const Field& field = entity.fields[f];
    if (!std::holds_alternative<Counter>(field.policy)) continue;
    const auto same_at = [&](SiteId site) {
      return field.at[index(site)].same(*found[index(site)], *state.shadow[index(site)]);
    };
    if (same_at(SiteId::first) && same_at(SiteId::second)) continue;
    const Links none;
    PerSite<Value> counts;
    for (const SiteId site : both_sites) {
      const FieldAt& at = field.at[index(site)];
      Lensed count = get_field(entity, f, site, *found[index(site)], none);
      if (auto* value = std::get_if<Value>(&count)) counts[index(site)] = std::move(*value);
      at.set_cells(*state.shadow[index(site)], at.cells(*found[index(site)]));
    }
    any = true;
    if (counts[0] == counts[1])
      state.head[f] = counts[0];
    else if (!is_held(state, f))
      state.held.push_back({f, HoldReason::policy, counts});
  }
  return any;
}

void CatchUp::keep(CycleNumber cycle) {
  store_.begin();
  try {
    for (const RecordState& state : counted_) {
      Links links;
      load_row_links(links, state, store_, mapping_);
      keep_state(state, false, links, store_, mapping_, cycle);
    }
    for (RecordState& state : born_) {
      state.id = store_.first_free_record();
      Links links;
      load_row_links(links, state, store_, mapping_);
      keep_state(state, true, links, store_, mapping_, cycle);
    }
    for (const SiteId site : both_sites) {
      for (const auto& [entity, key] : differing_[index(site)]) store_.reread(site, entity, key);
    }
    std::set<EntityId> all;
    for (const Entity& entity : mapping_.entities) all.insert(entity.id);
    survey_unknown(sites_, store_, mapping_, all, options_);
    store_.commit();
  } catch (...) {
    store_.rollback();
    throw;
  }
}

}  // namespace miroir
