// A site that this process reaches itself: the port over a connector's session.
//
// Opens its session with connect(), and again after a lost line. Reads inside one snapshot, writes
// a batch in one transaction that never waits for this process. The mapping must outlive it and be
// bound to the site's catalogue before anything but connect() and describe() is called; miroir's
// tables and triggers must be installed (journal.hpp).
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/dialect.hpp"
#include "connectors/satellites.hpp"
#include "connectors/session.hpp"
#include "mirror/late.hpp"
#include "mirror/site.hpp"
#include "schema/mapping.hpp"
#include "schema/row_codec.hpp"

namespace miroir {

class DeliverySql;
class TableWrites;
struct Shape;
struct TableWrite;
struct Taken;

class LocalSite final : public Site {
 public:
  using Open = std::function<std::unique_ptr<Session>()>;
  // `statement`: how long one may take, as the sessions have it: people are told (late.hpp).
  LocalSite(Open open, const Mapping& mapping, SiteId site,
            std::chrono::milliseconds statement = SessionLimits{}.statement);

  void connect() override;
  CatalogTable describe(const TableName& table) override;
  Instant clock() override;
  Census take_census() override;
  std::map<std::size_t, TableState> describe_tables() override;
  Settled settle(BatchId id, CycleNumber now) override;
  std::vector<ListedRoot> list_roots(EntityId entity, const std::string& cursor,
                                     std::size_t limit) override;
  Extract extract(const ExtractRequest& request) override;
  void acknowledge(const std::vector<JournalId>& ids, const SiteMark& mark) override;
  Delivered deliver(const Batch& batch) override;
  std::vector<Row> read_page(EntityId entity, const std::optional<Key>& after,
                             std::size_t limit) override;
  std::size_t count(EntityId entity) override;
  bool has_truncations(EntityId entity) override;
  std::vector<JournalId> noted_until(Instant moment) override;
  std::vector<std::optional<std::size_t>> look_elsewhere(EntityId entity,
                                                         const std::vector<Row>& rows) override;
  bool claim(const SiteMark& mark) override;
  bool take_over(const std::string& from, const SiteMark& mark) override;

  // For what the port does not offer: check, install, the clock. Connected.
  Session& session();
  SiteMark read_mark();

 private:
  struct StagedChange;
  using ChangesByShape = std::vector<std::vector<StagedChange>>;

  const Entity& entity(EntityId id) const { return mapping_.entity(id); }
  const SiteTable& table(EntityId id) const { return mapping_.table(id, site_); }
  const Dialect& dialect() { return session().dialect(); }
  std::string quote(std::string_view name) { return dialect().quote(name); }

  // Notes that the line is lost, so that connect() opens it anew, and lets the error go on; one
  // that says that it took too long with the limit.
  template <class Work>
  auto guarded(const Work& work) -> decltype(work());
  template <class Work>
  void in_snapshot(const Work& work);
  void stage_once(const TableName& staging, const std::vector<Statement>& create);

  // site_local_census.cpp
  void look_at_site(const std::vector<Dialect::JournalledTable>& tables, Census& census);
  void count_gone(EntityId root, const std::vector<EntityId>& cut, EntityCensus& counted);
  Statement staged_where(EntityId root, const std::string& selected, const std::string& condition);
  std::vector<Key> staged_keys(EntityId root, const std::string& condition);
  std::size_t count_staged(EntityId root, const std::string& condition);

  // site_local_satellites.cpp
  std::string columns_of(EntityId id);
  std::string named_satellite(EntityId id, const Satellite& satellite, const std::string& alias);
  std::string rows_of(EntityId id, const Satellite& satellite);
  std::string joined_satellites(EntityId id);

  // site_local.cpp
  void require_no_earlier_state();
  void has_taken(const SiteMark& mark);
  std::string staged_key(EntityId id);
  std::string behind(EntityId id, const Key& after, const std::vector<std::size_t>& free,
                     std::vector<Value>& parameters);
  std::vector<ValueKind> kinds_of(EntityId id, bool numbered) const;
  Statement in_scope(EntityId id, const std::string& selected, const std::string& joined);
  std::string asked_for(EntityId id, const Condition& condition);

  // site_local_extract.cpp
  TableName keys_table(EntityId id, std::string_view purpose);
  void create_keys_tables(EntityId root);
  void empty_keys_tables(EntityId root);
  void upload_keys(const TableName& staging, EntityId id, const std::vector<Key>& keys,
                   std::size_t first, bool whole);
  std::string staged_key_text(EntityId root);
  std::vector<JournalRow> read_journal_rows(EntityId root, const std::vector<Key>& asked);
  Key parse_key(const Value& text, EntityId id) const;
  DbError unreadable_journal(EntityId id, const CodecError& error) const;
  void read_rows(const ExtractRequest& request, const std::set<Key>& whole,
                 const std::vector<Key>& asked, Extract& extract);
  struct KnownRows {
    std::map<Key, std::set<std::size_t>> columns;  // What of each row was changed.
    std::set<std::vector<std::size_t>> sets;       // As the journal names them.
  };
  KnownRows known_rows(const ExtractRequest& request, const std::set<Key>& whole,
                       const std::vector<JournalRow>& journal) const;
  void read_known(EntityId root, const KnownRows& known, const std::vector<Key>& asked,
                  Extract& extract);
  void read_whole_parts(EntityId root, EntityId part, std::set<Key>& seen, Extract& extract);
  void read_named(EntityId id, const std::vector<Key>& keys, Extract& extract);

  // site_local_look.cpp
  Statement ask_place(const Place& place, const std::vector<const Row*>& held);

  // site_local_taken.cpp
  const std::vector<std::vector<std::string>>& unique_keys(const TableName& name);
  std::optional<Statement> ask_taken(const SiteTable& of, const TableWrite& write,
                                     const std::vector<std::size_t>& columns);
  std::optional<Taken> find_taken(const ByTables& tables, const TableWrite& write);
  void throw_if_taken(const Batch& batch, const ByTables& tables, const TableWrites& writes,
                      const DbError& error);

  // site_local_deliver.cpp
  void upload_batch(const Batch& batch, const ByTables& tables, const DeliverySql& sql,
                    const ChangesByShape& changes);
  void upload_roots(const Batch& batch, const DeliverySql& sql);
  void upload_changes(const ByTables& tables, const DeliverySql& sql, const Shape& shape,
                      const std::vector<StagedChange>& changes);
  DbError with_fields(const DbError& error, const Mapping& tables) const;
  bool is_void(BatchId id, const DbError& error);
  Delivered read_back(const Batch& batch, const ByTables& tables, const DeliverySql& sql);
  void read_keys(const DeliverySql& sql, const Shape& shape, Delivered& delivered);
  Row& stored_row(const Batch& batch, std::size_t write, std::size_t row,
                  Delivered& delivered) const;
  void read_otherwise(const Batch& batch, const ByTables& tables, const DeliverySql& sql,
                      const Shape& shape, Delivered& delivered);
  Settled read_outcome(BatchId id, const Value& said) const;

  Open open_;
  const Mapping& mapping_;
  SiteId site_;
  std::chrono::milliseconds statement_;
  std::unique_ptr<Session> session_;
  bool lost_ = false;
  SiteMark mark_;               // That the site has shown, or has taken, in this process.
  std::set<TableName> staged_;  // Staging tables that this connection has.
  std::set<TableName> filled_;  // Those for keys that may hold some.
  bool forget_list_is_empty_ = false;
  // Of tables that something unique was refused in, since connect().
  std::map<TableName, std::vector<std::vector<std::string>>> unique_keys_;
};

template <class Work>
auto LocalSite::guarded(const Work& work) -> decltype(work()) {
  try {
    return work();
  } catch (const DbError& error) {
    lost_ =
        lost_ || error.recovery() == Recovery::reconnect || error.recovery() == Recovery::in_doubt;
    if (is_late(error)) throw LateError{error, statement_};
    throw;
  }
}

template <class Work>
void LocalSite::in_snapshot(const Work& work) {
  session().begin_snapshot();
  try {
    work();
  } catch (...) {
    try {
      session().end_snapshot();
    } catch (const DbError&) {
      lost_ = true;  // The first error goes on; a session that cannot end its snapshot is not used
                     // again.
    }
    throw;
  }
  session().end_snapshot();
}

}  // namespace miroir
