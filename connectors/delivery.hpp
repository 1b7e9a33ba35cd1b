// A batch of guarded writes as SQL: rows are uploaded to staging tables first, then one transaction
// without parameters judges the guards, writes, compares what was stored and notes the outcome in
// the batch's marker.
//
// Pure: from a mapping and the shapes of a batch's changes to statements. Rows never stand in the
// text. A write whose guard fails is lost with all its rows; the others are written. The
// transaction never waits for the client.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/dialect.hpp"
#include "connectors/statement.hpp"
#include "schema/mapping.hpp"

namespace miroir {

// `update` of no column: the row is locked and compared. `absent`: there is no row, and none is
// written.
enum class Verb : std::uint8_t { insert, update, remove, absent };

// The changes of one batch that write and compare the same columns of the same table: one upload
// and one statement for all.
struct Shape {
  std::size_t number = 0;  // Unique in the batch.
  EntityId entity;
  Verb verb = Verb::update;
  std::vector<std::size_t> columns;  // Updates: those written, in order. Others: empty.
  // The batch has no other shape, and each of its writes is one row: all that there is to say of
  // which row is whose is their order.
  bool counted = false;
  std::vector<std::size_t> compared = {};  // Updates: those that must be as expected, in order.
  // A satellite's, whose owner is inserted by the same write: it has no row yet, or only a stray
  // one, which is not a reason to wait: the database refuses it, or it comes in as the site's own.
  bool fresh = false;
  // Updates: their columns may make what was there of all that is given. Then it says nothing that
  // a row ended as it was.
  bool may_stay = false;
};

// Why a write was lost; the greatest reason counts.
enum class Lost : std::int64_t { taken = 1, moved = 2, busy = 3, key_not_unique = 4 };

// Columns of the staging tables that are always uploaded, before the values of the shape.
inline const std::vector<std::string> staged_row_columns{"seq", "w", "r", "shape"};
// Of a shape that tells them by itself.
inline const std::vector<std::string> counted_row_columns{"seq"};

class DeliverySql {
 public:
  DeliverySql(const Dialect& dialect, const Mapping& mapping, SiteId site, EntityId root,
              std::vector<Shape> shapes);

  // Staging tables of the root and its parts, and what is common to a batch; created once for each
  // connection.
  std::vector<Statement> create_staging() const;
  std::vector<Statement> empty_staging() const;

  // (batch, cycle, store, forget, entity, part): one row for the root and each of its parts.
  TableName batch_table() const;
  std::vector<std::string> batch_columns() const;
  // (w, key columns): the roots of writes that change parts only.
  TableName roots_table() const;
  std::vector<std::string> roots_columns() const;
  // The changes: staged_row_columns (of a counted shape: counted_row_columns), the key, then
  // expected values, then given ones.
  TableName rows_table(EntityId entity) const;
  std::vector<std::string> rows_columns(const Shape& shape) const;
  // Which columns of the table are uploaded as expected and as given.
  std::vector<std::size_t> expected_columns(const Shape& shape) const;
  std::vector<std::size_t> given_columns(const Shape& shape) const;

  std::vector<Statement> transaction() const;

  // Afterwards. Rows of (kind, a, b): 0, write, Lost; 1, shape, number of its rows that were stored
  // otherwise.
  Statement read_summary() const;
  // Rows of (w, r, key) of inserts whose key was generated.
  Statement read_keys(const Shape& shape) const;
  // Rows of (w, r, stored values): for inserts the key and then given_columns, for updates
  // given_columns without counters.
  Statement read_otherwise(const Shape& shape) const;
  std::vector<std::size_t> otherwise_columns(const Shape& shape) const;

  const std::vector<Shape>& shapes() const { return shapes_; }

 private:
  const SiteTable& table(EntityId entity) const { return mapping_.table(entity, site_); }
  std::string quote(std::string_view name) const { return dialect_.quote(name); }
  std::string target(EntityId entity) const { return dialect_.quote(table(entity).name); }
  std::string staged(EntityId entity) const { return dialect_.quote(rows_table(entity)); }
  std::string own(const std::string& alias, EntityId entity, std::size_t column) const;
  std::string given(EntityId entity, std::size_t column) const;
  // The staging column of a table's column: 'o' as expected, 'n' as given (later: stored), 'b' as
  // it stood before; of a part of its key: 'k'.
  static std::string numbered(char prefix, std::size_t number);
  std::string from_batch(const std::string& column) const;
  // The staging column with the row's as it stood before the writes.
  std::string before(std::size_t column) const;
  // The row that the database takes for the one with this key, and the row that is exactly that.
  std::string equal_key(EntityId entity, const std::string& target,
                        const std::string& staging) const;
  std::string same_key(EntityId entity, const std::string& target,
                       const std::string& staging) const;
  // The condition of the journal's rows that this batch's own writes to an entity's table left.
  std::string ours_since(EntityId entity) const;
  std::string same(EntityId entity, std::size_t column, const std::string& a,
                   const std::string& b) const;
  std::string leaves(EntityId entity, const std::string& row, bool renumbered) const;
  // What shapes_of gives where there are none: numbers begin at 1.
  static constexpr std::string_view no_shapes = "IN (0)";
  std::string shapes_of(EntityId entity, const std::vector<Verb>& verbs) const;
  std::string more(EntityId entity, std::size_t column, const std::string& value,
                   const std::string& increment) const;
  std::string staged_key(EntityId entity) const;
  // The text of the root's key, as the journal has it, where a staged row's key tells it.
  std::optional<std::string> staged_root(EntityId entity) const;
  // Where triggers can leave out this batch's own updates of an entity's rows.
  std::optional<Dialect::Unnoted> unnoted(EntityId entity) const;
  // The name that the journal has for an entity.
  std::string journal_name(EntityId entity) const;
  // The text of the key of whom a staged row refers to by this column.
  std::string referred_key(EntityId target, const std::string& reference) const;
  // That a journal row j says of a key that its row came, went or has another key now.
  std::string changes_hands(const std::string& key) const;
  std::string read_key(EntityId entity) const;
  bool generates(const Shape& shape) const;
  std::vector<EntityId> entities() const;
  bool changes_parts() const;
  bool is_written(const Shape& shape, std::size_t column) const;
  bool is_key(EntityId entity, std::size_t column) const;
  void add(std::vector<Statement>& out, std::string text) const {
    out.push_back({std::move(text), {}});
  }
  void lose(std::vector<Statement>& out, const std::string& why, const std::string& rest) const;

  // delivery_guards.cpp
  std::vector<std::pair<std::string, std::string>> before_columns(EntityId entity) const;
  void add_locks(std::vector<Statement>& out) const;
  void add_guards(std::vector<Statement>& out) const;
  void add_row_guard(std::vector<Statement>& out, const Shape& shape) const;
  void add_reuse_guard(std::vector<Statement>& out, const Shape& shape) const;
  void add_referral_guard(std::vector<Statement>& out, const Shape& shape) const;
  void add_referral_guard(std::vector<Statement>& out, const Shape& shape, EntityId target,
                          const std::string& reference) const;
  void add_insert_guard(std::vector<Statement>& out, const Shape& shape) const;
  void add_removal_guards(std::vector<Statement>& out, const Shape& shape) const;
  void add_root_guard(std::vector<Statement>& out) const;
  void add_uniqueness_guard(std::vector<Statement>& out, EntityId entity) const;
  // delivery_writes.cpp
  void add_parents(std::vector<Statement>& out) const;
  void add_writes(std::vector<Statement>& out) const;
  void add_write(std::vector<Statement>& out, const Shape& shape) const;
  Dialect::StagedInsert staged_insert(const Shape& shape) const;
  void add_comparisons(std::vector<Statement>& out) const;
  void add_otherwise(std::vector<Statement>& out, const Shape& shape) const;
  void add_stray(std::vector<Statement>& out, const Shape& shape) const;
  void add_dirty(std::vector<Statement>& out, const Shape& shape) const;
  void refuse(std::vector<Statement>& out, EntityId entity, const std::string& condition,
              const std::string& why) const;
  void refuse_missing(std::vector<Statement>& out, EntityId entity) const;
  void refuse_kept(std::vector<Statement>& out, EntityId entity) const;
  void refuse_unchanged(std::vector<Statement>& out, EntityId entity) const;
  // delivery.cpp
  void add_marker(std::vector<Statement>& out) const;
  void add_counted(std::vector<Statement>& out) const;
  void add_echo(std::vector<Statement>& out) const;
  void add_unnoted(std::vector<Statement>& out) const;
  void add_outcome(std::vector<Statement>& out) const;

  const Dialect& dialect_;
  const Mapping& mapping_;
  SiteId site_;
  EntityId root_;
  std::vector<Shape> shapes_;
};

// Writes the site's mark from a staging table's columns store and cycle: only where the site is
// that store's, or nobody's.
std::vector<Statement> write_mark(const Dialect& dialect, const TableName& staging);
// Makes it impossible for the batch ever to happen; fails with a constraint's error if its marker
// is there.
Statement void_marker(const Dialect& dialect, std::int64_t batch, std::int64_t cycle);
// One row of (void as 0 or 1, outcome), or none.
Statement read_marker(const Dialect& dialect, std::int64_t batch);

}  // namespace miroir
