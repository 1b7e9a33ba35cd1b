// What ties records together: values that twins are found by, and who refers to whom.
#include "mirror/state/store_impl.hpp"

namespace miroir {

std::vector<RecordId> Store::twins(EntityId entity, std::size_t rule,
                                   const std::string& value) const {
  auto& statement = impl_->prepare(
      "SELECT m.record FROM match_value m JOIN record r ON r.id = m.record "
      "WHERE m.entity = ? AND m.rule = ? AND m.value = ? "
      "AND (r.gone = 0 OR r.shadow_0 IS NOT NULL OR r.shadow_1 IS NOT NULL) ORDER BY m.record");
  statement.bind(1, number(entity));
  statement.bind(2, static_cast<std::int64_t>(rule));
  statement.bind(3, value);
  return ids_of(statement);
}

void Store::set_match_values(RecordId id, EntityId entity,
                             const std::vector<std::optional<std::string>>& by_rule) {
  auto& clear = impl_->prepare("DELETE FROM match_value WHERE record = ?");
  clear.bind(1, number(id));
  finish(clear);
  for (std::size_t rule = 0; rule < by_rule.size(); ++rule) {
    if (!by_rule[rule]) continue;
    auto& add =
        impl_->prepare("INSERT INTO match_value (entity, rule, value, record) VALUES (?, ?, ?, ?)");
    add.bind(1, number(entity));
    add.bind(2, static_cast<std::int64_t>(rule));
    add.bind(3, *by_rule[rule]);
    add.bind(4, number(id));
    finish(add);
  }
}

void Store::set_references(RecordId child, const std::vector<RecordId>& parents) {
  auto& clear = impl_->prepare("DELETE FROM reference WHERE child = ?");
  clear.bind(1, number(child));
  finish(clear);
  for (const RecordId parent : parents) {
    auto& add = impl_->prepare("INSERT OR IGNORE INTO reference (parent, child) VALUES (?, ?)");
    add.bind(1, number(parent));
    add.bind(2, number(child));
    finish(add);
  }
}

std::vector<RecordId> Store::referrers(RecordId parent, bool alive_only) const {
  auto& statement = impl_->prepare(
      "SELECT f.child FROM reference f JOIN record r ON r.id = f.child "
      "WHERE f.parent = ?1 AND (?2 = 0 OR r.gone = 0) ORDER BY f.child");
  statement.bind(1, number(parent));
  statement.bind(2, alive_only ? 1 : 0);
  return ids_of(statement);
}

void Store::note_row_reference(SiteId site, RecordId child, std::size_t field, RecordId parent) {
  impl_->absent.row_references[index(site)] = false;
  auto& statement = impl_->prepare(
      "INSERT OR IGNORE INTO row_reference (child, site, field, parent) VALUES (?, ?, ?, ?)");
  statement.bind(1, number(child));
  statement.bind(2, number(site));
  statement.bind(3, static_cast<std::int64_t>(field));
  statement.bind(4, number(parent));
  finish(statement);
}

void Store::forget_row_references(SiteId site, RecordId child, std::optional<std::size_t> field) {
  auto& statement = impl_->prepare(
      "DELETE FROM row_reference WHERE child = ?1 AND site = ?2 AND (?3 IS NULL OR field = ?3)");
  statement.bind(1, number(child));
  statement.bind(2, number(site));
  if (field)
    statement.bind(3, static_cast<std::int64_t>(*field));
  else
    statement.bind(3);
  finish(statement);
}

std::map<std::size_t, RecordId> Store::row_references(SiteId site, RecordId child) const {
  auto& statement =
      impl_->prepare("SELECT field, parent FROM row_reference WHERE child = ? AND site = ?");
  statement.bind(1, number(child));
  statement.bind(2, number(site));
  std::map<std::size_t, RecordId> meant;
  while (statement.executeStep()) {
    meant.emplace(static_cast<std::size_t>(statement.getColumn(0).getInt64()),
                  RecordId{statement.getColumn(1).getInt64()});
  }
  statement.reset();
  return meant;
}

bool Store::any_row_references(SiteId site) const {
  return impl_->any(impl_->absent.row_references[index(site)],
                    site == SiteId::first
                        ? "SELECT EXISTS (SELECT 1 FROM row_reference WHERE site = 0)"
                        : "SELECT EXISTS (SELECT 1 FROM row_reference WHERE site = 1)");
}

std::vector<RecordId> Store::row_referrers(SiteId site, RecordId parent) const {
  auto& statement = impl_->prepare(
      "SELECT child FROM row_reference WHERE parent = ? AND site = ? ORDER BY child");
  statement.bind(1, number(parent));
  statement.bind(2, number(site));
  return ids_of(statement);
}

}  // namespace miroir
