// What is still to be done: the re-read list, acknowledgements under way, batches without a
// recorded outcome.
#include "mirror/state/batch_codec.hpp"
#include "mirror/state/store_impl.hpp"

namespace miroir {

void Store::reread(SiteId site, EntityId root_entity, const Key& root) {
  // A fresh id each time: this cycle's pages end where they began, an entry put back waits for the
  // next cycle.
  auto& statement =
      impl_->prepare("INSERT OR REPLACE INTO reread (site, entity, key) VALUES (?, ?, ?)");
  statement.bind(1, number(site));
  statement.bind(2, number(root_entity));
  statement.bind(3, key_text(root));
  finish(statement);
}

void Store::reread_all(SiteId site, EntityId root_entity) {
  auto& statement = impl_->prepare(
      site == SiteId::first
          ? "INSERT OR REPLACE INTO reread (site, entity, key) "
            "SELECT 0, entity, key_0 FROM record WHERE entity = ? AND key_0 IS NOT NULL"
          : "INSERT OR REPLACE INTO reread (site, entity, key) "
            "SELECT 1, entity, key_1 FROM record WHERE entity = ? AND key_1 IS NOT NULL");
  statement.bind(1, number(root_entity));
  finish(statement);
}

void Store::rename_reread(SiteId site, EntityId root_entity, const Key& before, const Key& after) {
  rename_key(*impl_,
             {"UPDATE OR REPLACE reread SET key = ?1 WHERE entity = ?2 AND key = ?3 AND site = ?4",
              "UPDATE OR REPLACE set_aside_read SET key = ?1 WHERE entity = ?2 AND key = ?3 AND "
              "site = ?4"},
             site, root_entity, before, after);
}

void Store::clear_reread(SiteId site, EntityId root_entity, const Key& root) {
  auto& statement = impl_->prepare("DELETE FROM reread WHERE site = ? AND entity = ? AND key = ?");
  statement.bind(1, number(site));
  statement.bind(2, number(root_entity));
  statement.bind(3, key_text(root));
  finish(statement);
}

std::vector<ReReadEntry> Store::reread_list(SiteId site, EntityId root_entity, std::int64_t after,
                                            std::int64_t up_to, std::size_t limit) const {
  auto& statement = impl_->prepare(
      "SELECT id, key FROM reread WHERE site = ? AND entity = ? AND id > ? AND id <= ? ORDER BY id "
      "LIMIT ?");
  statement.bind(1, number(site));
  statement.bind(2, number(root_entity));
  statement.bind(3, static_cast<std::int64_t>(after));
  statement.bind(4, static_cast<std::int64_t>(up_to));
  statement.bind(5, static_cast<std::int64_t>(limit));
  const auto kinds = impl_->mapping->table(root_entity, site).key_kinds();
  std::vector<ReReadEntry> entries;
  while (statement.executeStep()) {
    entries.push_back({statement.getColumn(0).getInt64(), root_entity,
                       parse_key_text(statement.getColumn(1).getString(), kinds)});
  }
  statement.reset();
  return entries;
}

std::int64_t Store::last_reread() const {
  auto& statement = impl_->prepare("SELECT ifnull(max(id), 0) FROM reread");
  statement.executeStep();
  const std::int64_t last = statement.getColumn(0).getInt64();
  statement.reset();
  return last;
}

void Store::set_unacknowledged(SiteId site, const std::vector<JournalId>& ids) {
  if (ids.empty()) return;
  Row flat;
  flat.reserve(ids.size());
  for (const JournalId id : ids) flat.emplace_back(id.raw());
  auto& statement = impl_->prepare("INSERT INTO unacknowledged (site, ids) VALUES (?, ?)");
  statement.bind(1, number(site));
  bind_blob(statement, 2, encode_row(flat));
  finish(statement);
}

std::vector<std::vector<JournalId>> Store::unacknowledged(SiteId site) const {
  auto& statement = impl_->prepare("SELECT ids FROM unacknowledged WHERE site = ? ORDER BY id");
  statement.bind(1, number(site));
  std::vector<std::vector<JournalId>> all;
  while (statement.executeStep()) {
    std::vector<JournalId>& ids = all.emplace_back();
    for (const Value& id : decode_row(blob_of(statement.getColumn(0)))) {
      ids.emplace_back(std::get<std::int64_t>(id));
    }
  }
  statement.reset();
  return all;
}

void Store::clear_unacknowledged(SiteId site) {
  auto& statement = impl_->prepare("DELETE FROM unacknowledged WHERE site = ?");
  statement.bind(1, number(site));
  finish(statement);
}

void Store::put_batch(SiteId site, const Batch& batch) {
  auto& statement = impl_->prepare("INSERT INTO batch (id, site, payload) VALUES (?, ?, ?)");
  statement.bind(1, static_cast<std::int64_t>(batch.id.raw()));
  statement.bind(2, number(site));
  bind_blob(statement, 3, encode_batch(batch));
  finish(statement);
}

void Store::drop_batch(BatchId id) {
  auto& statement = impl_->prepare("DELETE FROM batch WHERE id = ? RETURNING site");
  statement.bind(1, static_cast<std::int64_t>(id.raw()));
  std::optional<int> site;
  while (statement.executeStep()) site = statement.getColumn(0).getInt();
  statement.reset();
  if (site) impl_->set_meta("recorded batch " + std::to_string(*site), std::to_string(id.raw()));
}

std::vector<PendingBatch> Store::batches() const {
  auto& statement = impl_->prepare("SELECT site, payload FROM batch ORDER BY id");
  std::vector<PendingBatch> pending;
  while (statement.executeStep()) {
    pending.push_back({static_cast<SiteId>(statement.getColumn(0).getInt()),
                       decode_batch(blob_of(statement.getColumn(1)))});
  }
  statement.reset();
  return pending;
}

std::optional<BatchId> Store::last_recorded(SiteId site) const {
  const auto value = impl_->meta("recorded batch " + std::to_string(index(site)));
  if (!value) return std::nullopt;
  return BatchId{kept_number(*value)};
}

}  // namespace miroir
