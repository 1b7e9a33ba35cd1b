// The port between the engine and a database. Everything here is in the site's own values and keys.
//
// Implementations: LocalSite (site_local.hpp, over a connector's session), MemorySite
// (tests/support). The engine cannot tell them apart: tests/mirror/site_contract.hpp runs on all of
// them.
//
// A Site is used by one thread at a time. Every method may throw DbError; after Recovery::reconnect
// or in_doubt the engine calls connect() before anything else. All but deliver() may be called
// again when nobody knows whether they happened. Nothing here decides: guards that fail are
// reported, not overridden.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "connectors/errors.hpp"
#include "schema/ids.hpp"
#include "schema/mapping.hpp"
#include "schema/mapping_file.hpp"
#include "schema/value.hpp"

namespace miroir {

// The site's own row: which store writes here, and the last cycle in which it did.
struct SiteMark {
  std::string store;  // Empty: no store has claimed the site yet.
  CycleNumber cycle;
};

// What the journal of a site holds for one entity, counted in SQL; miroir's own rows excluded.
struct EntityCensus {
  std::size_t journaled = 0;  // Journal rows, parts' included.
  std::size_t deleted_roots =
      0;  // Distinct keys of the root entity with a deletion in the journal that are absent now.
  std::size_t cut_roots = 0;       // Distinct roots still there, parts of which were deleted.
  std::size_t inserted_roots = 0;  // Distinct keys of the root entity that were inserted.
  // Distinct roots that an update named, of the table where there are most: the root's or a part's.
  std::size_t updated_roots = 0;
  // Where the entity has conditions, the keys of both: rows that nobody mirrors come and go.
  std::vector<Key> deleted, cut;
  std::vector<JournalId> truncations;  // Rows of TRUNCATEs (of parts too); listed under no root.
};
struct Census {
  SiteMark mark;
  std::map<std::size_t, EntityCensus>
      entities;  // By EntityId::raw() of root entities; without a journal row: absent.

  // Nothing of what follows is known where no store has claimed the site.
  BatchId last_batch{};              // Of the mark's store: the last whose marker is there.
  std::optional<JournalId> last_id;  // That the journal has handed out; nullopt: nobody may know.
  // A journal row that no cycle forgets: whoever empties the journal takes it along.
  std::optional<JournalId> anchor;
  Instant clock{};  // The site's own.
  // Another text after any mirrored table's triggers or columns were changed, also for a while.
  std::string catalogue;
  std::set<std::size_t> empty;  // Entities whose tables have no row at all.
};

// A mirrored table as the site's catalogue has it.
struct TableState {
  bool watched = false;  // All of the journal's triggers are there and fire.
  // Another text after one of them was dropped, switched off or replaced, even if all are back.
  std::string triggers;
  std::map<std::string, std::string> columns;  // Those that are mirrored and there: their types.
};

enum class JournalOp : std::uint8_t { insert, update, remove, truncate };

// A row without a key says nothing and is only to be acknowledged.
struct JournalRow {
  JournalId id;
  EntityId entity;  // The part's own entity for parts.
  JournalOp op = JournalOp::update;
  std::optional<Key> old_key;   // Absent for inserts.
  std::optional<Key> new_key;   // Absent for deletions.
  std::optional<Key> old_root;  // The root's key before; equals old_key for roots.
  std::optional<Key> new_root;
  // Equal for rows of one transaction; may be empty for an update that left its key.
  std::string transaction;
  // Of an update: the columns (of SiteTable::columns) that it changed; nullopt: nobody knows.
  std::optional<std::vector<std::size_t>> changed;
  // By the site's clock; read only where the mapping decides by times (Mapping::needs_times), and
  // never of what miroir wrote.
  std::optional<Instant> at{};
};

// A root that the capture names, in the site's order of root texts (the cursor of list_roots).
struct ListedRoot {
  std::string cursor;
  Key root;
};

// What to read of one root entity, in one snapshot.
struct ExtractRequest {
  EntityId entity;
  std::vector<Key> roots;  // Named by a capture, here or (as the same record) at the other site.
  std::vector<Key> whole;  // From the re-read list: the root and all parts it has, named or not.
                           // May overlap `roots`.
  std::set<Key> known{};   // Of `roots`, those whose rows the caller knows but for what the journal
                           // names: only that need travel.
};

// A row that was asked for: there, or not.
struct ReadRow {
  EntityId entity;
  Key key;
  std::optional<Row> row;
  // Set: only these columns were read, the others are NULL in `row` and as the caller knows them.
  std::optional<std::vector<std::size_t>> columns{};
};
struct Extract {
  // All journal rows of the requested roots; where a root's key changed, also those of the root it
  // was or became. What is out of scope (Constant key columns) is in here, to be acknowledged, but
  // not in `rows`.
  std::vector<JournalRow> journal;
  // Exactly the keys named by the journal (miroir's own rows of keys that its batch wrote never
  // reach the journal: delivery removes them in its own transaction), and everything of `whole`. No
  // key twice.
  std::vector<ReadRow> rows;
  // Whether the journal tells the rows of one transaction from those of others.
  bool tells_transactions = false;
};

enum class WriteOp : std::uint8_t { insert, update, remove };

// One guarded change of one row.
struct RowChange {
  RecordId record;
  EntityId entity;
  WriteOp op = WriteOp::update;
  Key key;  // Insert with a Generated column: NULL there, and in `given`.
  std::vector<std::size_t>
      columns;  // Update: those written (never key columns, counters included).
  // Update: as last seen, at `columns` and `compared`; remove: the whole row, which is compared.
  Row expected;
  Row given;  // Update: new values at `columns`, for a counter its increment (Decimal).
              // Insert: the whole row, counters with their value.
  // A part of a root that is inserted in the same write with a Generated key: NULL in the parent's
  // columns.
  // Update: what must be as expected, or nothing is written: what is overwritten, but no counters.
  std::vector<std::size_t> compared{};
};

// One aggregate: written wholly or not at all. The root's change, if any, stands first.
struct AggregateWrite {
  RecordId root;
  // At this site, where it has one. A root that is not written itself must be there for parts to be
  // written, not for parts to be removed.
  Key root_key;
  std::vector<RowChange> rows;
};

struct Batch {
  BatchId id;
  CycleNumber cycle;
  std::string store;  // For the site's mark.
  EntityId entity;    // The root entity of all its writes.
  std::vector<AggregateWrite> writes;
  std::optional<BatchId> forget_to;  // Markers of recorded batches up to this id may be removed.
};

enum class WriteResult : std::uint8_t {
  written,
  moved,  // A guard failed: the site is not what the shadow says (or a child refers to it).
  busy,   // Another transaction holds a row of it.
  taken,  // The key of a new root is that of a row, and the journal does not say that it is new.
};

struct StoredOtherwise {
  std::size_t write = 0, row = 0;  // Indexes into Batch::writes and AggregateWrite::rows.
  Row stored;  // The whole row for inserts; at RowChange::columns for updates (counters: NULL).
};
struct LearntKey {
  std::size_t write = 0, row = 0;
  Key key;
};
struct Delivered {
  bool voided = false;               // It was voided before: nothing was written.
  std::vector<WriteResult> results;  // One for each write.
  std::vector<LearntKey> keys;       // For written inserts with a Generated column.
  std::vector<StoredOtherwise>
      otherwise;  // Rows whose stored values are not those given (counters by their increments).
};

// What settling found: the batch happened (with the outcome its marker holds), never will, or is
// still in doubt.
struct Settled {
  enum class Kind : std::uint8_t { happened, never, in_doubt } kind = Kind::in_doubt;
  std::vector<std::size_t> not_written;  // Writes that were moved or busy.
  std::vector<LearntKey> keys;
};

class Site {
 public:
  virtual ~Site() = default;

  // Again after a lost line; cheap when connected. Fails where the site has meanwhile gone back to
  // a state before what it has answered here.
  virtual void connect() = 0;
  virtual CatalogTable describe(const TableName& table) = 0;
  virtual Instant clock() = 0;  // The site's own, which its journal's times are by.

  virtual Census take_census() = 0;                                 // Reads only.
  virtual std::map<std::size_t, TableState> describe_tables() = 0;  // By EntityId::raw().
  // Writes the void marker, which is kept for weeks from the present cycle.
  virtual Settled settle(BatchId id, CycleNumber now) = 0;
  // Up to `limit` distinct roots of `entity` named in the journal after `cursor` ("" to begin).
  virtual std::vector<ListedRoot> list_roots(EntityId entity, const std::string& cursor,
                                             std::size_t limit) = 0;
  virtual Extract extract(const ExtractRequest& request) = 0;
  // Forgets exactly these journal rows and writes the site's mark, which never goes back to a lower
  // cycle, in one transaction; and puts the anchor there, if it is missing.
  virtual void acknowledge(const std::vector<JournalId>& ids, const SiteMark& mark) = 0;
  virtual Delivered deliver(const Batch& batch) = 0;  // One that happened before is in doubt.
  // At most `limit` rows of an entity in the site's order of keys, those after the row with this
  // key: for seed. Every page is read as it stands by then. Rows that the conditions leave out may
  // be missing, or not.
  virtual std::vector<Row> read_page(EntityId entity, const std::optional<Key>& after,
                                     std::size_t limit) = 0;
  virtual std::size_t count(EntityId entity) = 0;
  // The journal's rows that were noted until then, by the site's clock.
  virtual std::vector<JournalId> noted_until(Instant moment) = 0;
  // Whether the journal holds a TRUNCATE of a root entity or of its parts, which names no root.
  virtual bool has_truncations(EntityId entity) = 0;
  // For roots that are in their table no more, as they were last seen: in which of
  // SiteTable::moved, by index, each of them is now; in the first, if there are several. Asked by
  // what those places name, never of a whole table.
  virtual std::vector<std::optional<std::size_t>> look_elsewhere(EntityId entity,
                                                                 const std::vector<Row>& rows) = 0;
  // Claims a site that no store has claimed, and puts the journal's anchor there; false if another
  // store has.
  virtual bool claim(const SiteMark& mark) = 0;
  // The same of a site that the store `from` has claimed, which is lost: nothing of it may be under
  // way any more.
  virtual bool take_over(const std::string& from, const SiteMark& mark) = 0;
};

}  // namespace miroir
