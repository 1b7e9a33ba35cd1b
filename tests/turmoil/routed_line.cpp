#include <stdexcept>

#include "tests/support/process.hpp"
#include "tests/turmoil/line.hpp"

namespace miroir::turmoil {
namespace {

constexpr auto ip = "/bin/ip";

class RoutedLine final : public Line {
 public:
  RoutedLine(std::string name, std::string router, std::array<std::string, 2> addresses)
      : name_{std::move(name)}, router_{std::move(router)}, addresses_{std::move(addresses)} {}

  // "unreachable" is answered by the router; what goes into a black hole is dropped without a word.
  void cut(Side side, Cut how) override {
    const std::string& address = addresses_[index(side)];
    const char* hole = how == Cut::refused ? "unreachable" : "blackhole";
    if (how != Cut::answers_lost) in_router({"route", "add", hole, address + "/32"});
    in_router({"rule", "add", "from", address + "/32", hole});
  }
  void mend(Side side) override {
    const std::string address = addresses_[index(side)] + "/32";
    try_in_router({"route", "del", "blackhole", address});
    try_in_router({"route", "del", "unreachable", address});
    try_in_router({"rule", "del", "from", address, "blackhole"});
    try_in_router({"rule", "del", "from", address, "unreachable"});
  }
  std::string through(Side, const std::string& connection) override { return connection; }
  std::vector<std::string> starter() const override { return {ip, "netns", "exec", name_}; }

 private:
  test::Ended try_in_router(std::vector<std::string> words) const {
    words.insert(words.begin(), {ip, "-n", router_});
    return test::run_program({.command = words});
  }
  void in_router(std::vector<std::string> words) const {
    const test::Ended ended = try_in_router(std::move(words));
    if (ended.exit_code != 0) throw std::runtime_error{"the router refuses: " + ended.err};
  }

  std::string name_, router_;
  std::array<std::string, 2> addresses_;
};

}  // namespace

std::unique_ptr<Line> routed_line(const std::string& name, const std::string& router,
                                  std::array<std::string, 2> addresses) {
  return std::make_unique<RoutedLine>(name, router, std::move(addresses));
}

}  // namespace miroir::turmoil
