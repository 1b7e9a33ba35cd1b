#include "mirror/state/acts.hpp"

#include <algorithm>
#include <array>

#include "mirror/state/side_tables.hpp"

namespace miroir {
namespace {

constexpr std::array<std::string_view, 11> kinds{
    "accept",     "synchronise",       "pause",      "resume",
    "forget",     "user_add",          "user_role",  "user_password",
    "user_token", "user_token_remove", "user_remove"};

}  // namespace

std::string_view name_of(ActKind kind) { return kinds.at(static_cast<std::size_t>(kind)); }

std::optional<ActKind> act_kind_named(std::string_view name) {
  const auto found = std::find(kinds.begin(), kinds.end(), name);
  if (found == kinds.end()) return std::nullopt;
  return static_cast<ActKind>(found - kinds.begin());
}

bool is_about_account(ActKind kind) { return kind >= ActKind::user_add; }

void note_act(SQLite::Database& db, const Act& act) {
  SQLite::Statement row{db,
                        "INSERT INTO act (made, who, kind, about, record, role, reason) VALUES (?, "
                        "?, ?, ?, ?, ?, ?)"};
  row.bind(1, act.actor.time);
  row.bind(2, act.actor.name);
  row.bind(3, std::string{name_of(act.kind)});
  row.bind(4, act.about);
  if (act.record) row.bind(5, act.record->raw());
  row.bind(6, act.role);
  row.bind(7, act.reason);
  row.exec();
}

void note_act(const std::filesystem::path& state, const Act& act) {
  explained("the list of what people did", [&] { note_act(*open_side_tables(state), act); });
}

}  // namespace miroir
