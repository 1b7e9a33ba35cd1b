// A site does not finish what it was sent within the time that one statement may take there
// (limits.statement_seconds): the error that Site::deliver throws then. Somebody may have cancelled
// it just as well: no database tells the one from the other. A lock that was not free in time is
// none of these. What it means for the engine is what DbError says.
#pragma once

#include <chrono>

#include "connectors/errors.hpp"

namespace miroir {

// By the server itself: the line still stands.
inline bool was_cancelled(const DbError& error) { return error.sqlstate() == "57014"; }

inline bool is_late(const DbError& error) {
  return error.recovery() == Recovery::retry && was_cancelled(error);
}

class LateError : public DbError {
 public:
  LateError(const DbError& ended, std::chrono::milliseconds limit)
      : DbError{ended}, limit_{limit} {}
  std::chrono::milliseconds limit() const noexcept { return limit_; }

 private:
  std::chrono::milliseconds limit_;
};

}  // namespace miroir
