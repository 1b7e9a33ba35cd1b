// What a database's refusal means for the engine: not its text, but what can still be done.
// Connectors translate once, where the driver reports; see recovery_of().
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

namespace miroir {

enum class Recovery : std::uint8_t {
  retry,      // Deadlock, lock timeout, serialization: the same again may well succeed.
  reconnect,  // The connection is gone or the server is going; nothing of the transaction happened.
  in_doubt,   // The answer to a commit was lost: settle the batch, never repeat it.
  refused,    // The data: a constraint, a length, a trigger's error. Others may pass.
  misconfigured,  // Privileges, missing tables, wrong password, SQL errors: a person must act.
};
std::string_view name_of(Recovery recovery);

class DbError : public std::runtime_error {
 public:
  // `what` carries no secret and no row content (drivers' DETAIL lines are dropped); `hint` says
  // what to do.
  DbError(const std::string& what, std::string sqlstate, Recovery recovery, std::string hint = {})
      : std::runtime_error{what},
        sqlstate_{std::move(sqlstate)},
        hint_{std::move(hint)},
        recovery_{recovery} {}
  std::string_view sqlstate() const noexcept { return sqlstate_; }
  std::string_view hint() const noexcept { return hint_; }
  Recovery recovery() const noexcept { return recovery_; }

 private:
  std::string sqlstate_;
  std::string hint_;
  Recovery recovery_;
};

// By SQLSTATE as the standard and PostgreSQL use it: classes 40, 55P03, 57014, HYT00 -> retry;
// class 08, 57P01-03, 53300 -> reconnect; classes 21, 22, 23, 44, 54, P0 and those that nobody has
// but a trigger's author (45000) -> refused; the rest -> misconfigured. Dialects refine it with
// native codes (SQLITE_BUSY, MariaDB 1205/1213).
Recovery recovery_of(std::string_view sqlstate);

}  // namespace miroir
