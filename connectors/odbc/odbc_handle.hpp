// ODBC's handles, each freed by its owner: environment > connection > statement by scope.
#pragma once

#include <sql.h>
#include <sqlext.h>

#include <memory>
#include <new>

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

inline EnvironmentHandle new_environment() {
  SQLHANDLE handle = SQL_NULL_HANDLE;
  if (!succeeded(SQLAllocHandle(SQL_HANDLE_ENV, SQL_NULL_HANDLE, &handle))) throw std::bad_alloc{};
  EnvironmentHandle environment{handle};
  // ODBC passes small integers in pointers.
  SQLSetEnvAttr(handle, SQL_ATTR_ODBC_VERSION, reinterpret_cast<SQLPOINTER>(SQL_OV_ODBC3), 0);
  return environment;
}

}  // namespace miroir
