#include "mirror/remap.hpp"

#include <set>

#include "mirror/crew.hpp"
#include "mirror/incorporate.hpp"
#include "mirror/lensing.hpp"
#include "mirror/settle.hpp"
#include "mirror/survey.hpp"

namespace miroir {
namespace {

constexpr std::size_t page_rows = 2'000;
constexpr std::size_t page_records = 1'000;

class Remap {
 public:
  Remap(const Sites& sites, Store& store, const Mapping& before, const Mapping& now,
        const MappingComparison& comparison, const RemapOptions& options)
      : sites_{sites},
        store_{store},
        before_{before},
        now_{now},
        comparison_{comparison},
        options_{options},
        cycle_{store.last_cycle().raw() + 1} {}

  RemapReport run() {
    options_.at_step("adopt");
    store_.adopt(now_, comparison_, cycle_);
    for (const SiteId site : both_sites) {
      if (options_.catalogs[index(site)])
        store_.remember_catalog(site, *options_.catalogs[index(site)]);
    }
    look_for_more();
    for (const Entity& entity : now_.entities) {
      const EntityOrigin& origin = comparison_.entities[entity.id.raw()];
      const bool concerned = origin.moved || origin.twins_changed || origin.scope_changed;
      if (!origin.before || !concerned) continue;
      options_.at_step("read");
      for (const SiteId site : both_sites) {
        if (origin.reads_more(site)) read_cells(entity, origin, site);
      }
      options_.at_step("translate");
      translate(before_.entity(*origin.before), entity, origin);
    }
    options_.at_step("remapped");
    return std::move(report_);
  }

 private:
  // Of the rows that are known by the key that they have: others are in the journal, or on their
  // way there.
  void read_cells(const Entity& entity, const EntityOrigin& origin, SiteId site) {
    Site& there = *sites_[index(site)];
    const SiteTable& table = entity.table[index(site)];
    const std::size_t total = there.count(entity.id);
    std::size_t done = 0;
    std::optional<Key> after;
    do {
      const std::vector<Row> page = there.read_page(entity.id, after, page_rows);
      after.reset();
      for (const Row& row : page) {
        const auto record = store_.find(site, entity.id, table.key_of(row));
        if (record) store_.note_cells(site, *record, new_cells(origin, site, row));
      }
      done += page.size();
      options_.progress({"reading " + entity.name + " of " + now_.sites[index(site)], done, total});
      if (page.size() == page_rows) after = table.key_of(page.back());
    } while (after);
  }

  // What is mirrored now and was not meets as at the first seed; what is so no more is found out.
  void look_for_more() {
    std::set<EntityId> more;
    for (const Entity& entity : now_.entities) {
      const EntityOrigin& origin = comparison_.entities[entity.id.raw()];
      if (!origin.before || origin.scope_changed) more.insert(entity.id);
      if (!origin.before || !origin.scope_changed) continue;
      for (const SiteId site : both_sites) store_.reread_all(site, entity.id);
    }
    if (more.empty()) return;
    options_.at_step("survey");
    CycleOptions showing;
    showing.progress = options_.progress;
    survey_unknown(sites_, store_, now_, more, showing);
  }

  void translate(const Entity& old, const Entity& now, const EntityOrigin& origin) {
    RecordId after{0};
    std::size_t done = 0;
    for (auto page = store_.records(now.id, after, page_records); !page.empty();
         page = store_.records(now.id, after, page_records)) {
      for (const RecordState& state : page) translate(state, old, now, origin);
      after = page.back().id;
      done += page.size();
      options_.progress({"translating " + now.name, done, 0});
    }
  }

  void translate(const RecordState& before, const Entity& old, const Entity& now,
                 const EntityOrigin& origin) {
    const PerSite<std::optional<Row>> cells{store_.cells(SiteId::first, before.id),
                                            store_.cells(SiteId::second, before.id)};
    Links links;
    load_references(before, cells, now, origin, links);
    const RemappedRecord done = remap_record({before, cells, old, now, origin, links, now_.sites});
    keep(done, now, links);
  }

  // What the fields that are to be read refer to, and what the head refers to.
  void load_references(const RecordState& before, const PerSite<std::optional<Row>>& cells,
                       const Entity& now, const EntityOrigin& origin, Links& links) const {
    for (std::size_t f = 0; f < now.fields.size(); ++f) {
      const Field& field = now.fields[f];
      if (!field.refers_to) continue;
      const auto add = [&](RecordId parent) {
        links.add(*field.refers_to, parent, store_.presence(parent), now_);
      };
      if (const auto from = origin.fields[f].before) {
        if (const auto* parent = std::get_if<std::int64_t>(&before.head[*from]))
          add(RecordId{*parent});
      }
      for (const SiteId site : both_sites) {
        const auto& shadow = before.shadow[index(site)];
        if (!shadow) continue;
        const Row row = placed(origin, site, *shadow, cells[index(site)]);
        const Value& raw = row[field.at[index(site)].column()];
        if (is_null(raw)) continue;
        const auto parent = store_.find(site, *field.refers_to,
                                        key_of_reference(now_, *field.refers_to, site, raw));
        if (parent) add(*parent);
      }
    }
  }

  void keep(const RemappedRecord& done, const Entity& now, Links& links) {
    const RecordState& state = done.state;
    for (const std::size_t field : done.released) store_.release(state.id, field, cycle_);
    for (const HeldField& held : state.held) store_.hold(state.id, held, cycle_);
    load_links(links, state, store_, now_);
    store_.put(state, behind_at(state, links, now_));
    store_.set_references(state.id, parents_of(state, now));
    store_.set_match_values(state.id, state.entity, match_texts(now, state.head));
    store_.try_again(state.root);
    for (const Conflict& conflict : done.conflicts) store_.log(conflict, cycle_);
    if (!done.history.changes.empty()) store_.log(done.history, cycle_);
    report_.conflicts += done.conflicts.size();
    for (const SiteId site : both_sites) {
      if (done.reread[index(site)]) reread(state, now, site);
    }
    for (const RemapDifference& one : done.differences) {
      ++report_.counts[{one.entity.raw(), one.field}][one.kind];
      options_.difference(one);
    }
  }

  void reread(const RecordState& state, const Entity& now, SiteId site) {
    const auto key = state.id == state.root ? state.key[index(site)]
                                            : store_.presence(state.root).keys[index(site)];
    if (key) store_.reread(site, now.root.value_or(now.id), *key);
  }

  const Sites& sites_;
  Store& store_;
  const Mapping& before_;
  const Mapping& now_;
  const MappingComparison& comparison_;
  const RemapOptions& options_;
  CycleNumber cycle_;
  RemapReport report_;
};

}  // namespace

RemapReport remap_store(const Sites& sites, Store& store, const Mapping& before, const Mapping& now,
                        const MappingComparison& comparison, const RemapOptions& options) {
  store.begin();
  try {
    RemapReport report = Remap{sites, store, before, now, comparison, options}.run();
    if (options.accepted) store.note(*options.accepted);
    store.commit();
    return report;
  } catch (...) {
    store.rollback();
    throw;
  }
}

bool settle_by_old(const Sites& sites, Store& store, const Mapping& before,
                   const CycleOptions& options) {
  Scope scope;
  for (const PendingBatch& pending : store.batches()) {
    Site& site = *sites[index(pending.site)];
    site.connect();
    scope.here[index(pending.site)] = site.take_census().mark.store == store.id();
  }
  if (!scope.here[0] && !scope.here[1]) return store.batches().empty();
  Crew crew{sites, options.limits, true};
  settle_in_doubt(scope, crew, store, before, store.last_cycle());
  return store.batches().empty();
}

}  // namespace miroir
