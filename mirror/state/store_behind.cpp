// What is behind: the work that is still to do, found by partial indexes.
#include "mirror/state/store_impl.hpp"

namespace miroir {

std::vector<RecordId> Store::behind(SiteId site, EntityId entity, bool gone, RecordId after,
                                    CycleNumber cycle, std::size_t limit) const {
  // `behind_n = 1` and not a parameter, so that the partial index applies. `+h.gone`, so that none
  // of those on `gone` is thought of: SQLite would compile the statement anew for each value bound.
  auto& statement = impl_->prepare(
      site == SiteId::first
          ? "SELECT DISTINCT r.root FROM record r JOIN record h ON h.id = r.root WHERE r.behind_0 "
            "= 1 "
            "AND r.root_entity = ?1 AND r.root > ?2 AND +h.gone = ?3 AND NOT EXISTS (SELECT 1 FROM "
            "set_aside_write a "
            "WHERE a.site = 0 AND a.root = r.root AND a.next > ?4) ORDER BY r.root LIMIT ?5"
          : "SELECT DISTINCT r.root FROM record r JOIN record h ON h.id = r.root WHERE r.behind_1 "
            "= 1 "
            "AND r.root_entity = ?1 AND r.root > ?2 AND +h.gone = ?3 AND NOT EXISTS (SELECT 1 FROM "
            "set_aside_write a "
            "WHERE a.site = 1 AND a.root = r.root AND a.next > ?4) ORDER BY r.root LIMIT ?5");
  statement.bind(1, number(entity));
  statement.bind(2, number(after));
  statement.bind(3, gone ? 1 : 0);
  statement.bind(4, number(cycle));
  statement.bind(5, static_cast<std::int64_t>(limit));
  std::vector<RecordId> roots;
  while (statement.executeStep()) roots.emplace_back(statement.getColumn(0).getInt64());
  statement.reset();
  return roots;
}

std::size_t Store::count_behind(SiteId site) const {
  // In the order of the partial index, or SQLite would put all roots into a table of its own.
  auto& statement = impl_->prepare(
      site == SiteId::first ? "SELECT count(*) FROM (SELECT DISTINCT root_entity, root FROM record "
                              "WHERE behind_0 = 1)"
                            : "SELECT count(*) FROM (SELECT DISTINCT root_entity, root FROM record "
                              "WHERE behind_1 = 1)");
  statement.executeStep();
  const auto count = static_cast<std::size_t>(statement.getColumn(0).getInt64());
  statement.reset();
  return count;
}

std::vector<RecordId> Store::gone_but_referenced(EntityId entity) const {
  // From those that are gone, which are few beside those that live. Either is behind somewhere as
  // long as it matters: the parent whose deletion is on its way, or the child that comes back.
  auto& statement = impl_->prepare(R"sql(
    SELECT r.id FROM record r INDEXED BY record_gone
    WHERE r.entity = ?1 AND r.root_entity = ?1 AND r.gone = 1
      AND EXISTS (SELECT 1 FROM reference f JOIN record c ON c.id = f.child
                  WHERE f.parent = r.id AND c.gone = 0
                    AND r.behind_0 + r.behind_1 + c.behind_0 + c.behind_1 > 0)
    ORDER BY r.id)sql");
  statement.bind(1, number(entity));
  return ids_of(statement);
}

}  // namespace miroir
