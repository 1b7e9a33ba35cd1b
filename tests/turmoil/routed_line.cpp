#include <optional>
#include <stdexcept>
#include <utility>

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
    cut_[index(side)] = how;
    apply(side, how, "add");
  }
  // Nothing that was cut may stay so unnoticed: all that follows would be told of another line.
  void mend(Side side) override {
    if (const auto how = std::exchange(cut_[index(side)], std::nullopt)) apply(side, *how, "del");
  }
  std::string through(Side, const std::string& connection) override { return connection; }
  std::vector<std::string> starter() const override { return {ip, "netns", "exec", name_}; }

 private:
  void apply(Side side, Cut how, const std::string& change) const {
    const std::string address = addresses_[index(side)] + "/32";
    const char* hole = how == Cut::refused ? "unreachable" : "blackhole";
    if (how != Cut::answers_lost) in_router({"route", change, hole, address});
    in_router({"rule", change, "from", address, hole});
  }
  void in_router(std::vector<std::string> words) const {
    words.insert(words.begin(), {ip, "-n", router_});
    const test::Ended ended = test::run_program({.command = words});
    if (ended.exit_code != 0) throw std::runtime_error{"the router refuses: " + ended.err};
  }

  std::string name_, router_;
  std::array<std::string, 2> addresses_;
  std::array<std::optional<Cut>, 2> cut_;
};

}  // namespace

std::unique_ptr<Line> routed_line(const std::string& name, const std::string& router,
                                  std::array<std::string, 2> addresses) {
  return std::make_unique<RoutedLine>(name, router, std::move(addresses));
}

}  // namespace miroir::turmoil
