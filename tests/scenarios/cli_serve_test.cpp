// serve where it cannot listen: it says what to do, and ends with 2 where nobody is helped by
// starting it again.
#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "tests/scenarios/install_story.hpp"
#include "tests/support/pair.hpp"

using namespace miroir::test;
using nlohmann::json;

namespace {

Ended serve_at(const Pair& pair, const std::string& listen) {
  Program program = pair.program({"serve", "--listen", listen});
  program.timeout = std::chrono::seconds{10};
  return run_program(program);
}

// A port of this machine's own at which somebody listens already.
class BusyPort {
 public:
  BusyPort() : socket_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)} {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* any = reinterpret_cast<sockaddr*>(&address);
    REQUIRE(::bind(socket_, any, size) == 0);
    REQUIRE(::listen(socket_, 1) == 0);
    REQUIRE(::getsockname(socket_, any, &size) == 0);
    port_ = ntohs(address.sin_port);
  }
  ~BusyPort() { ::close(socket_); }
  BusyPort(const BusyPort&) = delete;
  BusyPort& operator=(const BusyPort&) = delete;

  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }

 private:
  int socket_;
  int port_ = 0;
};

}  // namespace

TEST_CASE("serve names an address that is none, and what one looks like", "[cli][serve]") {
  const Pair pair{Pair::sqlite_sqlite};
  const std::string listen =
      GENERATE("127.0.0.1", "127.0.0.1:", "127.0.0.1:http", "127.0.0.1:80x", "127.0.0.1:-1",
               "127.0.0.1:65536", "8650", "", "nowhere:8650");
  const Ended ended = serve_at(pair, listen);
  CAPTURE(listen, ended.out, ended.err);
  CHECK(ended.exit_code == 2);
  CHECK(says(ended.err, "'" + listen + "' is no address and port"));
  CHECK(says(ended.err, "127.0.0.1:8650"));
}

TEST_CASE("serve says what to do where it may not listen", "[cli][serve]") {
  const Pair pair{Pair::sqlite_sqlite};
  const BusyPort busy;
  const Ended ended = serve_at(pair, busy.address());
  CAPTURE(ended.out, ended.err);
  CHECK(ended.exit_code == 1);
  CHECK(says(ended.err, "cannot listen at " + busy.address()));
  CHECK(says(ended.err, "serve.listen"));
}
