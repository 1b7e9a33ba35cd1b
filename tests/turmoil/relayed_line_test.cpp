// The line that is used where no network namespace can be made: a real connection through it.
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <catch2/catch.hpp>
#include <cerrno>
#include <list>
#include <thread>

#include "tests/turmoil/line.hpp"

using namespace miroir::turmoil;

namespace {

constexpr int soon_ms = 5'000, quiet_ms = 300;

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

bool has_something(int socket, int at_most_ms) {
  pollfd one{.fd = socket, .events = POLLIN, .revents = 0};
  return ::poll(&one, 1, at_most_ms) == 1;
}

// A site that says what it is told, and remembers how much that was.
class Parrot {
 public:
  Parrot() : listener_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)} {
    sockaddr_in address = loopback(0);
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    REQUIRE(::bind(listener_, generic, size) == 0);
    REQUIRE(::listen(listener_, 4) == 0);
    REQUIRE(::getsockname(listener_, generic, &size) == 0);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread{[this] { work(); }};
  }
  ~Parrot() {
    over_ = true;
    thread_.join();
    for (const int one : connections_) ::close(one);
    ::close(listener_);
  }
  Parrot(const Parrot&) = delete;
  Parrot& operator=(const Parrot&) = delete;

  std::uint16_t port() const { return port_; }
  bool has_heard(std::size_t bytes) const {
    for (int waited = 0; waited < soon_ms && heard_ < bytes; waited += 5) ::poll(nullptr, 0, 5);
    return heard_ == bytes;
  }

 private:
  void work() {
    std::array<char, 256> text{};
    while (!over_) {
      if (has_something(listener_, 5))
        connections_.push_back(::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC));
      connections_.remove_if([&](int one) {
        if (!has_something(one, 0)) return false;
        const ssize_t got = ::recv(one, text.data(), text.size(), 0);
        if (got > 0) {
          heard_ += static_cast<std::size_t>(got);
          ::send(one, text.data(), static_cast<std::size_t>(got), MSG_NOSIGNAL);
          return false;
        }
        ::close(one);
        return true;
      });
    }
  }

  int listener_;
  std::uint16_t port_ = 0;
  std::list<int> connections_;
  std::atomic<std::size_t> heard_ = 0;
  std::atomic<bool> over_ = false;
  std::thread thread_;
};

class Client {
 public:
  explicit Client(std::uint16_t port) : socket_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)} {
    const sockaddr_in address = loopback(port);
    connected_ =
        ::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  }
  ~Client() { ::close(socket_); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  bool is_connected() const { return connected_; }
  void say(const std::string& text) {
    ::send(socket_, text.data(), text.size(), MSG_NOSIGNAL);
  }
  bool hears_nothing() const { return !has_something(socket_, quiet_ms); }
  // "reset": the connection is over.
  std::string hears() {
    if (!has_something(socket_, soon_ms)) return "nothing";
    std::array<char, 256> text{};
    const ssize_t got = ::recv(socket_, text.data(), text.size(), 0);
    if (got > 0) return {text.data(), static_cast<std::size_t>(got)};
    return got < 0 && errno == ECONNRESET ? "reset" : "end";
  }

 private:
  int socket_;
  bool connected_ = false;
};

// The port that a connection text is given instead of the site's.
std::uint16_t port_through(Line& line, const Parrot& site, Side side = Side::erp) {
  const std::string text =
      line.through(side, "Server=127.0.0.1;Port=" + std::to_string(site.port()) + ";Uid=x");
  const std::string begin = "Server=127.0.0.1;Port=", end = ";Uid=x";
  REQUIRE(text.starts_with(begin));
  REQUIRE(text.ends_with(end));
  const int port = std::stoi(text.substr(begin.size()));
  CHECK(port != site.port());
  return static_cast<std::uint16_t>(port);
}

}  // namespace

TEST_CASE("a relayed line carries, and is cut in three ways", "[line]") {
  const Parrot site;
  const auto line = relayed_line();
  const std::uint16_t port = port_through(*line, site);
  Client client{port};
  client.say("one");
  REQUIRE(client.hears() == "one");

  SECTION("silent: nothing comes through, nobody is told; mended, it does") {
    line->cut(Side::erp, Cut::silent);
    ::poll(nullptr, 0, 100);  // What it has begun to carry.
    client.say("two");
    CHECK(client.hears_nothing());
    CHECK(site.has_heard(3));
    const Client late{port};
    CHECK(late.is_connected());  // By the kernel; nobody takes it.
    line->mend(Side::erp);
    CHECK(client.hears() == "two");
  }
  SECTION("refused: whoever is connected is told at once, and whoever comes") {
    line->cut(Side::erp, Cut::refused);
    CHECK(client.hears() == "reset");
    Client late{port};
    if (late.is_connected()) CHECK(late.hears() == "reset");
    CHECK(site.has_heard(3));
    line->mend(Side::erp);
    Client again{port};
    again.say("four");
    CHECK(again.hears() == "four");
  }
  SECTION("answers lost: the site hears it, its answer never comes, also not later") {
    line->cut(Side::erp, Cut::answers_lost);
    ::poll(nullptr, 0, 100);
    client.say("two");
    CHECK(site.has_heard(6));
    CHECK(client.hears_nothing());
    line->mend(Side::erp);
    CHECK(client.hears() == "reset");
  }
  SECTION("the other site's line stands meanwhile") {
    Client beside{port_through(*line, site, Side::shop)};
    line->cut(Side::shop, Cut::refused);
    CHECK(beside.hears() == "reset");
    client.say("two");
    CHECK(client.hears() == "two");
  }
}

TEST_CASE("a file has no line that could be cut", "[line]") {
  CHECK(relayed_line()->through(Side::erp, "Driver=SQLite3;Database=/tmp/x.db") ==
        "Driver=SQLite3;Database=/tmp/x.db");
}
