#include "mirror/state/store_schema.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <sqlite3.h>

#include <string>

#include "mirror/state/seal.hpp"

namespace miroir {
namespace {

// Two sites, so two columns: a record's whole state is one row, read and written at once.
constexpr const char* records = R"sql(
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

CREATE TABLE record (
  id INTEGER PRIMARY KEY,
  entity INTEGER NOT NULL,
  root INTEGER NOT NULL,
  root_entity INTEGER NOT NULL,
  gone INTEGER NOT NULL,
  gone_since INTEGER NOT NULL,
  head BLOB NOT NULL,
  shadow_0 BLOB,
  shadow_1 BLOB,
  key_0 TEXT,
  key_1 TEXT,
  behind_0 INTEGER NOT NULL,
  behind_1 INTEGER NOT NULL
);
CREATE UNIQUE INDEX record_key_0 ON record (entity, key_0) WHERE key_0 IS NOT NULL;
CREATE UNIQUE INDEX record_key_1 ON record (entity, key_1) WHERE key_1 IS NOT NULL;
CREATE INDEX record_part ON record (root) WHERE root <> id;
CREATE INDEX record_behind_0 ON record (root_entity, root) WHERE behind_0 = 1;
CREATE INDEX record_behind_1 ON record (root_entity, root) WHERE behind_1 = 1;

CREATE TABLE match_value (
  entity INTEGER NOT NULL, rule INTEGER NOT NULL, value TEXT NOT NULL, record INTEGER NOT NULL,
  PRIMARY KEY (entity, rule, value, record)) WITHOUT ROWID;
CREATE INDEX match_record ON match_value (record);

CREATE TABLE reference (
  parent INTEGER NOT NULL, child INTEGER NOT NULL, PRIMARY KEY (parent, child)) WITHOUT ROWID;
CREATE INDEX reference_child ON reference (child);
)sql";

constexpr const char* work = R"sql(
CREATE TABLE reread (
  id INTEGER PRIMARY KEY AUTOINCREMENT, site INTEGER NOT NULL, entity INTEGER NOT NULL, key TEXT NOT NULL,
  UNIQUE (site, entity, key));
CREATE TABLE unacknowledged (id INTEGER PRIMARY KEY, site INTEGER NOT NULL, ids BLOB NOT NULL);
CREATE TABLE batch (id INTEGER PRIMARY KEY AUTOINCREMENT, site INTEGER NOT NULL, payload BLOB NOT NULL);
CREATE TABLE turn (
  record INTEGER NOT NULL, field INTEGER NOT NULL, turns INTEGER NOT NULL, PRIMARY KEY (record, field)) WITHOUT ROWID;
CREATE TABLE request (
  id INTEGER PRIMARY KEY, made TEXT NOT NULL, who TEXT NOT NULL, kind TEXT NOT NULL, body TEXT NOT NULL,
  done INTEGER);
)sql";

constexpr const char* people = R"sql(
CREATE TABLE held (
  id INTEGER PRIMARY KEY, record INTEGER NOT NULL, field INTEGER, reason TEXT NOT NULL,
  candidate_0 BLOB, candidate_1 BLOB, opened INTEGER NOT NULL, closed INTEGER);
CREATE UNIQUE INDEX held_open ON held (record, ifnull(field, -1)) WHERE closed IS NULL;
CREATE TABLE set_aside_write (
  site INTEGER NOT NULL, root INTEGER NOT NULL, reason TEXT NOT NULL, since INTEGER NOT NULL,
  tries INTEGER NOT NULL, next INTEGER NOT NULL, PRIMARY KEY (site, root)) WITHOUT ROWID;
CREATE TABLE set_aside_read (
  site INTEGER NOT NULL, entity INTEGER NOT NULL, key TEXT NOT NULL, reason TEXT NOT NULL,
  since INTEGER NOT NULL, tries INTEGER NOT NULL, PRIMARY KEY (site, entity, key)) WITHOUT ROWID;

CREATE TABLE conflict (
  id INTEGER PRIMARY KEY, cycle INTEGER NOT NULL, record INTEGER NOT NULL, entity INTEGER NOT NULL, field INTEGER,
  winner BLOB NOT NULL, loser BLOB NOT NULL, loser_site INTEGER, rule TEXT NOT NULL);
CREATE TABLE history (
  id INTEGER PRIMARY KEY, cycle INTEGER NOT NULL, record INTEGER NOT NULL, site INTEGER, event TEXT NOT NULL,
  changes BLOB NOT NULL);
CREATE TABLE cycle (
  number INTEGER PRIMARY KEY, started TEXT NOT NULL, seconds REAL NOT NULL, outcome TEXT NOT NULL,
  summary TEXT NOT NULL);
)sql";

// The first meeting of two full databases: rows that are to become one record, and rows of which
// nobody can say which of several they are.
constexpr const char* meeting = R"sql(
CREATE TABLE twin (
  entity INTEGER NOT NULL, key_0 TEXT NOT NULL, key_1 TEXT NOT NULL, PRIMARY KEY (entity, key_0)) WITHOUT ROWID;
CREATE UNIQUE INDEX twin_key_1 ON twin (entity, key_1);
CREATE TABLE question (
  entity INTEGER NOT NULL, site INTEGER NOT NULL, key TEXT NOT NULL, rule INTEGER NOT NULL, value TEXT NOT NULL,
  PRIMARY KEY (entity, site, key)) WITHOUT ROWID;
CREATE INDEX question_value ON question (entity, rule, value);
)sql";

// Written by a person beside a running cycle, so it stands by itself: no statement touches it
// together with another table.
constexpr const char* pauses = R"sql(
CREATE TABLE pause (
  kind TEXT NOT NULL CHECK (kind IN ('site', 'entity')), number INTEGER NOT NULL,
  reason TEXT NOT NULL, since TEXT NOT NULL, who TEXT NOT NULL,
  PRIMARY KEY (kind, number)) WITHOUT ROWID;
)sql";

// At which sites a record's row is none that is mirrored: 1 for the first, 2 for the second.
constexpr const char* scope = "ALTER TABLE record ADD COLUMN outside INTEGER NOT NULL DEFAULT 0";

// Numbers of entities and fields are the mapping's, so each mapping that the store was made with is
// kept: what was logged before `since` speaks an older one. Records of entities that are mirrored
// no more keep their ids and keys for the log's sake.
constexpr const char* mappings = R"sql(
CREATE TABLE mapping (
  version INTEGER PRIMARY KEY, since INTEGER NOT NULL, fingerprint TEXT NOT NULL, text TEXT NOT NULL);
CREATE TABLE former_record (
  id INTEGER PRIMARY KEY, version INTEGER NOT NULL, entity INTEGER NOT NULL, key_0 TEXT, key_1 TEXT,
  head BLOB NOT NULL);
ALTER TABLE conflict ADD COLUMN entity_name TEXT;
ALTER TABLE conflict ADD COLUMN field_name TEXT;
)sql";

// When the heads of fields that are decided by times were changed.
constexpr const char* times = "ALTER TABLE record ADD COLUMN times BLOB";

// Records that are to be deleted somewhere: asked for in every cycle, and nearly always none.
constexpr const char* going =
    "CREATE INDEX record_going ON record (entity) WHERE gone = 1 AND behind_0 + behind_1 > 0";

// Until now nothing wrote requests. What is set aside has a number that people can say. The views
// are what people are shown.
constexpr const char* requests = R"sql(
DROP TABLE request;
CREATE TABLE request (
  id INTEGER PRIMARY KEY AUTOINCREMENT, made TEXT NOT NULL, who TEXT NOT NULL, reason TEXT NOT NULL,
  kind TEXT NOT NULL, body BLOB NOT NULL, record INTEGER, ended INTEGER, done INTEGER, message TEXT);
CREATE INDEX request_open ON request (id) WHERE ended IS NULL;
ALTER TABLE held ADD COLUMN proposal BLOB;
ALTER TABLE conflict ADD COLUMN undone INTEGER;
ALTER TABLE set_aside_write ADD COLUMN id INTEGER NOT NULL DEFAULT 0;
ALTER TABLE set_aside_read ADD COLUMN id INTEGER NOT NULL DEFAULT 0;
UPDATE set_aside_write SET id = (
  SELECT count(*) FROM set_aside_write b
  WHERE (b.site, b.root) <= (set_aside_write.site, set_aside_write.root));
UPDATE set_aside_read SET id = (SELECT count(*) FROM set_aside_write) + (
  SELECT count(*) FROM set_aside_read b WHERE (b.site, b.entity, b.key) <=
    (set_aside_read.site, set_aside_read.entity, set_aside_read.key));
CREATE VIEW held_item AS
  SELECT h.id, h.record, r.entity, h.field, h.reason, h.candidate_0, h.candidate_1, h.opened, h.proposal,
    h.closed FROM held h JOIN record r ON r.id = h.record;
CREATE VIEW decision AS
  SELECT k.id, k.cycle, k.record, k.entity, k.field, k.winner, k.loser, k.loser_site, k.rule,
    k.entity_name, k.field_name, ifnull(c.started, '') AS time, k.undone
  FROM conflict k LEFT JOIN cycle c ON c.number = k.cycle;
)sql";

// Who may use the status page, and who is signed in. No cycle reads them; tokens are kept as
// hashes.
constexpr const char* accounts = R"sql(
CREATE TABLE account (
  name TEXT PRIMARY KEY COLLATE NOCASE, role TEXT NOT NULL CHECK (role IN ('reader', 'clerk', 'administrator')),
  password TEXT NOT NULL, token BLOB UNIQUE, made TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE session (
  token BLOB PRIMARY KEY, account TEXT NOT NULL COLLATE NOCASE, ends INTEGER NOT NULL) WITHOUT ROWID;
)sql";

// Parents that are gone are asked for their children whether or not they are still on their way.
constexpr const char* gone =
    "DROP INDEX record_going; CREATE INDEX record_gone ON record (entity) WHERE gone = 1";

// What somebody removed at a site, and what went with it: rows of one transaction. What lives on at
// one site alone. Roots that are in their table no more, and in which of the other places that the
// mapping names they were found; NULL: in none. And which site took the last turn at a field.
constexpr const char* missing = R"sql(
CREATE TABLE removal (
  record INTEGER NOT NULL, site INTEGER NOT NULL, tx TEXT NOT NULL, PRIMARY KEY (record, site)) WITHOUT ROWID;
CREATE INDEX record_alone ON record (entity)
  WHERE gone = 0 AND outside > 0 AND (shadow_0 IS NULL OR shadow_1 IS NULL);
CREATE TABLE missed (
  record INTEGER NOT NULL, site INTEGER NOT NULL, place INTEGER, PRIMARY KEY (record, site)) WITHOUT ROWID;
ALTER TABLE turn ADD COLUMN site INTEGER NOT NULL DEFAULT -1;
)sql";

// What the last census saw of a site, by name: the next one is judged by it.
constexpr const char* watch = R"sql(
CREATE TABLE watch (
  site INTEGER NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (site, name)) WITHOUT ROWID;
)sql";

// Rows that refer at their site to another record than their heads do: what a cascade there takes
// along.
constexpr const char* row_references = R"sql(
CREATE TABLE row_reference (
  parent INTEGER NOT NULL, site INTEGER NOT NULL, child INTEGER NOT NULL,
  PRIMARY KEY (parent, site, child)) WITHOUT ROWID;
CREATE INDEX row_reference_child ON row_reference (child);
)sql";

// From here on all that is read back as a row or a value carries its checksum (seal.hpp).
constexpr const char* seals = R"sql(
UPDATE record SET head = sealed(head), shadow_0 = sealed(shadow_0), shadow_1 = sealed(shadow_1),
  times = sealed(times);
UPDATE former_record SET head = sealed(head);
UPDATE unacknowledged SET ids = sealed(ids);
UPDATE batch SET payload = sealed(payload);
UPDATE held SET candidate_0 = sealed(candidate_0), candidate_1 = sealed(candidate_1),
  proposal = sealed(proposal);
UPDATE conflict SET winner = sealed(winner), loser = sealed(loser);
UPDATE history SET changes = sealed(changes);
UPDATE request SET body = sealed(body);
)sql";

// What people were told of, by each way of telling: no cycle reads it.
constexpr const char* notices = R"sql(
CREATE TABLE notice (
  event TEXT NOT NULL, way TEXT NOT NULL, items TEXT NOT NULL, told TEXT NOT NULL,
  PRIMARY KEY (event, way)) WITHOUT ROWID;
)sql";

// For the pages of the re-read list, in the order of its ids: SQLite would sort all of it for each.
constexpr const char* pages = "CREATE INDEX reread_page ON reread (site, entity)";

// What is told of a record: without them a page about one reads all that was ever logged.
constexpr const char* stories =
    "CREATE INDEX history_record ON history (record); "
    "CREATE INDEX conflict_record ON conflict (record)";

// The request by which somebody said that it troubles nobody; NULL: it waits.
constexpr const char* ignoring = R"sql(
ALTER TABLE held ADD COLUMN ignored INTEGER;
ALTER TABLE set_aside_write ADD COLUMN ignored INTEGER;
ALTER TABLE set_aside_read ADD COLUMN ignored INTEGER;
CREATE INDEX held_ignored ON held (record) WHERE ignored IS NOT NULL AND closed IS NULL;
DROP VIEW IF EXISTS held_item;
CREATE VIEW held_item AS
  SELECT h.id, h.record, r.entity, h.field, h.reason, h.candidate_0, h.candidate_1, h.opened, h.proposal,
    h.closed, q.who, q.reason AS why, q.made
  FROM held h JOIN record r ON r.id = h.record LEFT JOIN request q ON q.id = h.ignored;
)sql";

// In which cycle each site's value of a question came in, and when it was changed there, in
// microseconds since 1970; NULL: not known.
constexpr const char* arrivals = R"sql(
ALTER TABLE held ADD COLUMN came_0 INTEGER;
ALTER TABLE held ADD COLUMN came_1 INTEGER;
ALTER TABLE held ADD COLUMN changed_0 INTEGER;
ALTER TABLE held ADD COLUMN changed_1 INTEGER;
DROP VIEW IF EXISTS held_item;
CREATE VIEW held_item AS
  SELECT h.id, h.record, r.entity, h.field, h.reason, h.candidate_0, h.candidate_1, h.opened, h.proposal,
    h.closed, q.who, q.reason AS why, q.made, h.came_0, h.came_1, h.changed_0, h.changed_1
  FROM held h JOIN record r ON r.id = h.record LEFT JOIN request q ON q.id = h.ignored;
)sql";

// What people did that is no request. And when somebody has signed in last.
constexpr const char* acts = R"sql(
CREATE TABLE act (
  id INTEGER PRIMARY KEY, made TEXT NOT NULL, who TEXT NOT NULL, kind TEXT NOT NULL, about TEXT NOT NULL,
  record INTEGER, role TEXT NOT NULL, reason TEXT NOT NULL);
ALTER TABLE account ADD COLUMN signed_in TEXT;
)sql";

// Whom a row means by a field, one for each; what was noted before did not say by which.
constexpr const char* meanings = R"sql(
DROP TABLE row_reference;
CREATE TABLE row_reference (
  child INTEGER NOT NULL, site INTEGER NOT NULL, field INTEGER NOT NULL, parent INTEGER NOT NULL,
  PRIMARY KEY (child, site, field)) WITHOUT ROWID;
CREATE INDEX row_reference_parent ON row_reference (parent);
)sql";

constexpr const char* const all_migrations[] = {
    records, work,     people,   meeting,  pauses,   scope, mappings,       times,
    going,   requests, accounts, gone,     missing,  watch, row_references, seals,
    notices, pages,    stories,  ignoring, arrivals, acts,  meanings};

void seal_blob(sqlite3_context* context, int, sqlite3_value** values) {
  if (sqlite3_value_type(values[0]) == SQLITE_NULL) return sqlite3_result_null(context);
  const auto* bytes = static_cast<const char*>(sqlite3_value_blob(values[0]));
  const std::string whole =
      sealed(std::string{bytes, static_cast<std::size_t>(sqlite3_value_bytes(values[0]))});
  sqlite3_result_blob(context, whole.data(), static_cast<int>(whole.size()), SQLITE_TRANSIENT);
}

}  // namespace

std::span<const char* const> migrations() { return all_migrations; }

// Several programs may find an older file at once: each step begins as a writer, so that the others
// wait for it, and by the version that it finds then.
void migrate(SQLite::Database& database) {
  const auto version_now = [&] {
    return static_cast<std::size_t>(database.execAndGet("PRAGMA user_version").getInt());
  };
  const auto steps = migrations();
  sqlite3_create_function(database.getHandle(), "sealed", 1, SQLITE_UTF8 | SQLITE_DETERMINISTIC,
                          nullptr, seal_blob, nullptr, nullptr);
  while (version_now() < steps.size()) {
    SQLite::Transaction transaction{database, SQLite::TransactionBehavior::IMMEDIATE};
    const std::size_t version = version_now();
    if (version >= steps.size()) return;
    database.exec(steps[version]);
    database.exec("PRAGMA user_version = " + std::to_string(version + 1));
    transaction.commit();
  }
}

}  // namespace miroir
