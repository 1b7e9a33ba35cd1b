// What a site refused of a delivery: once more when all else is sent, then set aside, with a reason
// that names what people have to know.
#include <fmt/format.h>

#include <algorithm>

#include "mirror/exchange.hpp"
#include "mirror/lensing.hpp"
#include "mirror/own_links.hpp"
#include "mirror/record.hpp"
#include "mirror/site_delivery.hpp"
#include "schema/row_codec.hpp"

namespace miroir {

// What one record is refused for may be what another gives up later on: a key, a unique value.
void SiteDelivery::refuse(const Batch& batch, const DbError& error) {
  const AggregateWrite& write = batch.writes.front();
  refused_.insert_or_assign(write.root, write);
  // Deletions are not tried again, but where others of the entity may have to go first.
  const bool last_time =
      phase_ < phases_.size() &&
      (phases_[phase_].again ||
       (phases_[phase_].gone && !refers_to_itself(mapping_.entity(batch.entity), mapping_)));
  if (!last_time) {
    waiting_.insert(write.root);
    return;
  }
  if (try_exchange(batch.entity, write.root)) return;
  given_up_.insert(write.root);
  if (error.recovery() == Recovery::misconfigured)
    suspects_.add(batch, error);
  else
    set_aside(batch, error);
}

void SiteDelivery::set_aside(const Batch& batch, const DbError& error) {
  const RecordId root = batch.writes.front().root;
  store_.set_aside_write(site_, root, reason_of(root, error), cycle_);
  reread_batch(site_, batch, store_);
}

std::optional<DbError> SiteDelivery::conclude() {
  std::optional<DbError> unexplained = conclude_late();
  if (suspects_.all().empty()) return unexplained;
  store_.begin();
  for (const auto& [batch, error] : suspects_.all()) {
    const AggregateWrite& write = batch.writes.front();
    if (suspects_.is_the_row(write) || is_set_aside(write.root))
      set_aside(batch, error);
    else if (!unexplained)
      unexplained =
          DbError{fmt::format("{} ({})", error.what(), name_of(write.root)),
                  std::string{error.sqlstate()}, error.recovery(), std::string{error.hint()}};
  }
  store_.commit();
  return unexplained;
}

// What was the row's fault once is so again, also when it is the only one that is tried.
bool SiteDelivery::is_set_aside(RecordId root) const {
  return !set_aside_of(store_.record(root)->entity, {root}).empty();
}

std::set<RecordId> SiteDelivery::set_aside_of(EntityId entity,
                                              const std::vector<RecordId>& roots) const {
  std::set<std::string> keys;
  for (const OpenSetAside& one : store_.set_aside()) {
    if (one.attempt != Attempt::read && one.site == site_ && one.entity == entity)
      keys.insert(one.key);
  }
  std::set<RecordId> found;
  for (const RecordId root : roots) {
    const auto of = store_.keys(root);
    const auto& key = of[0] ? of[0] : of[1];
    if (key && keys.contains(key_text(*key))) found.insert(root);
  }
  return found;
}

bool SiteDelivery::try_exchange(EntityId entity, RecordId root) {
  if (exchanged_.contains(root)) return false;  // Once, or it would go on for ever.
  const auto found = find_exchange(root, refused_, site_, mapping_);
  if (!found) return false;
  const std::vector<RecordId>& roots = found->roots;
  for (std::size_t i = 0; i < roots.size(); ++i)
    exchanged_.emplace(roots[i], roots[(i + 1) % roots.size()]);
  if (!found->step) return false;
  for (auto one = roots.rbegin(); one != roots.rend(); ++one) pieces_.push_front({entity, {*one}});
  pieces_.push_front({entity, {}, found->step});
  return true;
}

// Not every database says which column it refuses: then the fields that were given a value, where
// they are few.
std::string SiteDelivery::with_fields(const AggregateWrite& write,
                                      const std::string& refusal) const {
  constexpr std::size_t named_max = 6;
  std::vector<std::string> names;
  for (const RowChange& change : write.rows) {
    const Entity& entity = mapping_.entity(change.entity);
    const auto is_given = [&](std::size_t column) {
      if (change.op == WriteOp::insert) return !is_null(change.given[column]);
      return std::ranges::find(change.columns, column) != change.columns.end();
    };
    for (const Field& field : entity.fields) {
      const auto& columns = field.at[index(site_)].columns;
      if (!std::ranges::any_of(columns, is_given)) continue;
      for (const std::size_t column : columns) {
        const std::string& name = mapping_.table(change.entity, site_).columns[column].name;
        if (refusal.find("'" + name + "'") != std::string::npos) return refusal;
      }
      names.push_back(entity.name + "." + field.name);
      if (refusal.find(names.back()) != std::string::npos) return refusal;
    }
  }
  if (names.empty() || names.size() > named_max) return refusal;
  return fmt::format("{} ({}{})", refusal, names.size() == 1 ? "" : "one of ",
                     fmt::join(names, ", "));
}

std::string SiteDelivery::reason_of(RecordId root, const DbError& error) const {
  const AggregateWrite& write = refused_.at(root);
  const auto partner = exchanged_.find(root);
  if (partner == exchanged_.end()) {
    if (const auto* taken = dynamic_cast<const TakenError*>(&error))
      return fmt::format("{} ({})", named_holder(write, taken->taken()), error.what());
    return with_fields(write, error.what());
  }
  return fmt::format(
      "{} and {} exchange values, and {} takes neither first: change one of them "
      "there by hand, and they follow ({})",
      name_of(root), name_of(partner->second), mapping_.sites[index(site_)], error.what());
}

// Two records of which only one can have a value: people have to know both.
std::string SiteDelivery::named_holder(const AggregateWrite& write, const Taken& taken) const {
  const RowChange& change = write.rows.at(taken.row);
  const Entity& entity = mapping_.entity(change.entity);
  std::vector<std::string> what;
  for (const std::size_t column : taken.columns) {
    const auto field = std::ranges::find_if(
        entity.fields, [&](const Field& f) { return f.at[index(site_)].holds(column); });
    what.push_back(field != entity.fields.end()
                       ? field->name
                       : mapping_.table(change.entity, site_).label(column));
  }
  const std::string& there = mapping_.sites[index(site_)];
  const auto holder = store_.find(site_, change.entity, taken.by);
  const std::string by = holder ? name_of(*holder)
                                : fmt::format("{} {} ({}), which is not mirrored", entity.name,
                                              display_key(taken.by), there);
  return fmt::format(
      "{} is to get the {} of {}, and only one can have it at {}: give either "
      "another, and this one follows",
      name_of(change.record), fmt::join(what, " and "), by, there);
}

std::string SiteDelivery::name_of(RecordId record) const {
  const auto state = store_.record(record);
  return miroir::name_of(mapping_.entity(state->entity), state->key, mapping_);
}

}  // namespace miroir
