// Extraction: the journal of the roots that are asked for, and exactly the rows that it names.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "connectors/journal.hpp"
#include "mirror/site_local.hpp"
#include "schema/row_codec.hpp"

namespace miroir {
namespace {

JournalOp op_of(const std::string& letter) {
  if (letter == "I") return JournalOp::insert;
  if (letter == "U") return JournalOp::update;
  if (letter == "D") return JournalOp::remove;
  return JournalOp::truncate;
}

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

void LocalSite::upload_keys(const TableName& staging, EntityId id, const std::vector<Key>& keys,
                            const std::set<Key>& whole) {
  std::vector<std::string> columns{"seq", "whole"};
  for (std::size_t i = 0; i < table(id).key.size(); ++i) columns.push_back(fmt::format("k{}", i));
  std::size_t next = 0;
  session().upload(staging, columns, [&](Row& row) {
    if (next == keys.size()) return false;
    row = {static_cast<std::int64_t>(next), std::int64_t{whole.contains(keys[next]) ? 1 : 0}};
    row.insert(row.end(), keys[next].begin(), keys[next].end());
    ++next;
    return true;
  });
}

Key LocalSite::parse_key(const Value& text, EntityId id) const {
  try {
    return parse_key_text(std::get<std::string>(text), table(id).key_kinds());
  } catch (const CodecError& error) {
    throw DbError{
        fmt::format("the journal of {} cannot be read: {}", entity(id).name, error.what()), "22023",
        Recovery::misconfigured, "were its triggers installed with the same mapping?"};
  }
}

JournalRow LocalSite::journal_row(const Row& row, EntityId listed_under) {
  const std::string& part = std::get<std::string>(row[1]);
  const Entity* of = mapping_.find(part);
  if (of == nullptr) {  // A part that is mirrored no more: only to be acknowledged.
    JournalRow former;
    former.id = JournalId{std::get<std::int64_t>(row[0])};
    former.entity = listed_under;
    former.op = JournalOp::truncate;
    return former;
  }
  const EntityId root = of->root.value_or(of->id);
  const auto key = [&](std::size_t column, EntityId id) {
    return is_null(row[column]) ? std::nullopt : std::optional<Key>{parse_key(row[column], id)};
  };
  JournalRow read;
  read.id = JournalId{std::get<std::int64_t>(row[0])};
  read.entity = of->id;
  read.op = op_of(std::get<std::string>(row[2]));
  read.old_key = key(3, of->id);
  read.new_key = key(4, of->id);
  read.old_root = key(5, root);
  read.new_root = key(6, root);
  read.transaction = std::get<std::string>(row[7]);
  if (const auto* origin = std::get_if<std::int64_t>(&row[8])) read.origin = BatchId{*origin};
  if (const auto* at = row.size() > 9 ? std::get_if<Instant>(&row[9]) : nullptr) read.at = *at;
  return read;
}

std::vector<JournalRow> LocalSite::read_journal_rows(EntityId root) {
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < table(root).key.size(); ++i)
    parts.push_back("s." + quote(fmt::format("k{}", i)));
  const bool times = mapping_.needs_times(root);
  const Statement read = read_journal(dialect(), entity(root).name, keys_table(root, "asked"),
                                      dialect().json_key(parts), times);
  std::vector<ValueKind> kinds{ValueKind::integer, ValueKind::text, ValueKind::text,
                               ValueKind::text,    ValueKind::text, ValueKind::text,
                               ValueKind::text,    ValueKind::text, ValueKind::integer};
  if (times) kinds.push_back(ValueKind::instant);
  std::vector<JournalRow> rows;
  session().query(read, kinds, [&](Row&& row) { rows.push_back(journal_row(row, root)); });
  return rows;
}

Extract LocalSite::extract(const ExtractRequest& request) {
  return guarded([&] {
    const EntityId root = request.entity;
    std::set<Key> roots{request.roots.begin(), request.roots.end()};
    const std::set<Key> whole{request.whole.begin(), request.whole.end()};
    roots.insert(whole.begin(), whole.end());
    Extract extract;
    if (roots.empty()) return extract;
    create_keys_tables(root);
    std::vector<Statement> empty{{dialect().empty_staging(keys_table(root, "asked")), {}},
                                 {dialect().empty_staging(keys_table(root, "named")), {}}};
    for (const EntityId part : entity(root).parts) {
      empty.push_back({dialect().empty_staging(keys_table(part, "named")), {}});
    }
    session().run_transaction(empty);
    upload_keys(keys_table(root, "asked"), root, {roots.begin(), roots.end()}, whole);
    in_snapshot([&] {
      // What a root was renamed from or to belongs to it; asked again until nothing new turns up.
      for (bool complete = false; !complete;) {
        extract.journal = read_journal_rows(root);
        std::set<Key> more;
        for (const JournalRow& row : extract.journal) {
          for (const auto& key : {row.old_root, row.new_root}) {
            if (key && roots.insert(*key).second) more.insert(*key);
          }
        }
        complete = more.empty();
        if (!complete) upload_keys(keys_table(root, "asked"), root, {more.begin(), more.end()}, {});
      }
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
      for (const auto& [id, keys] : named) read_named(id, {keys.begin(), keys.end()}, extract);
    });
    return extract;
  });
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
      fmt::format("SELECT {} FROM {} AS s JOIN {} AS t ON {} AND s.{} = 1", columns_of("t", part),
                  dialect().quote(keys_table(root, "asked")), dialect().quote(table(part).name),
                  named_by(dialect(), pairs), quote("whole")),
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
  upload_keys(staging, id, keys, {});
  const std::size_t first = extract.rows.size();
  for (const Key& one : keys) extract.rows.push_back({id, one, std::nullopt});
  const Statement read{fmt::format("SELECT s.{}, {} FROM {} AS s JOIN {} AS t ON {}", quote("seq"),
                                   columns_of("t", id), dialect().quote(staging),
                                   dialect().quote(table(id).name), staged_key(id)),
                       {}};
  session().query(read, kinds_of(id, true), [&](Row&& row) {
    const auto seq = static_cast<std::size_t>(std::get<std::int64_t>(row.front()));
    row.erase(row.begin());
    extract.rows[first + seq].row = std::move(row);
  });
}

}  // namespace miroir
