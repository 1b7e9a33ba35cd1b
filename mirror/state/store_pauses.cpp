// Pauses: written while a cycle runs, as requests are.
//
// A cycle reads them once, when it begins, so that a pause or its end holds from the next cycle on.
#include <sqlite3.h>

#include "mirror/state/store_impl.hpp"

namespace miroir {
namespace {

const char* kind_of(const Pausable& what) {
  return std::holds_alternative<SiteId>(what) ? "site" : "entity";
}

std::int64_t number_of(const Pausable& what) {
  return std::visit([](const auto& id) { return number(id); }, what);
}

Pausable pausable(const std::string& kind, std::int64_t number) {
  if (kind == "site") return static_cast<SiteId>(number);
  return EntityId{static_cast<std::size_t>(number)};
}

Pause read_pause(SQLite::Statement& statement) {
  return {.what = pausable(statement.getColumn(0).getString(), statement.getColumn(1).getInt64()),
          .reason = statement.getColumn(2).getString(),
          .since = statement.getColumn(3).getString(),
          .by = statement.getColumn(4).getString()};
}

void bind_what(SQLite::Statement& statement, const Pausable& what) {
  statement.bind(1, kind_of(what));
  statement.bind(2, number_of(what));
}

Act act_of(ActKind kind, const Pausable& what, const Actor& actor, const Mapping& mapping) {
  const auto* site = std::get_if<SiteId>(&what);
  const std::string& name =
      site != nullptr ? mapping.sites[index(*site)] : mapping.entity(std::get<EntityId>(what)).name;
  return {.kind = kind, .actor = actor, .about = std::string{kind_of(what)} + ":" + name};
}

std::optional<Pause> find_in(const std::vector<Pause>& pauses, const Pausable& what) {
  for (const Pause& pause : pauses) {
    if (pause.what == what) return pause;
  }
  return std::nullopt;
}

}  // namespace

void Store::Impl::begin_beside_a_cycle(Store& store) {
  // A cycle's transactions take milliseconds, but there are many of them; the first load of a large
  // pair has one that takes minutes, and no person waits for that.
  constexpr int busy_wait_ms = 30'000;
  db->setBusyTimeout(busy_wait_ms);
  try {
    store.begin();
  } catch (const SQLite::Exception& error) {
    if (error.getErrorCode() != SQLITE_BUSY) throw;
    throw StoreBusy{"the state file is being written by a cycle, or by the first load",
                    "nothing was changed; say it again when that has ended"};
  }
}

std::vector<Pause> Store::pauses() const {
  auto& statement = impl_->prepare(
      "SELECT kind, number, reason, since, who FROM pause ORDER BY kind DESC, number");
  std::vector<Pause> all;
  while (statement.executeStep()) all.push_back(read_pause(statement));
  statement.reset();
  return all;
}

std::optional<Pause> Store::pause(const Pause& pause) {
  return impl_->beside_a_cycle(*this, [&] {
    std::optional<Pause> before = find_in(pauses(), pause.what);
    auto& statement = impl_->prepare(
        "INSERT INTO pause (kind, number, reason, since, who) VALUES (?, ?, ?, ?, ?) "
        "ON CONFLICT (kind, number) DO UPDATE SET reason = excluded.reason");
    bind_what(statement, pause.what);
    statement.bind(3, pause.reason);
    statement.bind(4, pause.since);
    statement.bind(5, pause.by);
    finish(statement);
    Act act = act_of(ActKind::pause, pause.what, {pause.by, pause.since}, *impl_->mapping);
    act.reason = pause.reason;
    note(act);
    return before;
  });
}

std::optional<Pause> Store::resume(const Pausable& what, const Actor& actor) {
  return impl_->beside_a_cycle(*this, [&] {
    std::optional<Pause> before = find_in(pauses(), what);
    auto& statement = impl_->prepare("DELETE FROM pause WHERE kind = ? AND number = ?");
    bind_what(statement, what);
    finish(statement);
    if (before) note(act_of(ActKind::resume, what, actor, *impl_->mapping));
    return before;
  });
}

}  // namespace miroir
