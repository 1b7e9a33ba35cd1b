// Extraction: the journal of the roots that are asked for, and exactly the rows that it names.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "connectors/journal.hpp"
#include "mirror/journal_text.hpp"
#include "mirror/site_local.hpp"
#include "schema/row_codec.hpp"

namespace miroir {
namespace {

// More kinds of updates than these in one chunk, and rows travel as a whole.
constexpr std::size_t column_sets_max = 8;

}  // namespace

// Two for each entity: "asked" for the roots that are asked for, "named" for the keys that are
// read.
TableName LocalSite::keys_table(EntityId id, std::string_view purpose) {
  return dialect().staging_table(fmt::format("miroir_{}_{}", purpose, id.raw()));
}

void LocalSite::create_keys_tables(EntityId root) {
  std::vector<EntityId> all{root};
  all.insert(all.end(), entity(root).parts.begin(), entity(root).parts.end());
  std::vector<Statement> create;
  for (const EntityId id : all) {
    std::vector<Dialect::StagedColumn> columns{{"seq", "0", ValueKind::integer},
                                               {"whole", "0", ValueKind::integer}};
    const auto& key = table(id).key;
    for (std::size_t i = 0; i < key.size(); ++i) {
      const Column& column = table(id).columns[key[i].column];
      columns.push_back({fmt::format("k{}", i), quote(column.name), column.kind});
    }
    for (const char* purpose : {"asked", "named"}) {
      for (Statement& one :
           dialect().create_staging(keys_table(id, purpose), table(id).name, columns)) {
        create.push_back(std::move(one));
      }
    }
  }
  stage_once(keys_table(root, "asked"), create);
}

// The keys' numbers go on from `first`.
void LocalSite::upload_keys(const TableName& staging, EntityId id, const std::vector<Key>& keys,
                            std::size_t first, bool whole) {
  if (keys.empty()) return;
  filled_.insert(staging);
  std::vector<std::string> columns{"seq"};
  if (whole) columns.emplace_back("whole");
  for (std::size_t i = 0; i < table(id).key.size(); ++i) columns.push_back(fmt::format("k{}", i));
  std::size_t next = 0;
  session().upload(staging, columns, [&](Row& row) {
    if (next == keys.size()) return false;
    row = {static_cast<std::int64_t>(first + next)};
    if (whole) row.emplace_back(std::int64_t{1});
    row.insert(row.end(), keys[next].begin(), keys[next].end());
    ++next;
    return true;
  });
}

Key LocalSite::parse_key(const Value& text, EntityId id) const {
  try {
    return parse_key_text(std::get<std::string>(text), table(id).key_kinds());
  } catch (const CodecError& error) {
    throw unreadable_journal(id, error);
  }
}

DbError LocalSite::unreadable_journal(EntityId id, const CodecError& error) const {
  return {fmt::format("the journal of {} cannot be read: {}", entity(id).name, error.what()),
          "22023", Recovery::misconfigured, "were its triggers installed with the same mapping?"};
}

std::vector<JournalRow> LocalSite::read_journal_rows(EntityId root, const std::vector<Key>& asked) {
  const bool times = mapping_.needs_times(root);
  const Statement read = read_journal(dialect(), entity(root).name, keys_table(root, "asked"),
                                      staged_key_text(root), times);
  std::vector<ValueKind> kinds{ValueKind::integer, ValueKind::integer, ValueKind::text};
  if (times) kinds.push_back(ValueKind::instant);
  const JournalReader reader{mapping_, site_, root};
  std::vector<JournalRow> rows;
  Value said;
  session().query(read, kinds, [&](Row&& row) {
    const Key& listed = asked.at(static_cast<std::size_t>(std::get<std::int64_t>(row[1])));
    if (row[2] != Value{std::string{said_before}}) said = std::move(row[2]);
    try {
      for (JournalRow& one : reader.rows(listed, said)) {
        one.id = JournalId{std::get<std::int64_t>(row[0])};
        if (times && !is_null(row[3])) one.at = std::get<Instant>(row[3]);
        rows.push_back(std::move(one));
      }
    } catch (const CodecError& error) {
      throw unreadable_journal(root, error);
    }
  });
  return rows;
}

// json_key() of the key that is staged as s.
std::string LocalSite::staged_key_text(EntityId root) {
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < table(root).key.size(); ++i)
    parts.push_back("s." + quote(fmt::format("k{}", i)));
  return dialect().json_key(parts);
}

Extract LocalSite::extract(const ExtractRequest& request) {
  return guarded([&] {
    const EntityId root = request.entity;
    const std::set<Key> whole{request.whole.begin(), request.whole.end()};
    std::set<Key> roots{request.roots.begin(), request.roots.end()};
    std::vector<Key> asked;
    std::set_difference(roots.begin(), roots.end(), whole.begin(), whole.end(),
                        std::back_inserter(asked));
    roots.insert(whole.begin(), whole.end());
    Extract extract;
    if (roots.empty()) return extract;
    create_keys_tables(root);
    empty_keys_tables(root);
    const TableName staging = keys_table(root, "asked");
    upload_keys(staging, root, asked, 0, false);
    upload_keys(staging, root, {whole.begin(), whole.end()}, asked.size(), true);
    asked.insert(asked.end(), whole.begin(), whole.end());
    extract.tells_transactions = dialect().journal_tells_transactions();
    in_snapshot([&] {
      // What a root was renamed from or to belongs to it; asked again until nothing new turns up.
      for (bool complete = false; !complete;) {
        extract.journal = read_journal_rows(root, asked);
        std::vector<Key> more;
        for (const JournalRow& row : extract.journal) {
          for (const auto& key : {row.old_root, row.new_root}) {
            if (key && roots.insert(*key).second) more.push_back(*key);
          }
        }
        complete = more.empty();
        upload_keys(staging, root, more, asked.size(), false);
        asked.insert(asked.end(), more.begin(), more.end());
      }
      read_rows(request, whole, asked, extract);
    });
    return extract;
  });
}

// Those that the extraction before has filled: to empty a table costs more than to look. If that
// fails, they still hold what was asked for before.
void LocalSite::empty_keys_tables(EntityId root) {
  std::vector<TableName> tables{keys_table(root, "asked"), keys_table(root, "named")};
  for (const EntityId part : entity(root).parts) tables.push_back(keys_table(part, "named"));
  std::erase_if(tables, [&](const TableName& staging) { return !filled_.contains(staging); });
  if (tables.empty()) return;
  std::vector<Statement> empty;
  for (const TableName& staging : tables) empty.push_back({dialect().empty_staging(staging), {}});
  session().run_transaction(empty);
  for (const TableName& staging : tables) filled_.erase(staging);
}

// The rows that the journal names, and all of the roots that are wanted as a whole.
void LocalSite::read_rows(const ExtractRequest& request, const std::set<Key>& whole,
                          const std::vector<Key>& asked, Extract& extract) {
  const EntityId root = request.entity;
  std::map<EntityId, std::set<Key>> named;
  named[root] = whole;
  for (const JournalRow& row : extract.journal) {
    for (const auto& key : {row.old_key, row.new_key}) {
      if (key) named[row.entity].insert(*key);
    }
  }
  for (auto& [id, keys] : named) {
    const SiteTable& of = table(id);
    std::erase_if(keys, [&](const Key& key) { return !of.in_scope(key); });
  }
  for (const EntityId part : entity(root).parts) {
    std::set<Key> seen;
    if (!whole.empty()) read_whole_parts(root, part, seen, extract);
    std::erase_if(named[part], [&](const Key& key) { return seen.contains(key); });
  }
  const KnownRows known = known_rows(request, whole, extract.journal);
  for (const auto& [key, columns] : known.columns) named[root].erase(key);
  read_known(root, known, asked, extract);
  for (const auto& [id, keys] : named) read_named(id, {keys.begin(), keys.end()}, extract);
}

// Those that were only updated, in columns that the journal names, and that the caller knows as
// they were before. Each set of columns costs a query.
LocalSite::KnownRows LocalSite::known_rows(const ExtractRequest& request,
                                           const std::set<Key>& whole,
                                           const std::vector<JournalRow>& journal) const {
  KnownRows known;
  std::set<Key> others{whole};
  for (const JournalRow& row : journal) {
    if (row.entity != request.entity) continue;
    const bool only_updated = row.old_key && row.old_key == row.new_key && row.changed &&
                              request.known.contains(*row.old_key) &&
                              table(row.entity).in_scope(*row.old_key);
    const bool one_more = only_updated && !known.sets.contains(*row.changed);
    if (!only_updated || (one_more && known.sets.size() == column_sets_max)) {
      for (const auto& key : {row.old_key, row.new_key}) {
        if (key) others.insert(*key);
      }
      continue;
    }
    known.sets.insert(*row.changed);
    known.columns[*row.old_key].insert(row.changed->begin(), row.changed->end());
  }
  for (const Key& key : others) known.columns.erase(key);
  return known;
}

// Only the columns that updates have changed travel; a row that is not there does not.
void LocalSite::read_known(EntityId root, const KnownRows& known, const std::vector<Key>& asked,
                           Extract& extract) {
  if (known.columns.empty()) return;
  std::map<Key, std::size_t> place;
  for (const auto& [key, columns] : known.columns) {
    place[key] = extract.rows.size();
    extract.rows.push_back({root, key, std::nullopt, std::vector(columns.begin(), columns.end())});
  }
  for (const std::vector<std::size_t>& columns : known.sets) {
    std::string names, selected;
    std::vector<ValueKind> kinds{ValueKind::integer};
    for (const std::size_t i : columns) {
      const Column& column = table(root).columns[i];
      names += (names.empty() ? "" : column_separator) + column.name;
      selected += (selected.empty() ? "" : ", ") +
                  dialect().selected("t." + quote(column.name), column.kind);
      kinds.push_back(column.kind);
    }
    const Statement read = read_changed(
        dialect(), entity(root).name, keys_table(root, "asked"), staged_key_text(root), names,
        selected, dialect().look_up(dialect().quote(table(root).name), "t", staged_key(root)));
    session().query(read, kinds, [&](Row&& row) {
      const auto at =
          place.find(asked.at(static_cast<std::size_t>(std::get<std::int64_t>(row[0]))));
      if (at == place.end()) return;
      auto& found = extract.rows[at->second].row;
      if (!found) found.emplace(table(root).columns.size(), Null{});
      for (std::size_t i = 0; i < columns.size(); ++i) (*found)[columns[i]] = std::move(row[i + 1]);
    });
  }
}

void LocalSite::read_whole_parts(EntityId root, EntityId part, std::set<Key>& seen,
                                 Extract& extract) {
  const std::vector<std::size_t> columns = root_columns(mapping_, part, site_);
  std::vector<KeyPair> pairs;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const Column& column = table(part).columns[columns[i]];
    pairs.push_back({"t." + quote(column.name), "s." + quote(fmt::format("k{}", i)), column.kind});
  }
  const Statement read{
      fmt::format("SELECT {} FROM {} AS s JOIN {} AS t ON {} AND s.{} = 1{}", columns_of(part),
                  dialect().quote(keys_table(root, "asked")), dialect().quote(table(part).name),
                  named_by(dialect(), pairs), quote("whole"), joined_satellites(part)),
      {}};
  session().query(read, kinds_of(part, false), [&](Row&& row) {
    Key key = table(part).key_of(row);
    if (!table(part).in_scope(key) || !seen.insert(key).second) return;
    extract.rows.push_back({part, std::move(key), std::move(row)});
  });
}

// Each key gets its row, or none; only the rows that are there travel back.
void LocalSite::read_named(EntityId id, const std::vector<Key>& keys, Extract& extract) {
  if (keys.empty()) return;
  const TableName staging = keys_table(id, "named");
  upload_keys(staging, id, keys, 0, false);
  const std::size_t first = extract.rows.size();
  for (const Key& one : keys) extract.rows.push_back({id, one, std::nullopt});
  const Statement read{
      fmt::format("SELECT s.{}, {} FROM {} AS s {}{}", quote("seq"), columns_of(id),
                  dialect().quote(staging),
                  dialect().look_up(dialect().quote(table(id).name), "t", staged_key(id)),
                  joined_satellites(id)),
      {}};
  session().query(read, kinds_of(id, true), [&](Row&& row) {
    const auto seq = static_cast<std::size_t>(std::get<std::int64_t>(row.front()));
    row.erase(row.begin());
    extract.rows[first + seq].row = std::move(row);
  });
}

}  // namespace miroir
