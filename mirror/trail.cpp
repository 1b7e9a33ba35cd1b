#include "mirror/trail.hpp"

#include <algorithm>

#include "mirror/planted.hpp"
#include "schema/row_codec.hpp"

namespace miroir {

EntityKey row_name(EntityId entity, const Key& key) { return {entity.raw(), key_text(key)}; }

namespace {

class Follower {
 public:
  Follower(SiteId site, const Known& known, const std::optional<ClockOffset>& clock)
      : site_{site}, known_{known}, clock_{clock} {}

  Trail follow(std::vector<JournalRow> journal) {
    std::sort(journal.begin(), journal.end(),
              [](const auto& a, const auto& b) { return a.id < b.id; });
    for (const JournalRow& row : journal) {
      step(row);
      note_time(row);
    }
    return std::move(trail_);
  }

  std::optional<RecordId> owner(const EntityKey& key) const {
    const auto moved = trail_.owner.find(key);
    if (moved != trail_.owner.end()) return moved->second;
    return known_.owner_of({site_, key.first, key.second});
  }

 private:
  // What miroir's own writes brought along was nobody's doing.
  void note_time(const JournalRow& row) {
    if (!clock_ || !row.at || !row.new_key) return;
    const ChangeTime time = planted(Bug::clock_offset_ignored)
                                ? ChangeTime{*row.at, clock_->margin_micros}
                                : clock_->corrected(*row.at);
    auto [known, fresh] = trail_.changed.try_emplace(row_name(row.entity, *row.new_key), time);
    if (!fresh && known->second.at < time.at) known->second = time;
  }

  void step(const JournalRow& row) {
    switch (row.op) {
      case JournalOp::insert:
        return inserted(row_name(row.entity, row.new_key.value()), row.transaction);
      case JournalOp::remove:
        return removed(row_name(row.entity, row.old_key.value()), row.transaction);
      case JournalOp::update:
        return renamed(row_name(row.entity, row.old_key.value()),
                       row_name(row.entity, row.new_key.value()), row.transaction);
      case JournalOp::truncate:
        return;
    }
  }

  void inserted(const EntityKey& key, const std::string& transaction) {
    const auto deletion = trail_.removed_by.find(key);
    if (deletion == trail_.removed_by.end()) return;
    if (deletion->second != transaction) trail_.reused.insert(key);
    trail_.removed_by.erase(deletion);
  }

  void removed(const EntityKey& key, const std::string& transaction) {
    trail_.removed_by[key] = transaction;
  }

  // The journal lists a changed key under both roots: the second time there is nothing left to
  // move. A row that nobody knew comes to its new key as if it had been inserted there.
  void renamed(const EntityKey& from, const EntityKey& to, const std::string& transaction) {
    if (from == to || planted(Bug::rename_is_delete_and_insert)) return;
    const auto record = owner(from);
    if (!record) return inserted(to, transaction);
    if (const auto before = owner(to)) trail_.lost.insert(*before);
    trail_.removed_by.erase(to);
    trail_.reused.erase(to);
    // A row that had come into a deleted record's key is not that record, wherever it goes.
    const bool another = trail_.reused.contains(from);
    trail_.owner[to] = another ? std::nullopt : record;
    if (!another) trail_.owner[from] = std::nullopt;
  }

  SiteId site_;
  const Known& known_;
  const std::optional<ClockOffset>& clock_;
  Trail trail_;
};

}  // namespace

std::optional<ChangeTime> Trail::changed_at(const EntityKey& key) const {
  const auto found = changed.find(key);
  return found == changed.end() ? std::nullopt : std::optional{found->second};
}

std::string Trail::remover_of(const EntityKey& key) const {
  const auto found = removed_by.find(key);
  return found == removed_by.end() ? std::string{} : found->second;
}

Trail follow_keys(SiteId site, const Known& known, std::vector<JournalRow> journal,
                  const std::optional<ClockOffset>& clock) {
  return Follower{site, known, clock}.follow(std::move(journal));
}

bool names_root(const std::vector<JournalRow>& journal, const Key& root) {
  return std::any_of(journal.begin(), journal.end(), [&](const JournalRow& row) {
    return row.old_root == root || row.new_root == root;
  });
}

}  // namespace miroir
