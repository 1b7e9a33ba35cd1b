// A program of its own: what it looks at happens once in a process.
#include <dlfcn.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <string_view>
#include <thread>

#include "connectors/errors.hpp"
#include "connectors/odbc/dialects/sqlite_dialect.hpp"
#include "connectors/odbc/odbc_session.hpp"

namespace {

std::atomic<int> asked{0};

}  // namespace

// The driver manager asks once where its list of drivers is, and notes the answer: whoever connects
// in between asks as well, or finds half an answer. Slow enough here for others to come in between.
extern "C" __attribute__((visibility("default"))) char* getenv(const char* name) noexcept {
  static const auto real = reinterpret_cast<char* (*)(const char*)>(dlsym(RTLD_NEXT, "getenv"));
  if (std::string_view{name} == "ODBCINSTINI" && asked++ == 0)
    std::this_thread::sleep_for(std::chrono::milliseconds{200});
  return real(name);
}

namespace miroir::test {

TEST_CASE("two sites that connect at once both find their driver", "[odbc]") {
  const auto connect = [] {
    try {
      open_odbc("Driver=SQLite3;Database=/nowhere/at/all.db", sqlite_dialect(), {});
    } catch (const DbError&) {
      // There is no such file; the driver was looked for.
    }
  };
  std::thread other{connect};
  connect();
  other.join();
  CHECK(asked == 1);
}

}  // namespace miroir::test
