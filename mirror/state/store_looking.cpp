// What verify asks, beside all that a cycle asks: it reads, and notes nothing.
#include "mirror/state/store_impl.hpp"

namespace miroir {
namespace {

bool is_true(SQLite::Statement& statement) {
  statement.executeStep();
  const bool is = statement.getColumn(0).getInt() != 0;
  statement.reset();
  return is;
}

}  // namespace

bool Store::must_reread(SiteId site, EntityId root_entity, const Key& root) const {
  auto& statement = impl_->prepare(
      "SELECT EXISTS (SELECT 1 FROM reread WHERE site = ? AND entity = ? AND key = ?)");
  statement.bind(1, number(site));
  statement.bind(2, number(root_entity));
  statement.bind(3, key_text(root));
  return is_true(statement);
}

bool Store::is_refused(RecordId root) const {
  auto& statement = impl_->prepare(
      "SELECT EXISTS (SELECT 1 FROM set_aside_write WHERE site IN (0, 1) AND root = ?)");
  statement.bind(1, number(root));
  return is_true(statement);
}

bool Store::is_in_question(RecordId root) const {
  auto& statement = impl_->prepare(
      "SELECT EXISTS (SELECT 1 FROM held WHERE closed IS NULL AND ifnull(field, -1) = -1 AND "
      "record "
      "IN (SELECT id FROM record WHERE id = ?1 OR (root = ?1 AND root <> id)))");
  statement.bind(1, number(root));
  return is_true(statement);
}

std::vector<RecordId> Store::changed_since(const std::string& time) const {
  auto& statement = impl_->prepare(
      "SELECT DISTINCT r.root FROM history h JOIN cycle c ON c.number = h.cycle "
      "JOIN record r ON r.id = h.record WHERE c.started >= ?");
  statement.bind(1, time);
  std::vector<RecordId> roots;
  while (statement.executeStep()) roots.emplace_back(statement.getColumn(0).getInt64());
  statement.reset();
  return roots;
}

Store::LogPosition Store::log_position() const {
  auto& statement = impl_->prepare(
      "SELECT ifnull((SELECT max(id) FROM history), 0), ifnull((SELECT max(id) FROM conflict), 0)");
  statement.executeStep();
  const LogPosition position{statement.getColumn(0).getInt64(), statement.getColumn(1).getInt64()};
  statement.reset();
  return position;
}

// From the position on, which is seldom far.
bool Store::logged_since(const LogPosition& position, RecordId root) const {
  auto& statement = impl_->prepare(
      "SELECT EXISTS (SELECT 1 FROM history h JOIN record r ON r.id = h.record WHERE h.id > ?1 AND "
      "r.root = ?3) OR EXISTS (SELECT 1 FROM conflict c JOIN record r ON r.id = c.record WHERE "
      "c.id "
      "> ?2 AND r.root = ?3)");
  statement.bind(1, position[0]);
  statement.bind(2, position[1]);
  statement.bind(3, number(root));
  return is_true(statement);
}

std::vector<RecordId> Store::sample(EntityId entity, std::size_t count) const {
  auto& statement = impl_->prepare(
      "SELECT id FROM record WHERE entity = ? AND gone = 0 ORDER BY random() LIMIT ?");
  statement.bind(1, number(entity));
  statement.bind(2, static_cast<std::int64_t>(count));
  std::vector<RecordId> drawn;
  while (statement.executeStep()) drawn.emplace_back(statement.getColumn(0).getInt64());
  statement.reset();
  return drawn;
}

}  // namespace miroir
