// What is open and troubles nobody: as a person says, until it changes.
#include "mirror/state/store_impl.hpp"

namespace miroir {
namespace {

std::size_t number_in(SQLite::Statement& statement) {
  statement.executeStep();
  const auto found = static_cast<std::size_t>(statement.getColumn(0).getInt64());
  statement.reset();
  return found;
}

// Whether it changed a row.
bool did(SQLite::Statement& statement) {
  const bool changed = statement.exec() > 0;
  statement.reset();
  return changed;
}

bool is_as_shown(const Store& store, const Ignoring::Question& question) {
  const auto held = store.held(question.held);
  if (!held || held->closed || held->candidates != question.seen) return false;
  return held->field || store.last_change(held->record) == question.change;
}

}  // namespace

void Store::Impl::reopen_field(RecordId record, std::size_t field,
                               const PerSite<Value>& candidates, CycleNumber cycle, Store& store) {
  auto& statement = prepare(
      "UPDATE held SET ignored = NULL WHERE record = ?1 AND field = ?2 AND closed IS NULL AND "
      "ignored IS NOT NULL AND NOT (candidate_0 IS ?3 AND candidate_1 IS ?4)");
  statement.bind(1, number(record));
  statement.bind(2, static_cast<std::int64_t>(field));
  bind_value(statement, 3, candidates[0]);
  bind_value(statement, 4, candidates[1]);
  if (did(statement)) store.log(HistoryLine{record, {}, std::nullopt, "reopened", {}}, cycle);
}

// `next` is 0 where it was to be tried at once: somebody changed it, or wished so.
void Store::Impl::reopen_write(SiteId site, RecordId root, CycleNumber cycle, Store& store) {
  auto& statement = prepare(
      "UPDATE set_aside_write SET ignored = NULL WHERE site = ? AND root = ? AND next = 0 AND "
      "ignored IS NOT NULL");
  statement.bind(1, number(site));
  statement.bind(2, number(root));
  if (did(statement)) store.log(HistoryLine{root, {}, std::nullopt, "reopened", {}}, cycle);
}

void Store::Impl::reopen_read(const Stuck& stuck, CycleNumber cycle, Store& store) {
  auto& statement = prepare(
      "UPDATE set_aside_read SET ignored = NULL WHERE site = ? AND entity = ? AND key = ? AND "
      "ignored IS NOT NULL");
  statement.bind(1, number(stuck.site));
  statement.bind(2, number(stuck.entity));
  statement.bind(3, key_text(stuck.root));
  if (!did(statement)) return;
  const auto record = store.find(stuck.site, stuck.entity, stuck.root);
  if (record) store.log(HistoryLine{*record, stuck.entity, std::nullopt, "reopened", {}}, cycle);
}

void Store::reopen_deletions(const PerSite<std::set<RecordId>>& changed, CycleNumber cycle) {
  if (changed[0].empty() && changed[1].empty()) return;
  auto& any = impl_->prepare(
      "SELECT EXISTS (SELECT 1 FROM held WHERE ignored IS NOT NULL AND closed IS NULL)");
  if (number_in(any) == 0) return;
  for (const SiteId site : both_sites) {
    for (const RecordId root : changed[index(site)]) {
      auto& statement = impl_->prepare(
          "UPDATE held SET ignored = NULL WHERE record = ? AND field IS NULL AND closed IS NULL "
          "AND ignored IS NOT NULL");
      statement.bind(1, number(root));
      if (did(statement)) log(HistoryLine{root, {}, std::nullopt, "reopened", {}}, cycle);
    }
  }
}

std::size_t Store::count_held() const {
  return number_in(
      impl_->prepare("SELECT count(*) FROM held WHERE closed IS NULL AND ignored IS NULL"));
}

bool Store::has_held() const {
  return number_in(impl_->prepare("SELECT EXISTS (SELECT 1 FROM held WHERE closed IS NULL)")) > 0;
}

std::size_t Store::count_set_aside() const {
  return number_in(
      impl_->prepare("SELECT (SELECT count(*) FROM set_aside_write WHERE ignored IS NULL) + "
                     "(SELECT count(*) FROM set_aside_read WHERE ignored IS NULL)"));
}

bool Store::has_set_aside() const {
  return number_in(impl_->prepare("SELECT EXISTS (SELECT 1 FROM set_aside_write) OR EXISTS "
                                  "(SELECT 1 FROM set_aside_read)")) > 0;
}

std::size_t Store::count_ignored() const {
  return number_in(impl_->prepare(
      "SELECT (SELECT count(*) FROM held WHERE ignored IS NOT NULL AND closed IS NULL) + "
      "(SELECT count(*) FROM set_aside_write WHERE ignored IS NOT NULL) + "
      "(SELECT count(*) FROM set_aside_read WHERE ignored IS NOT NULL)"));
}

bool Store::Impl::ignore(const Ignoring& what, std::int64_t request, const Store& store) {
  for (const Ignoring::Question& question : what.questions) {
    if (!is_as_shown(store, question)) return false;
    auto& statement = prepare("UPDATE held SET ignored = ? WHERE id = ?");
    if (what.ignored) statement.bind(1, request);
    statement.bind(2, question.held);
    finish(statement);
  }
  if (!what.set_aside) return true;
  bool found = false;
  for (const char* sql : {"UPDATE set_aside_write SET ignored = ? WHERE id = ? AND since = ?",
                          "UPDATE set_aside_read SET ignored = ? WHERE id = ? AND since = ?"}) {
    auto& statement = prepare(sql);
    if (what.ignored) statement.bind(1, request);
    statement.bind(2, what.set_aside->id);
    statement.bind(3, what.set_aside->since);
    found = did(statement) || found;
  }
  return found;
}

std::optional<std::vector<std::int64_t>> Store::ignore(const std::vector<Request>& requests) {
  struct Moved {};
  try {
    return impl_->beside_a_cycle(*this, [&] {
      std::vector<std::int64_t> ids;
      for (const Request& request : requests) {
        ids.push_back(impl_->insert(request));
        end_request(ids.back(), {.done = true, .message = "", .record = {}, .cycle = last_cycle()});
        if (!impl_->ignore(std::get<Ignoring>(request.what), ids.back(), *this)) throw Moved{};
      }
      return std::optional{std::move(ids)};
    });
  } catch (const Moved&) {
    return std::nullopt;
  }
}

}  // namespace miroir
