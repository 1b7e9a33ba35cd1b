// What the store knows of a person, and must not know any more.
#include <algorithm>

#include "mirror/state/side_tables.hpp"
#include "mirror/state/store_impl.hpp"
#include "mirror/state/unfinished.hpp"
#include "schema/row_codec.hpp"

namespace miroir {
namespace {

constexpr const char* uncompacted = "uncompacted";

// Of one record; what still waits for a person or a cycle stays with one that lives.
template <class Impl>
std::int64_t erase(Impl& impl, const char* sql, RecordId record) {
  auto& statement = impl.prepare(sql);
  statement.bind(1, number(record));
  const auto erased = static_cast<std::int64_t>(statement.exec());
  statement.reset();
  return erased;
}

template <class Impl>
void erase_past(Impl& impl, RecordId record, Forgotten& forgotten) {
  forgotten.history += erase(impl, "DELETE FROM history WHERE record = ?", record);
  forgotten.decisions += erase(impl, "DELETE FROM conflict WHERE record = ?", record);
  forgotten.questions +=
      erase(impl, "DELETE FROM held WHERE record = ? AND closed IS NOT NULL", record);
  forgotten.requests +=
      erase(impl, "DELETE FROM request WHERE record = ? AND ended IS NOT NULL", record);
}

// Its id stays taken: were it given to another, what is logged elsewhere would be told of that one.
template <class Impl>
void erase_record(Impl& impl, RecordId record, Forgotten& forgotten) {
  forgotten.questions += erase(impl, "DELETE FROM held WHERE record = ?", record);
  forgotten.requests += erase(impl, "DELETE FROM request WHERE record = ?", record);
  for (const char* sql :
       {"DELETE FROM match_value WHERE record = ?", "DELETE FROM turn WHERE record = ?",
        "DELETE FROM removal WHERE record = ?", "DELETE FROM missed WHERE record = ?",
        "DELETE FROM set_aside_write WHERE root = ?", "DELETE FROM reference WHERE child = ?",
        "DELETE FROM reference WHERE parent = ?", "DELETE FROM row_reference WHERE child = ?",
        "DELETE FROM row_reference WHERE parent = ?"})
    erase(impl, sql, record);
  auto& keep = impl.prepare(
      "INSERT INTO former_record (id, version, entity, head) SELECT id, (SELECT "
      "ifnull(max(version), 0) FROM mapping), entity, ?2 FROM record WHERE id = ?1");
  keep.bind(1, number(record));
  bind_blob(keep, 2, encode_row({}));
  finish(keep);
  erase(impl, "DELETE FROM record WHERE id = ?", record);
  auto& former =
      impl.prepare("UPDATE former_record SET key_0 = NULL, key_1 = NULL, head = ?2 WHERE id = ?1");
  former.bind(1, number(record));
  bind_blob(former, 2, encode_row({}));
  finish(former);
}

// What was brought back by hand names many records: nothing says whose word it was that is
// forgotten.
template <class Impl>
void erase_resyncs(const Store& store, Impl& impl, const std::string& entity,
                   const PerSite<std::optional<Key>>& keys, Forgotten& forgotten) {
  const auto names = [&](const Resync& resync) {
    if (resync.entity != entity) return false;
    return std::any_of(resync.roots.begin(), resync.roots.end(), [&](const Resync::Root& root) {
      return (keys[0] && root.keys[0] == keys[0]) || (keys[1] && root.keys[1] == keys[1]);
    });
  };
  for (const EndedRequest& ended : store.ended_requests({}, static_cast<std::size_t>(-1))) {
    const auto* resync = std::get_if<Resync>(&ended.request.what);
    if (resync == nullptr || !names(*resync)) continue;
    auto& statement = impl.prepare("DELETE FROM request WHERE id = ?");
    statement.bind(1, ended.request.id);
    finish(statement);
    ++forgotten.requests;
  }
}

}  // namespace

Forgotten Store::forget(RecordId root, CycleNumber cycle, const Actor& actor) {
  const std::vector<RecordState> states = aggregate(root);
  Forgotten forgotten;
  forgotten.whole = std::all_of(states.begin(), states.end(), [](const RecordState& state) {
    return state.gone && !state.shadow[0] && !state.shadow[1];
  });
  const auto keys = states.empty() ? PerSite<std::optional<Key>>{} : this->keys(root);
  std::vector<RecordId> records{root};
  for (const RecordState& state : states) {
    if (state.id != root) records.push_back(state.id);
  }
  begin();
  try {
    impl_->remembered.clear();
    for (const RecordId record : records) {
      erase_past(*impl_, record, forgotten);
      if (forgotten.whole) erase_record(*impl_, record, forgotten);
    }
    if (!states.empty()) {
      const RecordState& first = states.front();
      erase_resyncs(*this, *impl_, impl_->mapping->entity(first.entity).name, keys, forgotten);
      for (const SiteId site : both_sites) {
        const auto& key = keys[index(site)];
        if (forgotten.whole && key) clear_set_aside_read(site, first.entity, *key);
      }
    }
    // Why somebody ignores it is gone, so it waits again.
    for (const char* sql :
         {"UPDATE held SET ignored = NULL WHERE closed IS NULL AND ignored IS NOT NULL AND ignored "
          "NOT IN (SELECT id FROM request)",
          "UPDATE set_aside_write SET ignored = NULL WHERE ignored IS NOT NULL AND ignored NOT IN "
          "(SELECT id FROM request)",
          "UPDATE set_aside_read SET ignored = NULL WHERE ignored IS NOT NULL AND ignored NOT IN "
          "(SELECT id FROM request)"})
      finish(impl_->prepare(sql));
    // What cycles decided and were asked stands in what they reported, too.
    finish(
        impl_->prepare("UPDATE cycle SET summary = json_remove(summary, '$.decisions', "
                       "'$.requests') WHERE json_valid(summary)"));
    impl_->set_meta(uncompacted, "1");
    log(HistoryLine{root,
                    states.empty() ? EntityId{} : states.front().entity,
                    std::nullopt,
                    "forgotten",
                    {}},
        cycle);
    note({.kind = ActKind::forget,
          .actor = actor,
          .about = states.empty() ? "" : impl_->mapping->entity(states.front().entity).name,
          .record = root});
    commit();
  } catch (...) {
    rollback();
    throw;
  }
  return forgotten;
}

void Store::compact() {
  impl_->db->exec("VACUUM");
  auto& checkpoint = impl_->prepare("PRAGMA wal_checkpoint(TRUNCATE)");
  const bool busy = checkpoint.executeStep() && checkpoint.getColumn(0).getInt() != 0;
  checkpoint.reset();
  if (busy) {
    throw StoreBusy{"somebody reads the state file: what was erased still stands in its -wal file",
                    "stop `miroir serve` for a moment, and run this again"};
  }
  auto& done = impl_->prepare("DELETE FROM meta WHERE name = ?");
  done.bind(1, uncompacted);
  finish(done);
}

bool erasure_is_unfinished(const std::filesystem::path& state) {
  return explained("the state file", [&] {
    const auto db = open_side_tables(state);
    SQLite::Statement found{*db, "SELECT 1 FROM meta WHERE name = ?"};
    found.bind(1, uncompacted);
    return found.executeStep();
  });
}

}  // namespace miroir
