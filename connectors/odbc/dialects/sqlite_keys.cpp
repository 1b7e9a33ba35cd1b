// Keys that an SQLite file hands out itself: row numbers, or texts that a trigger of the site's
// gives a row that has just been inserted.
#include <fmt/format.h>

#include <algorithm>

#include "connectors/odbc/dialects/sqlite_dialect.hpp"

namespace miroir {
namespace {

using StagedInsert = Dialect::StagedInsert;

// Behind what is there and, where the table is AUTOINCREMENT, behind what ever was: as SQLite
// itself counts. sqlite_sequence exists since the journal is AUTOINCREMENT.
std::string count_on(const SqliteDialect& dialect, const StagedInsert& insert) {
  const std::string& schema = insert.table.schema;
  return fmt::format(
      "UPDATE {0} SET {1} = fresh.miroir_key FROM (SELECT s.{2} AS miroir_row, (SELECT "
      "max(coalesce((SELECT max({3}) FROM {4}), 0), coalesce((SELECT seq FROM {5}sqlite_sequence "
      "WHERE name = {6} COLLATE NOCASE), 0))) + row_number() OVER (ORDER BY s.{2}) AS miroir_key "
      "FROM {0} AS s WHERE {7} AND s.{1} IS NULL) AS fresh WHERE {2} = fresh.miroir_row",
      insert.staging, insert.staged_column, insert.row_column, dialect.quote(insert.generated),
      dialect.Dialect::quote(insert.table), schema.empty() ? "" : dialect.quote(schema) + ".",
      quoted_text(insert.table.name), insert.filter);
}

std::string unqualified(const SqliteDialect& dialect, const std::string& staging) {
  const std::string qualifier = dialect.quote("temp") + ".";
  return staging.substr(staging.starts_with(qualifier) ? qualifier.size() : 0);
}

// The statements of a trigger on staging: SQLite has no other loops. `new` is the staged row that
// is to be inserted. The row's number stays the same whatever the site's triggers do to its key.
class OneByOne {
 public:
  OneByOne(const SqliteDialect& dialect, const StagedInsert& insert)
      : insert_{insert},
        target_{dialect.quote(insert.table.name)},
        generated_{dialect.quote(insert.generated)},
        journal_{dialect.quote(dialect.own_tables().journal.name)},
        staging_{unqualified(dialect, insert.staging)} {
    key_ = fmt::format("(SELECT {} FROM {} AS s WHERE s.rowid = new.rowid)", insert.key_text,
                       staging_);
  }

  std::string text() const {
    return insert_row() + learn() + refuse_missing() + note_as_inserted() + forget_renaming();
  }
  const std::string& staging() const { return staging_; }

 private:
  std::string insert_row() const {
    std::vector<std::string> columns, values;
    for (std::size_t i = 0; i < insert_.columns.size(); ++i) {
      if (insert_.columns[i] == generated_) continue;
      columns.push_back(insert_.columns[i]);
      values.push_back(insert_.values[i]);
    }
    return fmt::format("INSERT INTO {} ({}) SELECT {} FROM {} AS s WHERE s.rowid = new.rowid; ",
                       target_, fmt::join(columns, ", "), fmt::join(values, ", "), staging_);
  }

  std::string learn() const {
    return fmt::format(
        "UPDATE {0} SET {1} = (SELECT t.{2} FROM {3} AS t WHERE t.rowid = last_insert_rowid()) "
        "WHERE rowid = new.rowid; ",
        staging_, insert_.staged_column, generated_, target_);
  }

  std::string refuse_missing() const {
    return fmt::format(
        "SELECT RAISE(ABORT, 'the database handed out no key for a new row') WHERE EXISTS (SELECT "
        "1 FROM {} AS s WHERE s.rowid = new.rowid AND coalesce(s.{}, '') = ''); ",
        staging_, insert_.staged_column);
  }

  // The journal has noted an insert with no key, or another one, and that the row was given its
  // own.
  std::string renaming() const {
    return fmt::format("{} AND op = 'U' AND new_key = {} AND old_key <> new_key", insert_.noted,
                       key_);
  }

  std::string note_as_inserted() const {
    return fmt::format(
        "UPDATE {0} SET (new_key, new_root, root) = (SELECT new_key, new_root, new_root FROM {0} "
        "WHERE {1}) WHERE id = (SELECT max(id) FROM {0} WHERE {2} AND op = 'I' AND new_key = "
        "(SELECT old_key FROM {0} WHERE {1})); ",
        journal_, renaming(), insert_.noted);
  }

  std::string forget_renaming() const {
    return fmt::format("DELETE FROM {} WHERE {}; ", journal_, renaming());
  }

  const StagedInsert& insert_;
  std::string target_, generated_, journal_, staging_, key_;
};

}  // namespace

std::vector<std::string> SqliteDialect::insert_generated(const StagedInsert& insert) const {
  if (insert.generated_kind == ValueKind::integer)
    return {count_on(*this, insert), insert_staged(insert)};
  StagedInsert known = insert;
  known.filter += fmt::format(" AND s.{} IS NOT NULL", insert.staged_column);
  const OneByOne loop{*this, insert};
  const std::string name = quote("miroir_numbering");
  return {
      insert_staged(known),
      "DROP TRIGGER IF EXISTS temp." + name,
      fmt::format("CREATE TEMP TRIGGER {} AFTER UPDATE OF {} ON {} WHEN new.{} IS NULL BEGIN {}END",
                  name, insert.row_column, insert.staging, insert.staged_column, loop.text()),
      fmt::format("UPDATE {0} AS s SET {1} = s.{1} WHERE {2} AND s.{3} IS NULL", insert.staging,
                  insert.row_column, insert.filter, insert.staged_column),
      "DROP TRIGGER IF EXISTS temp." + name,
  };
}

// Nothing but a trigger can refuse a row in words.
std::vector<std::string> SqliteDialect::refuse_where(const std::string& staging,
                                                     const std::string& condition,
                                                     const std::string& message) const {
  const std::string name = quote("miroir_refusing"), seq = quote("seq");
  return {
      "DROP TRIGGER IF EXISTS temp." + name,
      fmt::format("CREATE TEMP TRIGGER {} AFTER UPDATE OF {} ON {} BEGIN SELECT RAISE(ABORT, {}); "
                  "END",
                  name, seq, staging, quoted_text(message)),
      fmt::format("UPDATE {0} AS s SET {1} = s.{1} WHERE {2}", staging, seq, condition),
      "DROP TRIGGER IF EXISTS temp." + name,
  };
}

}  // namespace miroir
