// ODBC's handles, each freed by its owner: environment > connection > statement by scope.
#pragma once

#include <sql.h>
#include <sqlext.h>

#include <memory>

namespace miroir {

struct FreeEnvironment {
  void operator()(void* handle) const noexcept { SQLFreeHandle(SQL_HANDLE_ENV, handle); }
};
// Disconnecting rolls back what is open; on a connection that was never made it does nothing.
struct FreeConnection {
  void operator()(void* handle) const noexcept {
    SQLDisconnect(handle);
    SQLFreeHandle(SQL_HANDLE_DBC, handle);
  }
};
struct FreeStatement {
  void operator()(void* handle) const noexcept { SQLFreeHandle(SQL_HANDLE_STMT, handle); }
};
using EnvironmentHandle = std::unique_ptr<void, FreeEnvironment>;
using ConnectionHandle = std::unique_ptr<void, FreeConnection>;
using StatementHandle = std::unique_ptr<void, FreeStatement>;

inline bool succeeded(SQLRETURN code) {
  return code == SQL_SUCCESS || code == SQL_SUCCESS_WITH_INFO;
}

// Of a process that has looked for drivers once.
EnvironmentHandle ready_environment();

}  // namespace miroir
