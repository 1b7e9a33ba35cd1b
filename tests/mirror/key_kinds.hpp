// What types of columns a key may have at a site: a table whose key is of the type, with parts
// that name it, goes the whole way of a row. What cannot go it must be refused by name when the
// mapping is bound.
#pragma once

#include <catch2/catch.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "connectors/journal.hpp"
#include "mirror/site_local.hpp"
#include "schema/mapping_file.hpp"
#include "schema/row_codec.hpp"

namespace miroir::test {

// A type that works: what users write into the column, as SQL, in no order.
struct KeyType {
  std::string type;
  std::string field;  // The field's type, and what the mapping file says besides.
  std::vector<std::string> values;
};

// One that does not, and what is said of it.
struct RefusedKey {
  std::string type, field, said;
};

inline std::string mapping_of_key(const std::string& field) {
  const std::string thing = R"({"table": "thing", "key": [{"column": "k"}]})";
  const std::string piece = R"({"table": "piece",
    "key": [{"column": "k", "from": "parent", "parent": "k"}, {"column": "no", "from": "number", "step": 1}]})";
  return R"({"sites": ["here", "there"], "conflicts": "here wins", "entities": {
    "thing": {"here": )" +
         thing + R"(, "there": )" + thing + R"(, "fields": {
      "k": {"type": )" +
         field + R"(, "here": "k", "there": "k"},
      "note": {"type": "text", "here": "note", "there": "note"}}},
    "piece": {"part_of": "thing", "here": )" +
         piece + R"(, "there": )" + piece + R"(, "fields": {
      "what": {"type": "text", "here": "what", "there": "what"}}}}})";
}

inline std::string tables_of_key(const std::string& type) {
  return "CREATE TABLE thing (k " + type +
         " NOT NULL PRIMARY KEY, note VARCHAR(50)); CREATE TABLE piece (k " + type +
         " NOT NULL, no INTEGER NOT NULL, what VARCHAR(50), PRIMARY KEY (k, no));";
}

class KeyUnderTest {
 public:
  using Run = std::function<void(const std::string&)>;

  // The tables must be there. `users` runs what the site's users do.
  KeyUnderTest(const LocalSite::Open& open, Run users, const std::string& field)
      : users_{std::move(users)},
        mapping_{mapping_of(field)},
        site_{open, mapping_, SiteId::first} {
    site_.connect();
    for (const Mistake& one : bind_columns(
             mapping_, SiteId::first, [&](const TableName& name) { return site_.describe(name); },
             "keys.json"))
      mistakes_.push_back(to_string(one));
  }

  const std::vector<std::string>& mistakes() const { return mistakes_; }

  // What users do is read, and what is delivered is written, under each key.
  void check(const std::vector<std::string>& values) {
    for (const std::string& one : mistakes_) FAIL(one);
    install(site_.session(), mapping_, SiteId::first);
    REQUIRE(site_.claim({"store", CycleNumber{1}}));
    for (const std::string& value : values) {
      users_("INSERT INTO thing (k, note) VALUES (" + value + ", 'new')");
      users_("INSERT INTO piece (k, no, what) VALUES (" + value + ", 1, 'cork')");
    }
    const std::vector<Key> keys = listed();
    REQUIRE(keys.size() == values.size());
    CHECK(rows_read(keys) == 2 * values.size());
    check_pages({keys.begin(), keys.end()});
    forget();
    for (const std::string& value : values) check_one(value, values.size());
  }

 private:
  static inline const EntityId thing{0}, piece{1};

  static Mapping mapping_of(const std::string& field) {
    auto read = read_mapping(mapping_of_key(field), "keys.json");
    if (const auto* wrong = std::get_if<std::vector<Mistake>>(&read)) FAIL(to_string(wrong->at(0)));
    return std::get<Mapping>(std::move(read));
  }

  void check_one(const std::string& value, std::size_t count) {
    INFO(value);
    const std::string where = " WHERE k = " + value;
    users_("UPDATE thing SET note = 'other'" + where);
    REQUIRE(listed().size() == 1);
    const Key key = through_store(listed()[0]);
    CHECK(rows_read({key}) == 1);
    forget();
    users_("UPDATE piece SET what = 'bung'" + where);
    CHECK(rows_read({key}) == 1);
    forget();
    users_("DELETE FROM piece" + where);
    users_("DELETE FROM thing" + where);
    const Extract gone = site_.extract({thing, {key}, {}});
    CHECK(gone.journal.size() == 2);
    for (const ReadRow& row : gone.rows) CHECK_FALSE(row.row);
    const Census census = site_.take_census();
    REQUIRE(census.entities.contains(thing.raw()));
    CHECK(census.entities.at(thing.raw()).deleted_roots == 1);
    forget();

    deliver({}, changes(WriteOp::insert, key, "", "put"));
    deliver(key, changes(WriteOp::update, key, "put", "moved"));
    users_("UPDATE thing SET note = 'mine'" + where);
    CHECK(rows_read({key}) == 1);
    users_("UPDATE thing SET note = 'moved'" + where);
    forget();
    deliver(key, changes(WriteOp::remove, key, "moved", ""));
    CHECK(site_.count(thing) == count - 1);
    users_("INSERT INTO thing (k, note) VALUES (" + value + ", 'again')");
    CHECK(rows_read({key}) == 1);
    forget();
  }

  const SiteTable& table(EntityId id) const { return mapping_.table(id, SiteId::first); }
  std::vector<Key> listed() {
    std::vector<Key> keys;
    for (const ListedRoot& root : site_.list_roots(thing, "", 100)) keys.push_back(root.root);
    return keys;
  }
  // As the store has it.
  Key through_store(const Key& key) const {
    return parse_key_text(key_text(key), table(thing).key_kinds());
  }
  // How many of the rows that the journal names are there under their keys.
  std::size_t rows_read(const std::vector<Key>& keys) {
    std::size_t found = 0;
    for (const ReadRow& row : site_.extract({thing, keys, {}}).rows) {
      if (!row.row) continue;
      ++found;
      CHECK(table(row.entity).key_of(*row.row) == row.key);
    }
    return found;
  }
  void forget() {
    std::vector<JournalId> ids;
    for (const JournalRow& row : site_.extract({thing, listed(), {}}).journal)
      ids.push_back(row.id);
    site_.acknowledge(ids, {"store", CycleNumber{2}});
    REQUIRE(listed().empty());
  }
  // Each row once, as a first seed reads them.
  void check_pages(const std::set<Key>& keys) {
    std::set<Key> found;
    std::optional<Key> after;
    for (auto rows = site_.read_page(thing, after, 2); !rows.empty();
         rows = site_.read_page(thing, after, 2)) {
      for (const Row& row : rows) {
        const Key key = table(thing).key_of(row);
        REQUIRE(found.insert(key).second);
        after = through_store(key);
      }
    }
    CHECK(found == keys);
  }

  Row row_of(EntityId id, const Value& key, const char* text) const {
    Row row;
    for (const Column& column : table(id).columns) {
      if (column.name == "k") {
        row.push_back(key);
      } else if (column.name == "no") {
        row.emplace_back(std::int64_t{1});
      } else {
        row.emplace_back(std::string{text});
      }
    }
    return row;
  }
  std::vector<RowChange> changes(WriteOp op, const Key& key, const char* before,
                                 const char* after) const {
    std::vector<RowChange> both;
    for (const EntityId id : {thing, piece}) {
      const Row expected = row_of(id, key[0], before), given = row_of(id, key[0], after);
      RowChange& one =
          both.emplace_back(RowChange{RecordId{1}, id, op, table(id).key_of(given), {}, {}, {}});
      if (op != WriteOp::insert) one.expected = expected;
      if (op != WriteOp::remove) one.given = given;
      for (std::size_t i = 0; op == WriteOp::update && i < given.size(); ++i) {
        if (given[i] == expected[i]) continue;
        one.columns.push_back(i);
        one.compared.push_back(i);
      }
    }
    return both;
  }
  // All of it is miroir's own, and leaves nothing in the journal.
  void deliver(const Key& root, std::vector<RowChange> rows) {
    const Delivered delivered = site_.deliver({BatchId{++batches_},
                                               CycleNumber{3},
                                               "store",
                                               thing,
                                               {{RecordId{1}, root, std::move(rows)}},
                                               std::nullopt});
    CHECK(delivered.results == std::vector{WriteResult::written});
    CHECK(delivered.otherwise.empty());
    CHECK(listed().empty());
  }

  Run users_;
  Mapping mapping_;
  LocalSite site_;
  std::vector<std::string> mistakes_;
  std::int64_t batches_ = 0;
};

// Both the root and its part say so, with their tables' names.
inline void check_refused(const KeyUnderTest& under, const RefusedKey& key) {
  INFO(key.type);
  const auto& mistakes = under.mistakes();
  for (const std::string& one : mistakes) UNSCOPED_INFO(one);
  for (const char* place :
       {"thing/here/key/0: column 'k' of 'thing'", "piece/here/key/0: column 'k' of 'piece'"}) {
    const bool said = std::any_of(mistakes.begin(), mistakes.end(), [&](const std::string& one) {
      return one.find(place) != std::string::npos &&
             one.find("cannot be a key's") != std::string::npos &&
             one.find(key.said) != std::string::npos;
    });
    CHECK(said);
  }
}

}  // namespace miroir::test
