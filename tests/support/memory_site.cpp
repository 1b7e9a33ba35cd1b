// The port of MemorySite, without delivery.
#include "tests/support/memory_site.hpp"

#include <algorithm>
#include <stdexcept>

#include "connectors/journal.hpp"
#include "schema/row_codec.hpp"

namespace miroir::test {

MemorySite::MemorySite(const Mapping& mapping, SiteId site)
    : mapping_{&mapping},
      site_{site},
      tables_(mapping.entities.size()),
      generated_(mapping.entities.size(), 0) {
  catalogue_ = catalogue_now();
}

void MemorySite::lose(Recovery recovery, std::string_view call) {
  connected_ = false;
  throw DbError{"the line was cut during " + std::string{call},
                recovery == Recovery::in_doubt ? "08007" : "08006", recovery};
}

Fault MemorySite::next(std::string_view call, std::initializer_list<Fault> possible) {
  if (!connected_) lose(Recovery::reconnect, call);
  const Fault fault = faults ? faults(call) : Fault::none;
  if (fault == Fault::none || fault == Fault::after) return fault;
  if (std::find(possible.begin(), possible.end(), fault) != possible.end()) return fault;
  lose(Recovery::reconnect, call);
}

void MemorySite::answer(Fault fault, Recovery recovery, std::string_view call) {
  if (fault != Fault::none) lose(recovery, call);
}

void MemorySite::connect() {
  const Fault fault = faults ? faults("connect") : Fault::none;
  connected_ = fault == Fault::none;
  if (!connected_) lose(Recovery::reconnect, "connect");
}

CatalogTable MemorySite::describe(const TableName& name) {
  const Fault fault = next("describe", {});
  CatalogTable found;
  for (const Entity& candidate : mapping_->entities) {
    const SiteTable& here = candidate.table[index(site_)];
    for (const Column& column : here.columns) {
      const TableName& its =
          column.satellite == 0 ? here.name : here.satellites[column.satellite - 1].table;
      if (its != name || column.name.empty()) continue;
      found.columns.push_back({column.name, std::string{name_of(column.kind)}, column.kind, true,
                               std::nullopt, false, false});
    }
    if (here.name != name) continue;
    std::vector<std::string> key;
    for (const KeyColumn& part : here.key) key.push_back(here.columns[part.column].name);
    found.unique_keys.push_back(std::move(key));
  }
  answer(fault, Recovery::reconnect, "describe");
  return found;
}

Instant MemorySite::clock() {
  const Fault fault = next("clock", {});
  answer(fault, Recovery::reconnect, "clock");
  return time;
}

Key MemorySite::root_key(EntityId id, const Row& row) const {
  Key key;
  for (const std::size_t column : root_columns(*mapping_, id, site_)) key.push_back(row[column]);
  return key;
}

std::vector<Key> MemorySite::parts_of(EntityId part, const Key& root) const {
  std::vector<Key> found;
  for (const auto& [key, row] : rows(part)) {
    if (root_key(part, row) == root) found.push_back(key);
  }
  return found;
}

std::vector<ListedRoot> MemorySite::list_roots(EntityId id, const std::string& cursor,
                                               std::size_t limit) {
  const Fault fault = next("list_roots", {});
  std::map<std::string, Key> named;
  for (const auto& [number, listed] : journal_) {
    if (listed.root_entity != id || listed.root <= cursor || named.contains(listed.root)) continue;
    const bool under_new = listed.row.new_root && key_text(*listed.row.new_root) == listed.root;
    named.emplace(listed.root, under_new ? *listed.row.new_root : *listed.row.old_root);
  }
  std::vector<ListedRoot> roots;
  for (const auto& [text, key] : named) {
    if (roots.size() == limit) break;
    roots.push_back({text, key});
  }
  answer(fault, Recovery::reconnect, "list_roots");
  return roots;
}

// Of a row that has only been updated, what no update changed need not travel.
void MemorySite::leave_out_known(ReadRow& read, const std::vector<JournalRow>& journal) {
  std::set<std::size_t> changed;
  for (const JournalRow& row : journal) {
    if (row.entity != read.entity || (row.old_key != read.key && row.new_key != read.key)) continue;
    if (row.old_key != row.new_key || !row.changed) return;
    changed.insert(row.changed->begin(), row.changed->end());
  }
  for (std::size_t i = 0; i < read.row->size(); ++i) {
    if (!changed.contains(i)) (*read.row)[i] = Null{};
  }
  read.columns.emplace(changed.begin(), changed.end());
}

Extract MemorySite::extract(const ExtractRequest& request) {
  const Fault fault = next("extract", {});
  std::set<Key> roots{request.roots.begin(), request.roots.end()};
  roots.insert(request.whole.begin(), request.whole.end());
  std::set<std::pair<EntityId, Key>> wanted;
  Extract extract;
  extract.tells_transactions = tells_transactions;
  // What a root was renamed from or to belongs to it: repeated until nothing new turns up.
  std::set<JournalId> read;
  for (std::size_t known = roots.size() + 1; known != roots.size();) {
    known = roots.size();
    for (const auto& [id, listed] : journal_) {
      const JournalRow& row = listed.row;
      if (listed.root_entity != request.entity) continue;
      const bool named = (row.old_root && roots.contains(*row.old_root)) ||
                         (row.new_root && roots.contains(*row.new_root));
      if (!named) continue;
      read.insert(id);
      for (const auto& root : {row.old_root, row.new_root}) {
        if (root) roots.insert(*root);
      }
    }
  }
  for (const JournalId id : read) {
    const JournalRow& row = journal_.at(id).row;
    extract.journal.push_back(row);
    for (const auto& key : {row.old_key, row.new_key}) {
      if (key) wanted.insert({row.entity, *key});
    }
  }
  for (const Key& root : request.whole) {
    wanted.insert({request.entity, root});
    for (const EntityId part : entity(request.entity).parts) {
      for (const Key& key : parts_of(part, root)) wanted.insert({part, key});
    }
  }
  for (const auto& [id, key] : wanted) {
    if (!table(id).in_scope(key)) continue;
    const Row* row = find(id, key);
    ReadRow read_row{id, key, row == nullptr ? std::nullopt : std::optional<Row>{*row}};
    const bool known =
        id == request.entity && request.known.contains(key) &&
        std::find(request.whole.begin(), request.whole.end(), key) == request.whole.end();
    if (row != nullptr && known) leave_out_known(read_row, extract.journal);
    extract.rows.push_back(std::move(read_row));
  }
  answer(fault, Recovery::reconnect, "extract");
  return extract;
}

namespace {

bool is_in(const Place& place, const Row& row,
           const std::vector<std::map<std::string, Value>>& rows) {
  const auto held = place.sought_for(row);
  return held && std::any_of(rows.begin(), rows.end(), [&](const auto& there) {
           for (std::size_t i = 0; i < held->size(); ++i) {
             if (there.at(place.where[i].column.name) != (*held)[i]) return false;
           }
           return true;
         });
}

}  // namespace

std::vector<std::optional<std::size_t>> MemorySite::look_elsewhere(EntityId id,
                                                                   const std::vector<Row>& rows) {
  const Fault fault = next("look_elsewhere", {});
  std::vector<std::optional<std::size_t>> found(rows.size());
  const auto& places = table(id).moved;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    for (std::size_t p = 0; p < places.size() && !found[i]; ++p) {
      if (is_in(places[p], rows[i], elsewhere[places[p].name])) found[i] = p;
    }
  }
  answer(fault, Recovery::reconnect, "look_elsewhere");
  return found;
}

void MemorySite::acknowledge_now(const std::vector<JournalId>& ids, const SiteMark& mark) {
  for (const JournalId id : ids) journal_.erase(id);
  write_mark(mark);
  put_anchor();
}

void MemorySite::acknowledge(const std::vector<JournalId>& ids, const SiteMark& mark) {
  const Fault fault = next("acknowledge", {Fault::stalled});
  if (fault == Fault::stalled) {
    under_way_.push_back({std::nullopt, {}, [this, ids, mark] { acknowledge_now(ids, mark); }});
  } else {
    acknowledge_now(ids, mark);
  }
  answer(fault, Recovery::in_doubt, "acknowledge");
}

Settled MemorySite::settle(BatchId id, CycleNumber now) {
  const Settled in_doubt{Settled::Kind::in_doubt, {}, {}};
  Fault fault = Fault::none;
  try {
    fault = next("settle", {});
  } catch (const DbError&) {
    return in_doubt;
  }
  const bool held = std::any_of(under_way_.begin(), under_way_.end(),
                                [&](const UnderWay& w) { return w.batch == id; });
  if (held) return in_doubt;
  const auto [marker, inserted] = markers_.try_emplace(id, Marker{true, {}, {}, now});
  if (fault != Fault::none) {
    connected_ = false;
    return in_doubt;
  }
  if (marker->second.is_void) return {Settled::Kind::never, {}, {}};
  return {Settled::Kind::happened, marker->second.not_written, marker->second.keys};
}

std::vector<Row> MemorySite::read_page(EntityId id, const std::optional<Key>& after,
                                       std::size_t limit) {
  const Fault fault = next("read_page", {});
  std::vector<Row> page;
  const Rows& all = rows(id);
  for (auto at = after ? all.upper_bound(*after) : all.begin();
       at != all.end() && page.size() < limit; ++at) {
    if (table(id).in_scope(at->first)) page.push_back(at->second);
  }
  answer(fault, Recovery::reconnect, "read_page");
  return page;
}

std::size_t MemorySite::count(EntityId id) {
  const Fault fault = next("count", {});
  std::size_t counted = 0;
  for (const auto& [key, row] : rows(id)) counted += table(id).in_scope(key) ? 1 : 0;
  answer(fault, Recovery::reconnect, "count");
  return counted;
}

bool MemorySite::has_truncations(EntityId id) {
  const Fault fault = next("has_truncations", {});
  const bool has = std::any_of(journal_.begin(), journal_.end(), [&](const auto& noted) {
    return noted.second.root_entity == id && noted.second.row.op == JournalOp::truncate;
  });
  answer(fault, Recovery::reconnect, "has_truncations");
  return has;
}

bool MemorySite::take_over(const std::string& from, const SiteMark& mark) {
  const Fault fault = next("take_over", {});
  if (mark_.store == from) {
    former_markers_[from] = std::exchange(markers_, {});
    mark_ = mark;
  }
  answer(fault, Recovery::in_doubt, "take_over");
  return claim(mark);
}

bool MemorySite::claim(const SiteMark& mark) {
  const Fault fault = next("claim", {});
  if (mark_.store.empty()) mark_ = mark;
  const bool ours = mark_.store == mark.store;
  if (ours) put_anchor();
  answer(fault, Recovery::in_doubt, "claim");
  return ours;
}

}  // namespace miroir::test
