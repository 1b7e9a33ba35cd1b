// What the store's source files share; nobody else includes this.
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <cassert>
#include <initializer_list>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unordered_map>

#include "mirror/state/seal.hpp"
#include "mirror/state/store.hpp"
#include "schema/row_codec.hpp"

namespace miroir {

struct Store::Impl {
  Impl(std::unique_ptr<SQLite::Database> database, const Mapping& the_mapping)
      : db{std::move(database)}, mapping{&the_mapping} {}

  std::unique_ptr<SQLite::Database> db;
  const Mapping* mapping;
  const Mapping* mapping_before = nullptr;  // While a transaction adopts another one.
  bool waits_for_disk = true;               // Each commit, as `synchronous` was set last.
  bool is_in_memory = false;                // There is no disk.
  // By the address of their text, which is a literal: to look texts up would cost as much as many a
  // statement.
  std::unordered_map<const char*, std::unique_ptr<SQLite::Statement>> statements;

  // A prepared statement, reset; kept for the store's life.
  SQLite::Statement& prepare(const char* literal) {
    auto& statement = statements[literal];
    if (!statement) {
      statement = std::make_unique<SQLite::Statement>(*db, literal);
    } else {
      assert(statement->getQuery() == literal && "the text of a statement must be a literal");
      statement->tryReset();  // Of one that failed, who ran it has heard.
      statement->clearBindings();
    }
    return *statement;
  }

  // Whether `SELECT EXISTS ...` finds anything. Once it has not, a cycle does not ask again until
  // `none` says so no more.
  bool any(bool& none, const char* literal) {
    if (none) return false;
    SQLite::Statement& statement = prepare(literal);
    statement.executeStep();
    const bool found = statement.getColumn(0).getInt() != 0;
    statement.reset();
    none = is_of_a_cycle && !found;
    return found;
  }

  // Of those that begin and end transactions, which are many: compiled once. One that fails can be
  // run again.
  void run(const char* literal) {
    SQLite::Statement& statement = prepare(literal);
    try {
      statement.exec();
    } catch (...) {
      statement.tryReset();
      throw;
    }
    statement.reset();
  }

  // By root: see Store::remembered_aggregate.
  std::map<RecordId, std::vector<RecordState>> remembered;
  // Store::remembered, by site and name: read as a whole when it is first asked for, since a cycle
  // asks for all of it, and whoever writes it has the StoreLock.
  using Watched = std::map<std::pair<std::int64_t, std::string>, std::string>;
  std::optional<Watched> watched;
  // From start_cycle() on: whoever has the StoreLock is the only one who adds records, or any of
  // what is looked for below. Others ask the file each time.
  bool is_of_a_cycle = false;
  // Asked for by every chunk and batch, and nearly never there: known to be absent until something
  // is added or a transaction rolled back.
  struct Absent {
    PerSite<bool> row_references{};
    bool turns = false, set_aside_writes = false, twins = false;
  };
  Absent absent;
  // No record has a higher number, nor had one; unknown until a cycle asks.
  std::optional<std::int64_t> highest_record;
  // What never changes once it is there.
  std::string id;
  bool is_seeded = false;

  // Whether the commits to come wait for the disk. Not within a transaction.
  void wait_for_disk(bool wait);

  std::optional<std::string> meta(const std::string& name);
  void set_meta(const std::string& name, const std::string& value);
  // When a cycle began, which is when all that it decides was decided.
  void note_start(CycleNumber cycle, const std::string& started);
  // Keeps the text of the present mapping; nothing where it has none.
  void keep_mapping_text(CycleNumber since);
  // Whoever opened the store before another process adopted another mapping must not write by it.
  void require_same_mapping();

  // What a person writes while a cycle may run: one transaction from the look at what is there to
  // the change of it, since two people may do it at once.
  template <class F>
  auto beside_a_cycle(Store& store, F change) {
    begin_beside_a_cycle(store);
    try {
      require_same_mapping();
      auto result = change();
      store.commit();
      return result;
    } catch (...) {
      store.rollback();
      throw;
    }
  }
  void begin_beside_a_cycle(Store& store);  // Throws StoreBusy.

  // What somebody ignores waits again, and its record's history says so: a held field whose values
  // are others by now; what was refused once more after it was changed, or tried as a person wished.
  void reopen_field(RecordId record, std::size_t field, const PerSite<Value>& candidates,
                    CycleNumber cycle, Store& store);
  void reopen_write(SiteId site, RecordId root, CycleNumber cycle, Store& store);
  void reopen_read(const Stuck& stuck, CycleNumber cycle, Store& store);
  // By that request, in the open transaction; false: it is not as it was shown.
  bool ignore(const Ignoring& what, std::int64_t request, const Store& store);
  std::int64_t insert(const Request& request);  // In the open transaction; returns its number.
  void replace_answers(const Request& by, std::int64_t inserted, Store& store);
  void shorten_resync(std::int64_t request);  // Which has ended.
};

// Of a row of the view `decision`, and of the table `request`.
LoggedConflict read_conflict(SQLite::Statement& row, const Mapping& mapping);
EndedRequest read_request(SQLite::Statement& row);

inline void bind_blob(SQLite::Statement& statement, int index, std::string bytes) {
  const std::string whole = sealed(std::move(bytes));
  statement.bind(index, static_cast<const void*>(whole.data()), static_cast<int>(whole.size()));
}

// Valid until the statement's next step; empty: NULL. Throws StoreError where its seal is broken.
inline std::string_view blob_of(const SQLite::Column& column) {
  const auto* bytes = static_cast<const char*>(column.getBlob());
  if (bytes == nullptr) return {};
  const std::string_view whole{bytes, static_cast<std::size_t>(column.getBytes())};
  if (!is_sealed(whole)) throw damaged("a row in it is not as it was written");
  return whole.substr(0, whole.size() - seal_size);
}

inline void bind_value(SQLite::Statement& statement, int index, const Value& value) {
  bind_blob(statement, index, encode_row({value}));
}

inline Value value_of(const SQLite::Column& column) {
  return column.isNull() ? Value{Null{}} : decode_row(blob_of(column)).at(0);
}

// Three columns from `first` on; NULL: it is not ignored.
inline std::optional<Ignored> read_ignored(SQLite::Statement& row, int first) {
  if (row.getColumn(first).isNull()) return std::nullopt;
  return Ignored{row.getColumn(first).getString(), row.getColumn(first + 1).getString(),
                 row.getColumn(first + 2).getString()};
}

// Runs a statement that gives no rows, or whose rows do not matter.
inline void finish(SQLite::Statement& statement) {
  while (statement.executeStep()) {
  }
  statement.reset();
}

// All records that a statement gives, by their ids in its first column.
inline std::vector<RecordId> ids_of(SQLite::Statement& statement) {
  std::vector<RecordId> found;
  while (statement.executeStep()) found.emplace_back(statement.getColumn(0).getInt64());
  statement.reset();
  return found;
}

inline std::int64_t number(SiteId site) { return static_cast<std::int64_t>(index(site)); }
inline std::int64_t number(EntityId entity) { return static_cast<std::int64_t>(entity.raw()); }
inline std::int64_t number(RecordId record) { return record.raw(); }
inline std::int64_t number(CycleNumber cycle) { return cycle.raw(); }

// Runs statements that take ?1 the key that a row has now, ?2 its entity, ?3 the key that it had,
// ?4 its site.
template <class Impl>
void rename_key(Impl& impl, std::initializer_list<const char*> statements, SiteId site,
                EntityId entity, const Key& before, const Key& after) {
  for (const char* sql : statements) {
    auto& statement = impl.prepare(sql);
    statement.bind(1, key_text(after));
    statement.bind(2, number(entity));
    statement.bind(3, key_text(before));
    statement.bind(4, number(site));
    finish(statement);
  }
}

}  // namespace miroir
