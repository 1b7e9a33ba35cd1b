// What the census of MemorySite sees: its journal, its tables and what became of their triggers.
#include <algorithm>

#include "tests/support/memory_site.hpp"

namespace miroir::test {

void MemorySite::write_mark(const SiteMark& mark) {
  if (mark_.store != mark.store || mark_.cycle < mark.cycle) mark_ = mark;
}

void MemorySite::put_anchor() {
  if (!anchor_) anchor_ = JournalId{++journal_number_};
}

void MemorySite::switch_triggers(EntityId id, bool on) {
  if (on != triggers_off_.contains(id)) return;
  ++trigger_versions_[id];
  if (on)
    triggers_off_.erase(id);
  else
    triggers_off_.insert(id);
  catalogue_ = catalogue_now();
}

void MemorySite::empty_journal() {
  journal_.clear();
  anchor_.reset();
}

void MemorySite::change_column(EntityId id, const std::string& column, const std::string& type) {
  types_[{id, column}] = type;
  catalogue_ = catalogue_now();
}

std::map<std::size_t, TableState> MemorySite::tables_now() const {
  std::map<std::size_t, TableState> states;
  for (const Entity& e : mapping_->entities) {
    TableState& state = states[e.id.raw()];
    state.watched = !triggers_off_.contains(e.id);
    const auto version = trigger_versions_.find(e.id);
    state.triggers = std::to_string(version == trigger_versions_.end() ? 0 : version->second);
    for (std::size_t i = 0; i < table(e.id).columns.size(); ++i) {
      const std::string column = table(e.id).label(i);
      const auto type = types_.find({e.id, column});
      const std::string now = type == types_.end()
                                  ? std::string{name_of(table(e.id).columns[i].kind)}
                                  : type->second;
      if (!now.empty() && !column.empty()) state.columns[column] = now;
    }
  }
  return states;
}

std::string MemorySite::catalogue_now() const {
  std::string catalogue;
  for (const auto& [id, state] : tables_now()) {
    catalogue += (state.watched ? "+" : "-") + state.triggers;
    for (const auto& [column, type] : state.columns) catalogue += " " + column + ":" + type;
  }
  return catalogue;
}

void MemorySite::look_at_site(Census& census) const {
  census.mark = mark_;
  if (mark_.store.empty()) return;
  if (!markers_.empty()) census.last_batch = markers_.rbegin()->first;
  census.last_id = JournalId{journal_number_};
  census.anchor = anchor_;
  census.clock = time;
  census.catalogue = catalogue_;
  for (std::size_t id = 0; id < tables_.size(); ++id) {
    if (tables_[id].empty()) census.empty.insert(id);
  }
}

std::vector<JournalId> MemorySite::noted_until(Instant moment) {
  const Fault fault = next("noted_until", {});
  std::vector<JournalId> ids;
  for (const auto& [id, listed] : journal_) {
    if (listed.row.at && *listed.row.at < moment) ids.push_back(id);
  }
  answer(fault, Recovery::reconnect, "noted_until");
  return ids;
}

std::map<std::size_t, TableState> MemorySite::describe_tables() {
  const Fault fault = next("describe_tables", {});
  auto states = tables_now();
  answer(fault, Recovery::reconnect, "describe_tables");
  return states;
}

Census MemorySite::count_journal() const {
  Census census;
  look_at_site(census);
  std::set<std::pair<EntityId, Key>> deleted, cut, inserted;
  std::map<EntityId, std::set<std::string>> updated;  // By the entity of the row.
  for (const auto& [id, listed] : journal_) {
    const JournalRow& row = listed.row;
    if (row.op == JournalOp::truncate) {
      census.entities[listed.root_entity.raw()].truncations.push_back(id);
    }
    if (listed.origin) continue;
    ++census.entities[listed.root_entity.raw()].journaled;
    const bool is_part = entity(row.entity).is_part();
    if (!is_part && row.op == JournalOp::insert) inserted.insert({row.entity, *row.new_key});
    if (row.op == JournalOp::update) updated[row.entity].insert(listed.root);
    if (!is_part && row.old_key && row.old_key != row.new_key) {
      deleted.insert({row.entity, *row.old_key});
    }
    if (is_part && row.old_root && row.old_root != row.new_root) {
      cut.insert({listed.root_entity, *row.old_root});
    }
  }
  for (const auto& [id, key] : inserted) ++census.entities[id.raw()].inserted_roots;
  for (const auto& [id, roots] : updated) {
    std::size_t& most = census.entities[root_of(id).raw()].updated_roots;
    most = std::max(most, roots.size());
  }
  for (const auto& [id, key] : deleted) {
    if (find(id, key)) continue;
    ++census.entities[id.raw()].deleted_roots;
    census.entities[id.raw()].deleted.push_back(key);
  }
  for (const auto& [id, key] : cut) {
    if (!find(id, key)) continue;
    ++census.entities[id.raw()].cut_roots;
    census.entities[id.raw()].cut.push_back(key);
  }
  return census;
}

Census MemorySite::take_census() {
  const Fault fault = next("take_census", {});
  Census census = count_journal();
  answer(fault, Recovery::reconnect, "take_census");
  return census;
}

}  // namespace miroir::test
