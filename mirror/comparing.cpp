#include "mirror/comparing.hpp"

#include <algorithm>
#include <set>

#include "mirror/lensing.hpp"

namespace miroir {
namespace {

// With or without zeros behind the point, a counter counts the same: a database that was told to
// add writes the sum in its own way.
bool holds_the_same(const Field& field, SiteId site, const Row& row, const Row& shadow) {
  const FieldAt& at = field.at[index(site)];
  if (at.same(row, shadow)) return true;
  if (!std::holds_alternative<Counter>(field.policy)) return false;
  const Lensed here = at.get(row), seen = at.get(shadow);
  const auto* one = std::get_if<Value>(&here);
  const auto* two = std::get_if<Value>(&seen);
  return one != nullptr && two != nullptr && *one == *two;
}

class Comparison {
 public:
  Comparison(const Sight& sight, const Mapping& mapping) : sight_{sight}, mapping_{mapping} {
    for (const RecordState& state : sight.states) {
      if (state.id == sight.root) root_ = &state;
    }
  }

  std::optional<Finding> compare() {
    found_.entity = sight_.entity;
    found_.root = sight_.root;
    found_.keys = sight_.keys;
    for (const SiteId site : both_sites) {
      if (sight_.at[index(site)].looked) look_at(site);
    }
    if (!is_anything()) return std::nullopt;
    for (const SiteId site : both_sites) {
      found_.drifted[index(site)] = moved_[index(site)] && !sight_.at[index(site)].captured;
    }
    found_.standing = judge();
    if (found_.standing != Standing::equal) describe();
    return std::move(found_);
  }

 private:
  const SiteTable& table(SiteId site) const { return mapping_.table(sight_.entity, site); }

  const Row* row_of(SiteId site, EntityId entity, const std::optional<Key>& key) const {
    if (!key) return nullptr;
    const auto& rows = sight_.at[index(site)].rows;
    const auto found = rows.find({entity, *key});
    return found == rows.end() ? nullptr : &found->second;
  }

  const Row* root_row(SiteId site) const {
    return row_of(site, sight_.entity, sight_.keys[index(site)]);
  }

  void look_at(SiteId site) {
    if (sight_.at[index(site)].is_as_seen) return;
    const Row* row = root_row(site);
    const bool has_left = root_ != nullptr && root_->outside[index(site)];
    if (has_left) {
      found_.crossed[index(site)] = row != nullptr && table(site).is_mirrored(*row);
      moved_[index(site)] = found_.crossed[index(site)];
      return;
    }
    if (root_ == nullptr || !root_->shadow[index(site)]) {
      unknown_[index(site)] = row != nullptr && table(site).may_come_in(*row);
      moved_[index(site)] = unknown_[index(site)];
      return;
    }
    if (row == nullptr) {
      root_lost_[index(site)] = true;
      found_.lost[index(site)] = true;
      moved_[index(site)] = true;
      return;
    }
    found_.crossed[index(site)] = !table(site).is_mirrored(*row);
    moved_[index(site)] = found_.crossed[index(site)] || any_row_moved(site);
  }

  bool any_row_moved(SiteId site) {
    bool moved = false;
    std::set<RowAt> known;
    for (const RecordState& state : sight_.states) {
      const Row* row = row_of(site, state.entity, state.key[index(site)]);
      if (row != nullptr) known.insert({state.entity, *state.key[index(site)]});
      const auto& shadow = state.shadow[index(site)];
      if (shadow && row == nullptr) found_.lost[index(site)] = true;
      const bool as_seen =
          shadow ? row != nullptr && is_as_seen(mapping_.entity(state.entity), site, *row, state)
                 : row == nullptr;
      moved = moved || !as_seen;
    }
    return moved || known.size() < sight_.at[index(site)].rows.size();
  }

  bool is_anything() const {
    if (unknown_[0] || unknown_[1]) return true;
    return std::any_of(sight_.states.begin(), sight_.states.end(), [](const RecordState& state) {
      return !state.gone || state.shadow[0] || state.shadow[1];
    });
  }

  Standing judge() {
    for (const SiteId site : both_sites) {
      const SiteId there = other(site);
      // What goes one way is not made where it comes from.
      const bool unborn = unknown_[index(there)] && found_.drifted[index(there)] &&
                          mapping_.entity(sight_.entity).one_way_to != there;
      found_.missing[index(site)] =
          unborn || (root_lost_[index(site)] && found_.drifted[index(site)]);
    }
    if (found_.missing[0] || found_.missing[1]) return Standing::missing;
    if (found_.drifted[0] || found_.drifted[1]) return Standing::drifted;
    const bool behind = is_behind_anywhere();
    if (sight_.at[0].cannot_come_in || sight_.at[1].cannot_come_in || (sight_.refused && behind))
      return Standing::set_aside;
    const bool held = std::any_of(sight_.states.begin(), sight_.states.end(),
                                  [](const RecordState& state) { return !state.held.empty(); });
    if (held || sight_.in_question) return Standing::held;
    if (behind || sight_.at[0].captured || sight_.at[1].captured) return Standing::in_flight;
    const bool outside = root_ != nullptr && (root_->outside[0] || root_->outside[1]);
    return outside ? Standing::outside : Standing::equal;
  }

  // By the rows that were found, and where nobody looked by the shadows.
  bool is_behind_anywhere() const {
    return std::any_of(sight_.states.begin(), sight_.states.end(), [&](const RecordState& state) {
      return std::any_of(std::begin(both_sites), std::end(both_sites), [&](SiteId site) {
        const Row* row = row_of(site, state.entity, state.key[index(site)]);
        const Entity& entity = mapping_.entity(state.entity);
        if (row == nullptr || !state.shadow[index(site)])
          return is_behind(entity, site, state, sight_.links);
        RecordState found = state;
        found.shadow[index(site)] = *row;
        return is_behind(entity, site, found, sight_.links);
      });
    });
  }

  // ---- What is told of it

  void describe() {
    std::set<RowAt> told[2];
    for (const RecordState& state : sight_.states) {
      RowDifference difference{state.entity, state.key, {}, {}};
      for (const SiteId site : both_sites) {
        if (state.key[index(site)])
          told[index(site)].insert({state.entity, *state.key[index(site)]});
      }
      tell(difference, &state);
    }
    for (const SiteId site : both_sites) {
      for (const auto& [at, row] : sight_.at[index(site)].rows) {
        if (told[index(site)].contains(at)) continue;
        RowDifference difference{at.first, {}, {}, {}};
        difference.keys[index(site)] = at.second;
        tell(difference, nullptr);
      }
    }
    for (const SiteId site : both_sites) {
      if (const Row* row = root_row(site)) {
        found_.root_fields[index(site)] =
            readable_fields(mapping_.entity(sight_.entity), site, *row, sight_.links);
      }
    }
  }

  // Only what differs: rows that are nowhere, or everywhere the same, are left out.
  void tell(RowDifference& difference, const RecordState* state) {
    const Entity& entity = mapping_.entity(difference.entity);
    for (const SiteId site : both_sites)
      difference.there[index(site)] =
          row_of(site, entity.id, difference.keys[index(site)]) != nullptr;
    const bool alone =
        sight_.at[0].looked && sight_.at[1].looked && difference.there[0] != difference.there[1];
    for (std::size_t f = 0; f < entity.fields.size(); ++f) {
      if (alone || differs_in(entity, f, difference, state))
        difference.fields.push_back(holdings(entity, f, difference, state));
    }
    if (alone || !difference.fields.empty()) found_.rows.push_back(std::move(difference));
  }

  bool differs_in(const Entity& entity, std::size_t f, const RowDifference& difference,
                  const RecordState* state) const {
    if (state == nullptr ? entity.fields[f].at_creation() : is_each_own(entity.fields[f], *state))
      return false;
    return std::any_of(std::begin(both_sites), std::end(both_sites), [&](SiteId site) {
      const Row* row = row_of(site, entity.id, difference.keys[index(site)]);
      if (row == nullptr) return false;
      const auto* shadow = state == nullptr ? nullptr : &state->shadow[index(site)];
      if (shadow == nullptr || !*shadow) return true;
      return !holds_the_same(entity.fields[f], site, *row, **shadow) ||
             !has_seen(entity, f, site, state->head, *row, sight_.links);
    });
  }

  FieldDifference holdings(const Entity& entity, std::size_t f, const RowDifference& difference,
                           const RecordState* state) const {
    FieldDifference field{f, {}, {}};
    for (const SiteId site : both_sites) {
      if (const Row* row = row_of(site, entity.id, difference.keys[index(site)]))
        field.holds[index(site)] = get_field(entity, f, site, *row, sight_.links);
    }
    if (state != nullptr && f < state->head.size()) field.head = state->head[f];
    return field;
  }

  const Sight& sight_;
  const Mapping& mapping_;
  const RecordState* root_ = nullptr;
  Finding found_;
  PerSite<bool> moved_{};      // The site is not what was last seen there.
  PerSite<bool> root_lost_{};  // It has no row of the root any more.
  PerSite<bool> unknown_{};    // It has the root's row, and no record knows it.
};

}  // namespace

std::string_view name_of(Standing standing) {
  switch (standing) {
    case Standing::missing:
      return "missing";
    case Standing::drifted:
      return "drifted";
    case Standing::set_aside:
      return "set_aside";
    case Standing::held:
      return "held";
    case Standing::in_flight:
      return "in_flight";
    case Standing::outside:
      return "outside";
    case Standing::equal:
      return "equal";
  }
  return {};
}

bool is_as_seen(const Entity& entity, SiteId site, const Row& row, const RecordState& state) {
  const Row& shadow = state.shadow[index(site)].value();
  return std::all_of(entity.fields.begin(), entity.fields.end(), [&](const Field& field) {
    return is_each_own(field, state) || holds_the_same(field, site, row, shadow);
  });
}

std::optional<Finding> compare_aggregate(const Sight& sight, const Mapping& mapping) {
  return Comparison{sight, mapping}.compare();
}

}  // namespace miroir
