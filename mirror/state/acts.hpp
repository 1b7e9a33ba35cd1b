// What people did that is no request: accepted a brake, paused, changed an account, ... One row each,
// written once, in the transaction of what was done where that is in the store as well.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "schema/ids.hpp"

namespace SQLite {
class Database;
}

namespace miroir {

// Who does it, and when.
struct Actor {
  std::string name;  // The account's on the page, the login's on the shell.
  std::string time;  // ISO, UTC
};

enum class ActKind : std::uint8_t {
  accept,       // A brake, or a changed mapping; noted when it holds.
  synchronise,  // A cycle was started by hand, on the page.
  pause,
  resume,
  forget,
  user_add,
  user_role,
  user_password,
  user_token,
  user_token_remove,
  user_remove,
};
std::string_view name_of(ActKind kind);  // "accept", "user_add"
std::optional<ActKind> act_kind_named(std::string_view name);
bool is_about_account(ActKind kind);

struct Act {
  std::int64_t id = 0;  // Given by the store.
  ActKind kind = ActKind::accept;
  Actor actor;
  // A brake's id, "site:erp", "entity:customer", an account's name, or the entity of a record.
  std::string about{};
  std::optional<RecordId> record{};  // Of whom was forgotten nothing else is kept.
  std::string role{};                // That an account got.
  std::string reason{};
};

// In the open transaction, or in one of its own.
void note_act(SQLite::Database& db, const Act& act);
// By a connection of its own, beside a running cycle. Throws StoreBusy after ten seconds.
void note_act(const std::filesystem::path& state, const Act& act);

}  // namespace miroir
