#include "connectors/odbc/dialects/sqlite_dialect.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <stdexcept>

#include "connectors/lock_wait.hpp"

namespace miroir {
namespace {

// SQLite's result codes, without the extensions in the upper bits; the rest are mistakes a person
// must mend.
struct NativeCode {
  int code;
  const char* sqlstate;
  Recovery recovery;
  const char* hint;
};
constexpr std::array native_codes{
    NativeCode{5, "HYT00", Recovery::retry, "another program is writing"},  // BUSY
    NativeCode{6, "HYT00", Recovery::retry, ""},                            // LOCKED
    NativeCode{8, "25006", Recovery::misconfigured,
               "the file and its folder must be writable"},                        // READONLY
    NativeCode{9, "57014", Recovery::retry, "it ran longer than the limit"},       // INTERRUPT
    NativeCode{10, "08S01", Recovery::reconnect, "is the disk there and sound?"},  // IOERR
    NativeCode{11, "XX001", Recovery::misconfigured, "restore the file"},          // CORRUPT
    NativeCode{13, "53100", Recovery::misconfigured, "make room on the disk"},     // FULL
    NativeCode{14, "08001", Recovery::reconnect,
               "does the file exist, and may this user read and write it?"},          // CANTOPEN
    NativeCode{17, "40001", Recovery::retry, ""},                                     // SCHEMA
    NativeCode{18, "22001", Recovery::refused, "the value is too long"},              // TOOBIG
    NativeCode{19, "23000", Recovery::refused, ""},                                   // CONSTRAINT
    NativeCode{20, "22018", Recovery::refused, "the value does not fit the column"},  // MISMATCH
    NativeCode{26, "08004", Recovery::misconfigured,
               "Database= must name an SQLite file"},  // NOTADB
};

constexpr int error = 1;  // SQLITE_ERROR, for whatever has no code of its own.

std::string joined_by(const std::vector<std::string>& parts, std::string_view separator) {
  std::string out;
  for (const std::string& part : parts) {
    if (!out.empty()) out += separator;
    out += part;
  }
  return out;
}

// Where `incremented` must not guess: more digits than a double keeps. Reads as the database's
// "integer overflow".
std::string overflow(const std::string& column) {
  return "abs(min(-9223372036854775808, " + column + "))";
}

}  // namespace

const SqliteDialect& sqlite_dialect() {
  static const SqliteDialect dialect;
  return dialect;
}

std::string SqliteDialect::quote(std::string_view name) const {
  std::string out{'"'};
  for (const char c : name) {
    if (c == '\0') throw std::invalid_argument{"NUL in identifier"};
    out.append(c == '"' ? 2 : 1, c);
  }
  return out += '"';
}

// A text that the driver would cut comes as bytes.
std::string SqliteDialect::placeholder(std::size_t, ValueKind kind) const {
  return kind == ValueKind::text ? "CAST(? AS TEXT)" : "?";
}

OwnTables SqliteDialect::own_tables() const {
  return {{"", "miroir_journal"}, {"", "miroir_marker"}, {"", "miroir_site"}};
}

// IS, not =, for NULL; a column's own collation (NOCASE) must not make a change of case invisible.
// A BLOB column may hold a text, which is read as its bytes.
std::string SqliteDialect::same(const std::string& a, const std::string& b, ValueKind kind) const {
  if (kind == ValueKind::bytes) return "CAST(" + a + " AS BLOB) IS CAST(" + b + " AS BLOB)";
  return a + " COLLATE BINARY IS " + b;
}

// The driver ends a text at its first NUL, and makes the text X'00FF' of a blob in a text column.
// Both come as one byte that no UTF-8 has, a letter for what they are, and digits; so does a text
// that begins with that byte.
std::string SqliteDialect::selected(const std::string& expression, ValueKind kind) const {
  if (kind == ValueKind::bytes) return "CAST(" + expression + " AS BLOB)";
  if (kind != ValueKind::text) return expression;
  const auto coded = [&](const char* prefix) {
    return std::string{"CAST(X'"} + prefix + "' AS TEXT) || hex(" + expression + ")";
  };
  return "CASE WHEN typeof(" + expression + ") = 'blob' THEN " + coded("FF42") + " WHEN instr(" +
         expression + ", char(0)) OR " + expression +
         " COLLATE BINARY >= CAST(X'FF' AS TEXT) THEN " + coded("FF54") + " ELSE " + expression +
         " END";
}

Value SqliteDialect::read_text(std::string&& text) const {
  if (!text.starts_with('\xFF') || text.size() < 2) return text;
  std::string raw;
  for (std::size_t i = 2; i + 1 < text.size(); i += 2) {
    unsigned byte = 0;
    std::from_chars(text.data() + i, text.data() + i + 2, byte, 16);
    raw += static_cast<char>(byte);
  }
  if (text[1] == 'B') return Bytes{std::move(raw)};
  return raw;
}

std::string SqliteDialect::json_key(const std::vector<std::string>& parts) const {
  return "json_array(" + joined_by(parts, ", ") + ")";
}

// A column made from a table's keeps its affinity and loses its collation, length and constraints;
// one made from a literal keeps whatever is put into it.
std::vector<Statement> SqliteDialect::create_staging(
    const TableName& staging, const TableName& table,
    const std::vector<StagedColumn>& columns) const {
  std::vector<std::string> selected;
  for (const StagedColumn& column : columns) {
    selected.push_back(column.source + " AS " + quote(column.name));
  }
  return {{"CREATE TABLE IF NOT EXISTS " + quote(staging) + " AS SELECT " +
               joined_by(selected, ", ") + " FROM " + quote(table) + " WHERE 0",
           {}}};
}

TableName SqliteDialect::staging_table(std::string_view name) const {
  return {"temp", std::string{name}};
}

std::string SqliteDialect::update_from(const std::string& target,
                                       const std::vector<std::pair<std::string, std::string>>& sets,
                                       const std::string& source,
                                       const std::string& condition) const {
  std::vector<std::string> assignments;
  for (const auto& [column, value] : sets) assignments.push_back(column + " = " + value);
  return "UPDATE " + target + " SET " + joined_by(assignments, ", ") + " FROM " + source +
         " AS s WHERE " + condition;
}

// SQLite has no decimals: a double holds 15 digits exactly, more are an error rather than a guess.
// Written without trailing zeros, so that a TEXT column reads '13' and an INTEGER column stays one.
std::string SqliteDialect::incremented(const std::string& column, const std::string& increment,
                                       int scale) const {
  constexpr int digits_max = 15;
  if (scale < 0 || scale >= digits_max) {
    throw std::invalid_argument{"SQLite counts with at most 14 digits after the point"};
  }
  const std::string sum = "(CAST(" + column + " AS REAL) + CAST(" + increment + " AS REAL))";
  const std::string text = "printf('%." + std::to_string(scale) + "f', " + sum + ")";
  const std::string tidy = scale == 0 ? text : "rtrim(rtrim(" + text + ", '0'), '.')";
  return "CASE WHEN " + column + " IS NULL OR " + increment + " IS NULL THEN NULL WHEN abs(" + sum +
         ") < 1e" + std::to_string(digits_max - scale) + " AND abs(CAST(" + column +
         " AS REAL)) < 1e" + std::to_string(digits_max - scale) + " THEN " + tidy + " ELSE " +
         overflow(column) + " END";
}

// BEGIN IMMEDIATE has locked the whole file already.
std::vector<std::string> SqliteDialect::lock_rows(const RowLock& lock) const {
  std::string sets = lock.flag + " = 1";
  for (const auto& [into, from] : lock.copies)
    sets += ", " + into + " = " + lock.target + "." + from;
  return {"UPDATE " + lock.staging + " AS s SET " + sets + " FROM " + lock.target + " WHERE (" +
          lock.filter + ") AND " + lock.join};
}

std::string SqliteDialect::unpack_keys(const std::string& staging,
                                       const std::vector<std::string>& columns,
                                       const std::string& source) const {
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    parts.push_back("json_extract(k.key_text, '$[" + std::to_string(i) + "]')");
  }
  return "INSERT INTO " + staging + " (" + joined_by(columns, ", ") + ") SELECT " +
         joined_by(parts, ", ") + " FROM (" + source + ") AS k";
}

std::string SqliteDialect::joined(const std::string& text) const {
  return "group_concat(" + text + ", ',')";
}

Statement SqliteDialect::now() const {
  return {"SELECT strftime('%Y-%m-%dT%H:%M:%fZ', 'now')", {}};
}

std::optional<Judgement> SqliteDialect::judge(const Diagnostic& diagnostic) const {
  if (diagnostic.native == 0) return std::nullopt;  // The driver manager's, or the driver's own.
  if (diagnostic.native == error && diagnostic.message.starts_with("integer overflow")) {
    return Judgement{"22003", Recovery::refused, "a counter has more than 15 digits"};
  }
  const int primary = diagnostic.native & 0xff;
  const auto* known = std::ranges::find(native_codes, primary, &NativeCode::code);
  if (known == native_codes.end())
    return Judgement{diagnostic.sqlstate, Recovery::misconfigured, {}};
  return Judgement{known->sqlstate, known->recovery, known->hint};
}

bool SqliteDialect::says_no_transaction(const Diagnostic& diagnostic) const {
  return diagnostic.native == error &&
         diagnostic.message.find("no transaction is active") != std::string::npos;
}

std::vector<std::pair<std::string, std::string>> SqliteDialect::connection_options(
    const SessionLimits& limits) const {
  return {
      {"StepAPI", "1"},  // Streams rows; otherwise the driver holds whole results in memory.
      {"NoCreat", "1"},  // A file that is missing is an error, not a new and empty database.
      // The driver waits twice as long as it is told.
      {"Timeout", std::to_string(std::max<long long>(lock_wait_of(limits).count() / 2, 1))},
  };
}

std::vector<std::string> SqliteDialect::prologue(const SessionLimits&) const {
  // The first read finds what is no database. Not recursive_triggers: an application's "AFTER
  // UPDATE ... UPDATE the same row" works only without it, and would make every write of ours fail.
  return {"SELECT 1 FROM sqlite_schema LIMIT 1", "PRAGMA foreign_keys = ON"};
}

std::vector<std::string> SqliteDialect::begin_snapshot() const {
  // BEGIN alone sees nothing yet: the snapshot is that of the first read.
  return {"BEGIN", "SELECT 1 FROM sqlite_schema LIMIT 1", "PRAGMA query_only = ON"};
}

std::vector<std::string> SqliteDialect::end_snapshot() const {
  return {"PRAGMA query_only = OFF", "COMMIT"};
}

std::vector<std::string> SqliteDialect::rollback() const {
  return {"PRAGMA query_only = OFF", "ROLLBACK"};
}

// query_only knows no exception for temporary tables.
std::vector<std::string> SqliteDialect::snapshot_writes(bool allowed) const {
  return {allowed ? "PRAGMA query_only = OFF" : "PRAGMA query_only = ON"};
}

// By how every statement of ours that writes a staging table begins; whatever else comes stays
// refused.
bool SqliteDialect::writes_staging(std::string_view text) const {
  for (const char* verb : {"INSERT INTO ", "UPDATE ", "DELETE FROM ", "CREATE TABLE IF NOT EXISTS ",
                           "DROP TABLE IF EXISTS "}) {
    if (text.starts_with(verb + quote("temp") + ".")) return true;
  }
  return false;
}

std::vector<std::string> SqliteDialect::write_messages(
    std::span<const Statement> statements) const {
  // IMMEDIATE: waits for its turn before anything is read. A transaction that begins by reading and
  // then writes is refused at once where another one has written meanwhile. It keeps the whole
  // file's users waiting: not for staging tables, which are none of the file's.
  const bool is_ours = std::all_of(
      statements.begin(), statements.end(),
      [this](const Statement& statement) { return writes_staging(statement.text); });
  std::vector<std::string> messages{is_ours ? "BEGIN" : "BEGIN IMMEDIATE"};
  for (const Statement& statement : statements) messages.push_back(statement.text);
  messages.emplace_back("COMMIT");
  return messages;
}

}  // namespace miroir
