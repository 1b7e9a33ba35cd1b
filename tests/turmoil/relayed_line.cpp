// A relay in this process: miroir connects to it, it connects to the site. One thread carries
// everything.
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <list>
#include <optional>
#include <regex>
#include <stdexcept>
#include <thread>

#include "tests/turmoil/line.hpp"

namespace miroir::turmoil {
namespace {

enum class State : std::uint8_t { open, silent, refused, answers_lost };

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

// Closed with a reset: who sent something must not believe that it was read.
void reset(int socket) {
  const linger now{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(socket, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  ::close(socket);
}

bool send_all(int to, const char* data, ssize_t size) {
  while (size > 0) {
    const ssize_t sent = ::send(to, data, static_cast<std::size_t>(size), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    data += sent;
    size -= sent;
  }
  return true;
}

class Relay {
 public:
  explicit Relay(std::uint16_t target)
      : target_{target}, listener_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)} {
    sockaddr_in address = loopback(0);
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    if (::bind(listener_, generic, size) != 0 || ::listen(listener_, 16) != 0 ||
        ::getsockname(listener_, generic, &size) != 0)
      throw std::runtime_error{"a relay cannot listen"};
    port_ = ntohs(address.sin_port);
    thread_ = std::thread{[this] { carry(); }};
  }
  ~Relay() {
    over_ = true;
    thread_.join();
    for (const Ends& ends : connections_) close(ends);
    ::close(listener_);
  }
  Relay(const Relay&) = delete;
  Relay& operator=(const Relay&) = delete;

  std::uint16_t port() const { return port_; }
  std::uint16_t target() const { return target_; }
  void become(State state) { state_ = state; }

 private:
  struct Ends {
    int miroir, site;
    bool has_lost = false;  // Something that was to follow: no connection goes on after that.
  };

  static void close(const Ends& ends) {
    reset(ends.miroir);
    reset(ends.site);
  }

  void accept_one() {
    const int miroir = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (miroir < 0) return;
    const int site = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const sockaddr_in address = loopback(target_);
    const bool answered =
        ::connect(site, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    if (!answered || state_ == State::refused) return close({miroir, site});
    connections_.push_back({miroir, site});
  }

  // False: one end has closed.
  bool pass(int from, int to, bool is_lost) {
    std::array<char, 65'536> buffer{};
    const ssize_t got = ::recv(from, buffer.data(), buffer.size(), 0);
    return got > 0 && (is_lost || send_all(to, buffer.data(), got));
  }

  void carry() {
    while (!over_) {
      const State state = state_;
      if (state == State::refused) {
        for (const Ends& ends : connections_) close(ends);
        connections_.clear();
      }
      // What nobody reads stays where it is: nothing comes through, and nobody is told.
      const short wanted = state == State::silent ? 0 : POLLIN;
      std::vector<pollfd> polled{{listener_, wanted, 0}};
      for (const Ends& ends : connections_) {
        polled.push_back({state == State::silent ? -1 : ends.miroir, POLLIN, 0});
        polled.push_back({state == State::silent ? -1 : ends.site, POLLIN, 0});
      }
      if (::poll(polled.data(), polled.size(), 20) < 0) continue;
      const bool is_lost = state == State::answers_lost;
      std::size_t at = 1;
      for (auto ends = connections_.begin(); ends != connections_.end(); at += 2) {
        if (is_lost && polled[at + 1].revents != 0) ends->has_lost = true;
        const bool open = (is_lost || !ends->has_lost) &&
                          (polled[at].revents == 0 || pass(ends->miroir, ends->site, false)) &&
                          (polled[at + 1].revents == 0 || pass(ends->site, ends->miroir, is_lost));
        if (!open) close(*ends);
        ends = open ? std::next(ends) : connections_.erase(ends);
      }
      if ((polled[0].revents & POLLIN) != 0) accept_one();
    }
  }

  std::uint16_t target_, port_ = 0;
  int listener_;
  std::list<Ends> connections_;
  std::atomic<State> state_ = State::open;
  std::atomic<bool> over_ = false;
  std::thread thread_;
};

class RelayedLine final : public Line {
 public:
  void cut(Side side, Cut how) override {
    if (relays_[index(side)]) relays_[index(side)]->become(state_of(how));
  }
  void mend(Side side) override {
    if (relays_[index(side)]) relays_[index(side)]->become(State::open);
  }
  // The port that a connection text names becomes the relay's. A file has none.
  std::string through(Side side, const std::string& connection) override {
    static const std::regex port{"([Pp]ort=)([0-9]+)"};
    std::smatch found;
    if (!std::regex_search(connection, found, port)) return connection;
    auto& relay = relays_[index(side)];
    relay.emplace(static_cast<std::uint16_t>(std::stoul(found[2])));
    return std::regex_replace(connection, port, "$01" + std::to_string(relay->port()));
  }
  std::vector<std::string> starter() const override { return {}; }

 private:
  static State state_of(Cut how) {
    switch (how) {
      case Cut::silent:
        return State::silent;
      case Cut::refused:
        return State::refused;
      case Cut::answers_lost:
        return State::answers_lost;
    }
    throw std::logic_error{"unknown cut"};
  }

  std::array<std::optional<Relay>, 2> relays_;
};

}  // namespace

std::unique_ptr<Line> relayed_line() { return std::make_unique<RelayedLine>(); }

}  // namespace miroir::turmoil
