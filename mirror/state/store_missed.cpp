// Rows that are no more where they were: removed, looked for elsewhere at their site, or alone at
// the other.
#include "mirror/state/store_impl.hpp"

namespace miroir {

void Store::set_missed(SiteId site, RecordId root, std::optional<std::size_t> place) {
  auto& statement =
      impl_->prepare("INSERT OR REPLACE INTO missed (record, site, place) VALUES (?, ?, ?)");
  statement.bind(1, number(root));
  statement.bind(2, number(site));
  if (place) statement.bind(3, static_cast<std::int64_t>(*place));
  finish(statement);
}

std::optional<std::optional<std::size_t>> Store::missed(SiteId site, RecordId root) const {
  auto& statement = impl_->prepare("SELECT place FROM missed WHERE record = ? AND site = ?");
  statement.bind(1, number(root));
  statement.bind(2, number(site));
  std::optional<std::optional<std::size_t>> found;
  if (statement.executeStep()) {
    found.emplace();
    const SQLite::Column place = statement.getColumn(0);
    if (!place.isNull()) *found = static_cast<std::size_t>(place.getInt64());
  }
  statement.reset();
  return found;
}

void Store::forget_missed(SiteId site, RecordId root) {
  auto& statement = impl_->prepare("DELETE FROM missed WHERE record = ? AND site = ?");
  statement.bind(1, number(root));
  statement.bind(2, number(site));
  finish(statement);
}

void Store::note_removal(SiteId site, RecordId record, const std::string& transaction) {
  auto& statement =
      impl_->prepare("INSERT OR REPLACE INTO removal (record, site, tx) VALUES (?, ?, ?)");
  statement.bind(1, number(record));
  statement.bind(2, number(site));
  statement.bind(3, transaction);
  finish(statement);
}

std::optional<std::string> Store::removed_by(SiteId site, RecordId record) const {
  auto& statement = impl_->prepare("SELECT tx FROM removal WHERE record = ? AND site = ?");
  statement.bind(1, number(record));
  statement.bind(2, number(site));
  std::optional<std::string> found;
  if (statement.executeStep()) found = statement.getColumn(0).getString();
  statement.reset();
  return found;
}

// Nearly always there are none; and whoever needs one is behind, so that the partial indexes keep
// this small.
std::vector<RecordId> Store::alone_but_referenced(EntityId entity) const {
  auto& any = impl_->prepare(
      "SELECT EXISTS (SELECT 1 FROM record WHERE entity = ? AND gone = 0 AND outside > 0 AND "
      "(shadow_0 IS NULL OR shadow_1 IS NULL))");
  any.bind(1, number(entity));
  any.executeStep();
  const bool some = any.getColumn(0).getInt() != 0;
  any.reset();
  if (!some) return {};
  auto& statement = impl_->prepare(
      "SELECT DISTINCT p.id FROM record c JOIN reference f ON f.child = c.id "
      "JOIN record p ON p.id = f.parent WHERE c.behind_0 = 1 AND c.gone = 0 AND p.entity = ?1 "
      "AND p.gone = 0 AND p.outside & 1 AND p.shadow_0 IS NULL "
      "UNION SELECT DISTINCT p.id FROM record c JOIN reference f ON f.child = c.id "
      "JOIN record p ON p.id = f.parent WHERE c.behind_1 = 1 AND c.gone = 0 AND p.entity = ?1 "
      "AND p.gone = 0 AND p.outside & 2 AND p.shadow_1 IS NULL");
  statement.bind(1, number(entity));
  return ids_of(statement);
}

}  // namespace miroir
