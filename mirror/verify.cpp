#include "mirror/verify.hpp"

#include <algorithm>
#include <future>
#include <utility>

#include "mirror/incorporate.hpp"
#include "mirror/lensing.hpp"

namespace miroir {
namespace {

// A bit for each record.
class Marks {
 public:
  void set(RecordId id) {
    const auto at = static_cast<std::size_t>(id.raw());
    if (at >= bits_.size()) bits_.resize(at + at / 8 + 64);
    bits_[at] = true;
  }
  bool has(RecordId id) const {
    const auto at = static_cast<std::size_t>(id.raw());
    return at < bits_.size() && bits_[at];
  }

 private:
  std::vector<bool> bits_;
};

// The rows of one table, page by page; the next one is read while the last one is looked at.
class Pages {
 public:
  Pages(Site& site, EntityId entity, const SiteTable& table, const VerifyOptions& options)
      : site_{site}, entity_{entity}, table_{table}, options_{options} {
    ask(std::nullopt);
  }

  // Empty at the end.
  std::vector<Row> next() {
    if (!coming_.valid()) return {};
    std::vector<Row> page = coming_.get();
    if (page.size() == options_.page_rows) ask(table_.key_of(page.back()));
    return page;
  }
  // Until the site can be asked something else.
  void settle() const {
    if (coming_.valid()) coming_.wait();
  }

 private:
  void ask(std::optional<Key> after) {
    const auto how = options_.one_thread ? std::launch::deferred : std::launch::async;
    coming_ = std::async(how, [this, from = std::move(after)] {
      return site_.read_page(entity_, from, options_.page_rows);
    });
  }

  Site& site_;
  const EntityId entity_;
  const SiteTable& table_;
  const VerifyOptions& options_;
  std::future<std::vector<Row>> coming_;
};

// One root entity with its parts.
class Verification {
 public:
  Verification(EntityId entity, const Sites& sites, const Store& store, const Mapping& mapping,
               const VerifyOptions& options)
      : root_{mapping.entity(entity)},
        sites_{sites},
        store_{store},
        mapping_{mapping},
        options_{options},
        looking_{sites, options.asked, store, mapping} {
    standings_.entity = entity;
  }

  Standings run() {
    if (!options_.only.empty()) {
      suspects_ = options_.only;
    } else if (options_.sample) {
      for (const RecordId root : store_.sample(root_.id, *options_.sample))
        suspects_.push_back({root, {}});
    } else {
      for (const SiteId site : both_sites) {
        if (!options_.asked[index(site)]) continue;
        read(root_, site);
        for (const EntityId part : root_.parts) read(mapping_.entity(part), site);
      }
      go_through_store();
    }
    look_again();
    return standings_;
  }

 private:
  // ---- The sites' rows

  void read(const Entity& entity, SiteId site) {
    Site& there = *sites_[index(site)];
    const std::size_t total = there.count(entity.id);
    std::size_t done = 0;
    Pages pages{there, entity.id, entity.table[index(site)], options_};
    const std::string stage = "reading " + entity.name + " of " + mapping_.sites[index(site)];
    for (auto page = pages.next(); !page.empty(); page = pages.next()) {
      {
        const Store::Reading reading{store_};
        for (const Row& row : page) inspect(entity, site, row);
      }
      done += page.size();
      options_.progress({stage, done, std::max(done, total)});
      if (suspects_.size() < options_.looked_at_max) continue;
      pages.settle();
      look_again();
    }
  }

  void inspect(const Entity& entity, SiteId site, const Row& row) {
    const SiteTable& table = entity.table[index(site)];
    const Key key = table.key_of(row);
    if (!table.in_scope(key)) return;
    const auto state = store_.record_at(site, entity.id, key);
    if (state && is_expected(entity, site, row, *state)) return seen_[index(site)].set(state->id);
    if (entity.is_part())
      suspect_roots(entity, site, row, state);
    else
      suspect_root(site, row, key, state);
  }

  bool is_expected(const Entity& entity, SiteId site, const Row& row,
                   const RecordState& state) const {
    const auto& shadow = state.shadow[index(site)];
    return shadow && !state.outside[index(site)] && is_as_seen(entity, site, row, state) &&
           entity.table[index(site)].is_mirrored(row) && is_with_its_root(entity, site, row, state);
  }

  // Asked of the store only where the row says something else than it did: its root may have
  // another key by now.
  bool is_with_its_root(const Entity& entity, SiteId site, const Row& row,
                        const RecordState& state) const {
    if (!entity.is_part()) return true;
    const Key now = root_key(root_, entity, site, row);
    return now == root_key(root_, entity, site, *state.shadow[index(site)]) ||
           store_.find(site, root_.id, now) == state.root;
  }

  void suspect_root(SiteId site, const Row& row, const Key& key,
                    const std::optional<RecordState>& state) {
    const SiteTable& table = root_.table[index(site)];
    const bool has_left = state && state->outside[index(site)];
    const bool known = state && state->shadow[index(site)];
    // Rows that nobody mirrors are none of ours.
    if (has_left && !table.is_mirrored(row)) return;
    if (!known && !has_left && !table.may_come_in(row)) return;
    if (state) return suspect(state->id);
    Suspect unknown;
    unknown.keys[index(site)] = key;
    suspects_.push_back(std::move(unknown));
  }

  // A part may have moved from one root to another. Where its root is none that the store knows,
  // the root is looked at for its own sake.
  void suspect_roots(const Entity& entity, SiteId site, const Row& row,
                     const std::optional<RecordState>& state) {
    const auto owner = store_.find(site, root_.id, root_key(root_, entity, site, row));
    if (owner && !store_.presence(*owner).outside[index(site)]) suspect(*owner);
    if (state && state->root != owner && !state->outside[index(site)]) suspect(state->root);
  }

  void suspect(RecordId root) {
    if (judged_.has(root) || suspected_.has(root)) return;
    suspected_.set(root);
    suspects_.push_back({root, {}});
  }

  void look_again() {
    for (std::size_t from = 0; from < suspects_.size(); from += options_.looked_at_max) {
      const auto to = std::min(suspects_.size(), from + options_.looked_at_max);
      const auto first = suspects_.begin();
      for (const Look& seen : looking_.look(root_.id, {first + static_cast<std::ptrdiff_t>(from),
                                                       first + static_cast<std::ptrdiff_t>(to)}))
        count(seen);
      options_.progress({"looking again at " + root_.name, to, suspects_.size()});
    }
    suspects_.clear();
  }

  void count(const Look& seen) {
    const Finding& finding = seen.finding;
    if (finding.root) {
      if (judged_.has(*finding.root)) return;
      judged_.set(*finding.root);
    }
    ++standings_.counts[static_cast<std::size_t>(finding.standing)];
    for (const SiteId site : both_sites) {
      if (finding.missing[index(site)]) ++standings_.missing_at[index(site)];
    }
    if (finding.standing != Standing::equal) options_.found(seen);
  }

  // ---- The store's records

  void go_through_store() {
    const std::size_t total = store_.count(root_.id);
    std::size_t done = 0;
    RecordId after{};
    for (bool more = true; more;) {
      {
        const Store::Reading reading{store_};
        const auto page = store_.records(root_.id, after, options_.page_rows);
        more = page.size() == options_.page_rows;
        for (const RecordState& state : page) judge(state);
        if (!page.empty()) after = page.back().id;
        done += page.size();
      }
      options_.progress({"comparing " + root_.name, done, std::max(done, total)});
      if (suspects_.size() >= options_.looked_at_max) look_again();
    }
  }

  // What was read of it at both sites is what the store holds; or it is looked at again.
  void judge(const RecordState& root) {
    if (judged_.has(root.id) || suspected_.has(root.id)) return;
    Sight sight;
    sight.entity = root_.id;
    sight.root = root.id;
    sight.keys = root.key;
    sight.states = root_.parts.empty() ? std::vector{root} : store_.aggregate(root.id);
    for (const SiteId site : both_sites) {
      if (!options_.asked[index(site)]) continue;
      const bool all_seen =
          std::all_of(sight.states.begin(), sight.states.end(), [&](const RecordState& state) {
            return !state.shadow[index(site)] || state.outside[index(site)] ||
                   seen_[index(site)].has(state.id);
          });
      if (!all_seen) return suspect(root.id);
      const auto& key = root.key[index(site)];
      SiteSight& at = sight.at[index(site)];
      at = {.looked = true, .is_as_seen = true, .rows = {}};
      at.captured = key && any_reread_ && store_.must_reread(site, root_.id, *key);
      at.cannot_come_in = key && any_set_aside_ && store_.is_set_aside(site, root_.id, *key);
    }
    for (const RecordState& state : sight.states) load_links(sight.links, state, store_, mapping_);
    sight.refused = any_refused_ && store_.is_refused(root.id);
    sight.in_question = any_held_ && store_.is_in_question(root.id);
    auto finding = compare_aggregate(sight, mapping_);
    if (!finding) return;
    // With what both sites hold, for whoever is to do something about it.
    if (needs_attention(finding->standing)) return suspect(root.id);
    count({std::move(*finding), {}});
  }

  const Entity& root_;
  const Sites& sites_;
  const Store& store_;
  const Mapping& mapping_;
  const VerifyOptions& options_;
  const Looking looking_;
  Standings standings_;
  std::vector<Suspect> suspects_;
  PerSite<Marks> seen_;  // Records whose row is what the store holds.
  Marks suspected_;      // Roots that are looked at again, or were.
  Marks judged_;         // Roots that are counted.
  // What there is none of need not be asked for of each record.
  const bool any_reread_ = store_.last_reread() > 0;
  const bool any_set_aside_ = store_.has_set_aside();
  const bool any_refused_ = store_.has_set_aside_writes();
  const bool any_held_ = store_.has_held();
};

}  // namespace

std::vector<Standings> verify_sites(const Sites& sites, const Store& store, const Mapping& mapping,
                                    const VerifyOptions& options) {
  std::vector<Standings> all;
  for (const EntityId entity : options.entities)
    all.push_back(Verification{entity, sites, store, mapping, options}.run());
  return all;
}

}  // namespace miroir
