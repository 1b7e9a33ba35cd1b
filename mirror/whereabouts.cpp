#include "mirror/whereabouts.hpp"

#include <fmt/core.h>

#include "mirror/lensing.hpp"

namespace miroir {

std::optional<RecordId> lost_parent(const Work& work, SiteId site, const Known& known,
                                    const Mapping& mapping) {
  const Entity& entity = mapping.entity(work.after.entity);
  const Row& head = work.before->head;
  for (std::size_t f = 0; f < entity.fields.size(); ++f) {
    if (!entity.fields[f].refers_to || is_null(head[f])) continue;
    const RecordId parent{std::get<std::int64_t>(head[f])};
    if (!known.links.is_lost(site, parent)) continue;
    const auto removed_by = known.removed_by.find({site, parent});
    const bool apart = removed_by != known.removed_by.end() &&
                       !may_be_one(removed_by->second, work.removed_by(site));
    if (!apart) return parent;
  }
  return std::nullopt;
}

void Whereabouts::look() {
  const auto found = work_.find(root_);
  if (found == work_.end()) return;
  PerSite<bool> outside{};
  for (const SiteId site : both_sites) outside[index(site)] = is_outside(found->second, site);
  for (auto& [id, work] : work_) work.after.outside = outside;
}

bool Whereabouts::is_outside(const Work& root, SiteId site) {
  if (root.present(site) != nullptr) return false;
  if (root.outside(site) != nullptr || root.missing(site) != nullptr) return true;
  departed_[index(site)] = stays_without(root, site);
  return departed_[index(site)] || root.after.outside[index(site)];
}

// It was deleted at the site, and lives on at the other one.
bool Whereabouts::stays_without(const Work& root, SiteId site) const {
  if (!root.is_gone_from(site) || !root.was(site)) return false;
  const RecordState& before = *root.before;
  if (before.outside[index(site)] || before.gone || !lives_at(root, other(site))) return false;
  if (entity(root).one_way_to == site) return false;  // It is put back.
  const auto parent = lost_parent(root, site, known_, mapping_);
  if (parent) return known_.links.is_outside(site, *parent);
  return !std::holds_alternative<Propagate>(meaning(root, site));
}

bool Whereabouts::lives_at(const Work& root, SiteId site) const {
  if (root.present(site) != nullptr) return true;
  return root.was(site) && !root.is_gone_from(site) && root.missing(site) == nullptr;
}

// Where a row may have moved, its deletion says nothing; it was not looked for because its key had
// been used again.
const Deletion& Whereabouts::meaning(const Work& root, SiteId site) const {
  static const Deletion ask = Hold{};
  const bool may_have_moved = !entity(root).table[index(site)].moved.empty();
  return may_have_moved ? ask : entity(root).deletion[index(site)];
}

void Whereabouts::settle() {
  const auto found = work_.find(root_);
  if (found == work_.end() || found->second.before == nullptr) return;
  Work& root = found->second;
  for (const SiteId site : both_sites) {
    const bool was_outside = root.before->outside[index(site)];
    const Missing* missing = root.missing(site);
    if (was_outside && root.present(site) != nullptr) merged_.returned.push_back(root_);
    const bool unread =
        root.present(site) == nullptr && root.outside(site) == nullptr && !root.is_gone_from(site);
    if (missing == nullptr && !unread && known_.missed.contains({site, root_}))
      merged_.searched.emplace_back(site, root_);
    if (departed_[index(site)]) {
      depart(root, site);
    } else if (missing != nullptr) {
      search(root, site, *missing);
    } else if (was_outside != root.after.outside[index(site)]) {
      tell(root, site, was_outside ? "returned" : "left");
    }
  }
}

void Whereabouts::depart(Work& root, SiteId site) {
  leave(site);
  tell(root, site, "kept");
  merged_.moved[index(site)].insert(root_);
  if (lost_parent(root, site, known_, mapping_)) return;  // As that is.
  const Deletion& means = meaning(root, site);
  if (const auto* set = std::get_if<SetFields>(&means)) {
    FieldMerge{root, known_.links, mapping_, merged_}.set(set->values, site,
                                                          "deleted at " + name_of(site));
  } else if (std::holds_alternative<Hold>(means)) {
    merged_.asked.emplace_back(
        root_, fmt::format("it was deleted at {}: is it to be deleted at {} as well?",
                           name_of(site), name_of(other(site))));
  }
}

// One look proves nothing: what moves may be on its way. Two that agree do.
void Whereabouts::search(Work& root, SiteId site, const Missing& missing) {
  const auto before = known_.missed.find({site, root_});
  const bool first = before == known_.missed.end();
  if (first) tell(root, site, "missed");
  if (root.after.gone) {
    leave(site);
    merged_.searched.emplace_back(site, root_);
  } else if (!first && before->second == missing.place) {
    conclude(root, site, missing.place);
  } else {
    merged_.searching.push_back({site, root_, missing.key, missing.place});
  }
}

void Whereabouts::conclude(Work& root, SiteId site, const std::optional<std::size_t>& place) {
  merged_.searched.emplace_back(site, root_);
  merged_.moved[index(site)].insert(root_);
  if (place) {
    const Place& found = entity(root).table[index(site)].moved[*place];
    FieldMerge{root, known_.links, mapping_, merged_}.set(
        found.then, site, fmt::format("moved to {} at {}", found.name.name, name_of(site)));
  } else {
    merged_.asked.emplace_back(
        root_, fmt::format("it is at {} no more, and in none of the places where it may have "
                           "gone: is it to be deleted at {} as well?",
                           name_of(site), name_of(other(site))));
  }
  tell(root, site, place ? "moved" : "kept");
  leave(site);
}

// The record's rows at the site are no more.
void Whereabouts::leave(SiteId site) {
  for (auto& [id, work] : work_) {
    auto& shadow = work.after.shadow[index(site)];
    if (shadow) merged_.disappeared.emplace_back(site, id);
    shadow.reset();
  }
}

void Whereabouts::tell(const Work& root, SiteId site, const char* event) {
  merged_.history.push_back({root_, root.after.entity, site, event, {}});
}

}  // namespace miroir
