// The journal of a site: what miroir installs there, and the statements that read and forget what
// its triggers noted.
//
// Functions from a mapping to statements; only the five at the end talk to a database. Nothing here
// decides what a change means. Installing takes its locks one table at a time, with the session's
// short lock wait, and tries again: the site's users never queue behind it for long. Throws
// DbError; std::invalid_argument for a mapping whose parts do not name their root.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/dialect.hpp"
#include "connectors/session.hpp"
#include "connectors/statement.hpp"
#include "schema/mapping.hpp"

namespace miroir {

// The columns of an entity's table that hold its root's key, in the order of the root's key: for a
// root its own key; for a part its parent columns, and for a constant of the root's key the part's
// own constant.
std::vector<std::size_t> root_columns(const Mapping& mapping, EntityId entity, SiteId site);

// The entities' in their order, then their satellites', as parts of the same root.
std::vector<Dialect::JournalledTable> journalled_tables(const Mapping& mapping, SiteId site);

// What runs in one transaction.
using Step = std::vector<Statement>;

// What of ours a site has, as its catalogue says.
struct Installed {
  struct Trigger {
    std::string mark, state;
    TableName table;
    bool found_by_name = true;  // The table's name alone means it, without the schema.
    bool operator==(const Trigger&) const = default;
    bool stands_on(const TableName& mirrored) const;
  };
  std::set<std::string> tables;             // Names without their schema.
  std::map<std::string, Trigger> triggers;  // That exist and fire.

  bool has_own_tables(const Dialect& dialect) const;
  // Whether all triggers of the table fire, and stand on what is called so now; whether they watch
  // what they should, no less and no more, and are this version's, or an earlier one's; and their
  // states.
  bool fires(const Dialect& dialect, const Dialect::JournalledTable& table) const;
  bool watches(const Dialect& dialect, const Dialect::JournalledTable& table) const;
  bool watched_before(const Dialect& dialect, const Dialect::JournalledTable& table) const;
  std::string states(const Dialect& dialect, const Dialect::JournalledTable& table) const;
  // Of a row's own table, and of its satellites', those that have no trigger left out.
  std::string states(const Dialect& dialect,
                     const std::vector<Dialect::JournalledTable>& spread) const;
};
// The steps that are still needed: none when everything is there and fires.
std::vector<Step> install_steps(const Dialect& dialect,
                                const std::vector<Dialect::JournalledTable>& tables,
                                const Installed& installed);

// A trigger of ours, whether or not it fires and whatever it stands on.
struct OwnTrigger {
  std::string name, table, dropped_by;
};
// What an earlier mapping mirrored: those that can be dropped without one that the tables have.
std::vector<OwnTrigger> left_triggers(const Dialect& dialect, std::vector<OwnTrigger> all,
                                      const std::vector<Dialect::JournalledTable>& tables);
// One table's lock in each, where triggers share what is dropped.
std::vector<Step> drop_steps(const Dialect& dialect, const std::vector<OwnTrigger>& triggers);
// Triggers first, those of the tables and those that were found: if the journal went first, every
// write of the site's users would fail.
std::vector<Step> uninstall_steps(const Dialect& dialect,
                                  const std::vector<Dialect::JournalledTable>& tables,
                                  const std::vector<OwnTrigger>& found);

// A column of a mirrored table and the staged value that names its row, both as SQL.
struct KeyPair {
  std::string column, value;
  ValueKind kind;
};
// The condition that the row is the one that is named: by an index first, and then exactly.
std::string named_by(const Dialect& dialect, const std::vector<KeyPair>& key);

// Rows of (entity, part, rows that are not miroir's own, those of them that took a row from its
// root or removed a root, truncations, keys that were inserted, roots with an update).
Statement count_journal(const Dialect& dialect);
// Rows of (id).
Statement list_truncations(const Dialect& dialect, const std::string& entity);
// A query for unpack_keys(), to be bound with the part's name: keys of rows that were deleted, or
// given another key.
Statement lost_keys(const Dialect& dialect, const std::string& entity);
// The same for roots, parts of which were deleted or moved to another root; to be bound with the
// root entity's name.
Statement cut_roots(const Dialect& dialect, const std::string& entity);
// INSERT INTO staging from such a query.
Statement stage_keys(const Dialect& dialect, const TableName& staging,
                     const std::vector<std::string>& columns, const Statement& source);

// Rows of (root) after the cursor, in their order; roots of truncations are "" and never listed.
Statement list_roots(const Dialect& dialect, const std::string& entity, const std::string& cursor,
                     std::size_t limit);
// The journal rows of the roots in the staging table (`root_key`: json_key() over its columns,
// called s), by id: (id, seq of the staged root, what). Of an update of the root itself that left
// its key, `what` are the names of the columns that it changed, or NULL: nobody knows. Else it is
// json_key() of (part, op, old_key, new_key, old_root, new_root, tx), which begins with '[', as
// names never do. What the row before says as well is said_before: mostly one column of many rows
// is changed. With `times` also when it was, an instant, of what miroir did not write.
inline constexpr std::string_view said_before = "[";
Statement read_journal(const Dialect& dialect, const std::string& entity, const TableName& staging,
                       const std::string& root_key, bool times);
// (seq, `selected`) of those staged roots which such an update changed in just these columns;
// `join` (look_up()): the staged root's row. A root stands
// there once for each of its updates.
Statement read_changed(const Dialect& dialect, const std::string& entity, const TableName& staging,
                       const std::string& root_key, const std::string& changed,
                       const std::string& selected, const std::string& join);
// Puts a row into the journal that no cycle reads or forgets, unless it is there: whoever empties
// the journal takes it away.
Statement anchor_journal(const Dialect& dialect);
// One row where a store has claimed the site, else none: (store, cycle, the last batch whose marker
// is there, the journal's last number, the anchor's, the site's clock, the catalogue's state, for
// each table '1' if it has a row, else '0').
Statement look_at_site(const Dialect& dialect, const std::vector<Dialect::JournalledTable>& tables);

// Rows of (id): what was noted before then, by the site's clock. The anchor is none of them.
Statement noted_until(const Dialect& dialect, Instant moment);

// Forgets the journal rows whose ids are staged.
Statement forget_staged(const Dialect& dialect, const TableName& staging, const std::string& id);

Installed read_installed(Session& session);
std::vector<OwnTrigger> read_own_triggers(Session& session);
// Runs each step in a transaction; one that meets a lock is tried again a few times.
void run_steps(Session& session, const std::vector<Step>& steps);
// Returns how many steps were needed: 0 the second time.
std::size_t install(Session& session, const Mapping& mapping, SiteId site);
// Whatever mapping it was installed for.
void uninstall(Session& session);

}  // namespace miroir
