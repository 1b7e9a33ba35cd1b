#include <atomic>
#include <catch2/catch.hpp>
#include <stdexcept>

#include "connectors/odbc/watchdog.hpp"

namespace miroir {

using namespace std::chrono_literals;

TEST_CASE("a call that outlives the limit is cancelled once", "[odbc][watchdog]") {
  Watchdog watchdog{50ms};
  std::atomic<int> cancelled{0};
  const auto begin = std::chrono::steady_clock::now();
  const int result =
      watchdog.guard([&] { ++cancelled; },
                     [&] {
                       while (cancelled == 0 && std::chrono::steady_clock::now() - begin < 10s)
                         std::this_thread::sleep_for(1ms);
                       std::this_thread::sleep_for(200ms);  // It need not stop at once.
                       return 7;
                     });
  CHECK(result == 7);
  CHECK(cancelled == 1);
  CHECK(std::chrono::steady_clock::now() - begin >= 50ms);
}

TEST_CASE("many short calls are never cancelled, however long they take together",
          "[odbc][watchdog]") {
  Watchdog watchdog{600ms};
  std::atomic<int> cancelled{0};
  const auto begin = std::chrono::steady_clock::now();
  while (std::chrono::steady_clock::now() - begin < 1500ms) {
    watchdog.guard([&] { ++cancelled; }, [] { std::this_thread::sleep_for(5ms); });
  }
  CHECK(cancelled == 0);
}

TEST_CASE("a call that throws is guarded no longer", "[odbc][watchdog]") {
  Watchdog watchdog{30ms};
  std::atomic<int> cancelled{0};
  CHECK_THROWS_AS(watchdog.guard([&] { ++cancelled; }, [] { throw std::runtime_error{"no"}; }),
                  std::runtime_error);
  std::this_thread::sleep_for(120ms);
  CHECK(cancelled == 0);
}

}  // namespace miroir
