// The mapping, read and checked: which table, key and columns an entity has on each site, and by
// which rules its fields convert and merge. Immutable once bound; shared by all threads.
//
// One list of entities, parents before children, a root's parts right after it. Rows of a site
// stand in the order of SiteTable::columns, a record's canonical values (its head) in the order of
// Entity::fields.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "schema/condition.hpp"
#include "schema/ids.hpp"
#include "schema/lens.hpp"
#include "schema/split.hpp"
#include "schema/value.hpp"

namespace miroir {

// schema may be empty: then the site's default applies (PostgreSQL's search_path, SQLite's main).
struct TableName {
  std::string schema;
  std::string name;
  friend auto operator<=>(const TableName&, const TableName&) = default;
};

struct Column {
  std::string name;
  ValueKind kind = ValueKind::text;  // Bound from the site's catalogue (bind_columns).
  bool counter = false;              // Written as an increment, outside every guard.
  int counter_scale = 0;             // Digits after the point that the column keeps, for counters.
  bool only_read = false;            // A condition looks at it, and miroir never writes it.
  // 0: of the entity's own table; n: of SiteTable::satellites[n - 1].
  std::size_t satellite = 0;
};

// Where the value of a key's column comes from when miroir inserts a row.
// A field is mapped to this column: its lens gives the value.
struct FromField {};
// Always this; rows with another value are not of the entity.
struct Constant {
  Value value;
};
// The database hands it out; learnt when the row is delivered.
struct Generated {};
// "W{id}": text with columns of the other site's key in braces.
struct Rule {
  std::string pattern;
};
// A part's: the root's key column with this index.
struct FromParent {
  std::size_t parent_key = 0;
};
// A part's: the next free number within its root.
struct Numbered {
  std::int64_t step = 1;
};
using KeySource = std::variant<FromField, Constant, Generated, Rule, FromParent, Numbered>;

struct KeyColumn {
  std::size_t column = 0;  // Index in SiteTable::columns.
  KeySource source;
};

// A part's column outside its key that is filled by a rule: the reference to its root, or its
// number.
struct FilledColumn {
  std::size_t column = 0;
  std::variant<FromParent, Numbered> source;
};

// A column that no field is mapped to and that gets this value when miroir inserts a row; it is
// never written again.
struct InsertedColumn {
  Column column;
  Value value;
};

// A field of a root, and the value that it gets when something else than its column says so;
// canonical.
struct FieldValue {
  std::size_t field = 0;  // Index in Entity::fields.
  Value value;
};

// Where else at its site a root's row may have gone that is in its table no more, as an order that
// was posted: the table, what its columns then hold, and what the record is given if that is so.
struct Sought {
  Column column;
  std::variant<std::size_t, Value>
      held;  // What the row held in this of its columns; or always this.
};
struct Place {
  TableName name;
  std::vector<Sought> where;  // All must hold.
  std::vector<FieldValue> then;

  // What the columns of `where` hold there if `row`, as it was last seen, is what went there.
  // nullopt: it says nothing to look for.
  std::optional<Row> sought_for(const Row& row) const;
};

// A table with at most one row for each row of the entity's own, some of whose fields live there: a
// customer's default address, an extension's companion of a Navision table.
struct Satellite {
  std::string name;  // In the mapping.
  TableName table;
  std::vector<Column> key;            // Its columns that hold the key, in the key's order.
  std::vector<InsertedColumn> where;  // Beside the key: which of several rows it is.
  std::vector<InsertedColumn> on_insert;
  bool required = false;  // A row without it is not whole; else it is made when it has a value.
  // Index in SiteTable::columns of a column that no table has: how many rows there are, 0, 1, or
  // more, which are none, since nobody could say which of them is meant. Without exactly one, the
  // satellite's columns, which stand right after it, are NULL.
  std::size_t rows = 0;
};

struct SiteTable {
  TableName name;
  // Key, fields, filled, conditions: all that miroir reads. The satellites' stand last.
  std::vector<Column> columns;
  std::vector<KeyColumn> key;
  std::vector<FilledColumn> filled;  // Empty for roots.
  // Roots: which rows are mirrored, and which of those that miroir does not know yet may come in.
  std::vector<Condition> where, ready_when;
  // Columns of conditions that an inserted row gets a value in, by index in `columns`.
  std::vector<std::pair<std::size_t, Value>> constants;
  std::vector<InsertedColumn> on_insert;  // Of columns that are in no condition: never read.
  // Roots: a row that disappears is looked for here, in this order, before it counts as deleted.
  std::vector<Place> moved;
  std::vector<Satellite> satellites;

  // Pure helpers, mapping.cpp.
  std::size_t own_columns() const;  // How many are of the entity's own table: the first ones.
  // "City", or "address.City" where a satellite has it; empty: no table has it.
  std::string label(std::size_t column) const;
  // Why the row cannot be taken, for people: a satellite has more rows than one, or lacks the one
  // that it must have.
  std::optional<std::string> not_whole(const Row& row) const;
  Key key_of(const Row& row) const;
  std::vector<ValueKind> key_kinds() const;
  bool in_scope(const Key& key) const;     // Every Constant of the key has its value.
  bool is_mirrored(const Row& row) const;  // `where` holds.
  bool may_come_in(const Row& row) const;  // `ready_when` holds as well.
  bool has_conditions() const { return !where.empty() || !ready_when.empty(); }
  std::optional<std::size_t> generated_column() const;  // Index in columns.
  std::optional<std::size_t> numbered_column() const;   // Index in columns; key or filled.
  std::int64_t number_step() const;                     // 0 when there is no numbered column.
  // For each key column of the root (by index in the root's key): the column of this part's table
  // that holds it, as (root key index, column).
  std::vector<std::pair<std::size_t, std::size_t>> parent_columns() const;
  std::optional<std::size_t> find(std::string_view column) const;  // Of the own table.
};

// How a conflict over a field is decided. What loses is logged; Hold asks a person, and so does
// Latest where the clocks do not tell.
struct SiteWins {
  SiteId site = SiteId::first;
};
struct Max {};
struct Min {};
struct Latest {};
// The higher state wins. A step back that is not legal is put back.
struct Ladder {
  std::vector<std::string> states;  // From the lowest up; nothing stands below all of them.
  std::vector<std::pair<std::string, std::string>> back;  // Legal steps back: from, to.

  std::size_t rank(const Value& state) const;
  bool allows(const Value& from, const Value& to) const;
};
// Computed, never merged: a sum of products, and fields of the record's own added to it.
struct Derived {
  std::optional<EntityId> parts;    // Whose products are summed up; nullopt: the record's own.
  std::vector<std::size_t> of;      // The factors, fields of theirs; empty: there is no product.
  std::optional<std::size_t> less;  // A field of theirs: so many percent are taken off.
  std::vector<std::size_t> plus;    // Fields of the record's own.
  int scale = 0;                    // Of the result, which is rounded half away from zero.
};
struct Counter {};
struct Hold {};
using Policy = std::variant<SiteWins, Max, Min, Latest, Ladder, Derived, Counter, Hold>;
// "shop wins", "max", ...
std::string describe(const Policy& policy, const std::array<std::string, 2>& sites);

// What it means for the record and for the other site that a root's row is deleted at a site.
struct Propagate {};  // It is deleted there too.
struct Ignore {};     // It stays there, and lives on alone.
struct SetFields {    // It stays there, and these fields say so.
  std::vector<FieldValue> values;
};
using Deletion = std::variant<Propagate, Ignore, Hold, SetFields>;  // Hold: a person is asked.

// Who is right where one site deletes what the other one has changed.
struct ChangeWins {};
struct DeletionWins {};
using DeletionConflict = std::variant<ChangeWins, DeletionWins, SiteWins>;

// What becomes of a change that somebody makes against a one-way field's direction: it is put back
// and logged, or a person is asked.
enum class Against : std::uint8_t { put_back, hold };

// Which way a field's changes go.
struct BothWays {};
struct OnlyTo {
  SiteId site = SiteId::first;
  Against against = Against::put_back;
};
// Given when the other site's row is made; afterwards each site's value is its own.
struct AtCreation {};
using Direction = std::variant<BothWays, OnlyTo, AtCreation>;

// A field's column at a site, or the columns that its text is split over.
struct FieldAt {
  std::vector<std::size_t> columns;  // Indexes in SiteTable::columns; at least one.
  Lens lens;                         // Of a split text: as each of its columns has it.
  std::optional<Split> split;

  // Of what is never spread over several: keys, references, counters.
  std::size_t column() const { return columns.front(); }
  bool holds(std::size_t column) const;
  Cells cells(const Row& row) const;
  void set_cells(Row& row, const Cells& cells) const;
  bool same(const Row& a, const Row& b) const;  // In all of its cells.

  // Between the field's cells and its canonical value; give() is for a row that is not there yet.
  Lensed get(const Row& row) const;
  std::variant<Cells, Refusal> put(const Value& canonical, const Cells& old) const;
  std::variant<Cells, Refusal> give(const Value& canonical) const;
  bool keeps(const Value& canonical, const Row& row) const;  // As Lens::keeps.
};

struct Field {
  std::string name;
  FieldType type = FieldType::text;
  Policy policy;
  std::array<FieldAt, 2> at;          // By site.
  std::optional<EntityId> refers_to;  // Set exactly for references.
  Direction direction;
  std::optional<std::size_t> group;  // Index in Entity::groups.
  bool match_any_case = false;       // Texts: for Entity::match alone, 'A' is 'a'.

  bool is_derived() const { return std::holds_alternative<Derived>(policy); }
  bool at_creation() const { return std::holds_alternative<AtCreation>(direction); }
  // Changes made at the site reach the other one.
  bool comes_from(SiteId site) const;
};

// Fields that are decided together, as the lines of a postal address: never a mixture of two.
struct FieldGroup {
  std::string name;
  std::vector<std::size_t> fields;  // The one whose policy decides stands first.
};

struct Entity {
  std::string name;
  EntityId id;
  std::optional<EntityId> root;  // Set for parts: the entity they are parts of.
  // Never in a mapping that was read: see connectors/satellites.hpp.
  std::optional<EntityId> satellite_of{};
  std::array<SiteTable, 2> table;  // By site.
  std::vector<Field> fields;
  // Twins: each rule is a set of fields (indexes) that must all agree and be neither NULL nor
  // empty. In order.
  std::vector<std::vector<std::size_t>> match;
  std::vector<FieldGroup> groups;
  std::vector<std::size_t> derived;  // Fields, each after those that it is computed from.
  std::vector<EntityId> parts;       // For roots.
  std::optional<SiteId> one_way_to;  // Roots: records are born and deleted at the other site only.
  std::array<Deletion, 2> deletion;  // Roots: by the site where a row is deleted.
  DeletionConflict deletion_conflict;

  bool is_part() const { return root.has_value(); }
  std::optional<std::size_t> field_index(std::string_view field) const;
  // The fields that are decided together with this one: its group, or itself.
  std::vector<std::size_t> decided_with(std::size_t field) const;
};

struct Mapping {
  // Their names, from the mapping file; the configuration uses the same.
  std::array<std::string, 2> sites;
  std::vector<Entity> entities;
  // Of everything that heads and shadows depend on; a store belongs to one.
  std::string fingerprint;
  // The text that it was read from, so that a store can keep the mapping that it was made with.
  std::string source{};

  const Entity& entity(EntityId id) const { return entities[id.raw()]; }
  const SiteTable& table(EntityId id, SiteId site) const { return entity(id).table[index(site)]; }
  const Entity* find(std::string_view name) const;
  std::optional<SiteId> site(std::string_view name) const;
  // Which fields of which entities refer to this one.
  std::vector<std::pair<EntityId, std::size_t>> referenced_by(EntityId id) const;
  // Whether a field of the root entity or of its parts is decided by times.
  bool needs_times(EntityId root) const;
  bool needs_times() const;
  // The index, within the key of `id` at `site`, of the one column that a reference holds.
  std::size_t reference_key(EntityId id, SiteId site) const;
};

// The whole key that a reference holding `raw` stands for: its constants filled in.
Key key_of_reference(const Mapping& mapping, EntityId target, SiteId site, const Value& raw);

}  // namespace miroir
