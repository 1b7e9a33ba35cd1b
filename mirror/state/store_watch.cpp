// What the last census saw of the sites, and what the store would miss if a table were emptied.
#include <SQLiteCpp/SQLiteCpp.h>
#include <sqlite3.h>

#include "mirror/state/store_impl.hpp"
#include "mirror/state/watch.hpp"
#include "schema/row_codec.hpp"

namespace miroir {

void carry_remembered(const std::filesystem::path& file, SiteId site,
                      const std::vector<Replaced>& replaced, const std::string& looked_at) {
  if (!std::filesystem::exists(file)) return;
  try {
    SQLite::Database database{file.string(), SQLite::OPEN_READWRITE, 5'000};
    if (!database.tableExists("watch")) return;
    SQLite::Transaction transaction{database};
    for (const Replaced& one : replaced) {
      SQLite::Statement carry{database,
                              "UPDATE watch SET value = CASE value WHEN ? THEN ? ELSE 'replaced' END "
                              "WHERE site = ? AND name = ?"};
      carry.bind(1, one.before);
      carry.bind(2, one.after);
      carry.bind(3, number(site));
      carry.bind(4, one.name);
      carry.exec();
    }
    // Whatever it says, it is looked at anew.
    SQLite::Statement look{database, "DELETE FROM watch WHERE site = ? AND name = ?"};
    look.bind(1, number(site));
    look.bind(2, looked_at);
    look.exec();
    transaction.commit();
  } catch (const SQLite::Exception& error) {
    throw StoreError{"the state file " + file.string() + " cannot be used: " + error.what(),
                     "check that it is writable, and run `miroir install` again"};
  }
}

std::optional<std::string> Store::remembered(SiteId site, const std::string& name) const {
  if (!impl_->watched) {
    Impl::Watched watched;
    auto& statement = impl_->prepare("SELECT site, name, value FROM watch");
    while (statement.executeStep()) {
      watched.insert_or_assign(
          {statement.getColumn(0).getInt64(), statement.getColumn(1).getString()},
          statement.getColumn(2).getString());
    }
    statement.reset();
    impl_->watched = std::move(watched);
  }
  const auto found = impl_->watched->find({number(site), name});
  return found == impl_->watched->end() ? std::nullopt : std::optional{found->second};
}

// What a power cut may take back, the next census sees again.
void Store::remember(SiteId site, const std::string& name, const std::string& value) {
  const auto before = remembered(site, name);
  if (before == value) return;
  if (sqlite3_get_autocommit(impl_->db->getHandle()) != 0) {
    begin(Durability::ordered);
    remember(site, name, value);
    return commit();
  }
  auto& statement =
      impl_->prepare(before ? "UPDATE watch SET value = ?3 WHERE site = ?1 AND name = ?2"
                            : "INSERT INTO watch (site, name, value) VALUES (?1, ?2, ?3)");
  statement.bind(1, number(site));
  statement.bindNoCopy(2, name);
  statement.bindNoCopy(3, value);
  finish(statement);
  impl_->watched->insert_or_assign({number(site), name}, value);
}

void Store::skip_to(CycleNumber cycle, BatchId batch) {
  begin();
  if (last_cycle() < cycle) impl_->set_meta("cycle", std::to_string(cycle.raw()));
  const auto last = impl_->meta("last batch");
  if (!last || kept_number(*last) < batch.raw())
    impl_->set_meta("last batch", std::to_string(batch.raw()));
  commit();
}

std::vector<Key> Store::roots_with_rows(SiteId site, EntityId entity, std::size_t limit) const {
  auto& statement = impl_->prepare(
      site == SiteId::first
          ? "SELECT DISTINCT root.key_0 FROM record r JOIN record root ON root.id = r.root "
            "WHERE r.entity = ? AND r.gone = 0 AND r.key_0 IS NOT NULL AND r.shadow_0 IS NOT NULL "
            "AND root.key_0 IS NOT NULL AND root.outside & 1 = 0 LIMIT ?"
          : "SELECT DISTINCT root.key_1 FROM record r JOIN record root ON root.id = r.root "
            "WHERE r.entity = ? AND r.gone = 0 AND r.key_1 IS NOT NULL AND r.shadow_1 IS NOT NULL "
            "AND root.key_1 IS NOT NULL AND root.outside & 2 = 0 LIMIT ?");
  statement.bind(1, number(entity));
  statement.bind(2, static_cast<std::int64_t>(limit));
  const EntityId root = impl_->mapping->entity(entity).root.value_or(entity);
  const auto kinds = impl_->mapping->table(root, site).key_kinds();
  std::vector<Key> keys;
  while (statement.executeStep())
    keys.push_back(parse_key_text(statement.getColumn(0).getString(), kinds));
  statement.reset();
  return keys;
}

}  // namespace miroir
