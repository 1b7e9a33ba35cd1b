#include <array>
#include <mutex>
#include <new>

#include "connectors/odbc/odbc_handle.hpp"

namespace miroir {
namespace {

EnvironmentHandle new_environment() {
  SQLHANDLE handle = SQL_NULL_HANDLE;
  if (!succeeded(SQLAllocHandle(SQL_HANDLE_ENV, SQL_NULL_HANDLE, &handle))) throw std::bad_alloc{};
  EnvironmentHandle environment{handle};
  // ODBC passes small integers in pointers.
  SQLSetEnvAttr(handle, SQL_ATTR_ODBC_VERSION, reinterpret_cast<SQLPOINTER>(SQL_OV_ODBC3), 0);
  return environment;
}

}  // namespace

// unixODBC 2.3.11 says that it has noted where its list of drivers is before it has: who connects
// for the first time beside somebody else may find no driver at all (odbcinst_system_file_name in
// its odbcinst/_odbcinst_SystemINI.c). So one thread alone looks for a driver first; there is none.
EnvironmentHandle ready_environment() {
  static std::once_flag looked;
  std::call_once(looked, [] {
    const EnvironmentHandle environment = new_environment();
    SQLHANDLE handle = SQL_NULL_HANDLE;
    if (!succeeded(SQLAllocHandle(SQL_HANDLE_DBC, environment.get(), &handle)))
      throw std::bad_alloc{};
    const ConnectionHandle connection{handle};
    std::array<SQLCHAR, 12> driver{"Driver=none"};
    SQLDriverConnect(handle, nullptr, driver.data(), SQL_NTS, nullptr, 0, nullptr,
                     SQL_DRIVER_NOPROMPT);
  });
  return new_environment();
}

}  // namespace miroir
