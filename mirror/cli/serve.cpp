// miroir serve: the status page and its API; and the cycles, where the configuration has it so.
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <chrono>
#include <cstdlib>
#include <thread>

#include "mirror/cli/output.hpp"
#include "mirror/cli/sites.hpp"
#include "mirror/state/accounts.hpp"
#include "mirror/status/http_server.hpp"
#include "mirror/status/routes.hpp"

namespace miroir {
namespace {

constexpr std::int64_t refresh_micros = 15'000'000;  // Open pages look at the clock that often.
constexpr std::chrono::seconds farewell_max{4};

bool is_loopback(const std::string& listen) {
  return listen.starts_with("127.") || listen.starts_with("localhost:") ||
         listen.starts_with("[::1]:");
}

void require_safe(const ServeConfig& serve) {
  if (is_loopback(serve.listen) || !serve.address.empty()) return;
  throw VerbError{Exit::usage,
                  "at " + serve.listen + " passwords would travel unprotected over the network",
                  "listen at 127.0.0.1 behind a proxy with TLS; or name its https:// address as "
                  "serve.address in the configuration"};
}

// A handler may wait for a running cycle's transaction, and nobody waits that long for a server to
// end. What it does is one transaction, which then has happened or has not.
void end_soon() {
  std::thread{[] {
    std::this_thread::sleep_for(farewell_max);
    std::_Exit(static_cast<int>(Exit::done));
  }}.detach();
}

}  // namespace

Exit run_verb(Context& context, const ServeVerb& verb) {
  ServeConfig& config = context.setting.config.serve;
  if (verb.listen) config.listen = *verb.listen;
  require_safe(config);
  require_state(context);
  const bool nobody = Accounts{context.setting.config.state}.all().empty();
  if (nobody) spdlog::warn("nobody can sign in yet: miroir user add NAME --role administrator");
  Service service{context};
  HttpServer server{
      config.listen, {}, [&](const HttpRequest& request) { return answer(service, request); }};
  print(fmt::format("The status page is at {}\n",
                    service.behind_tls() ? config.address : "http://" + server.address()));
  server.run([&] {
    const Instant now = now_instant();
    service.runner.tick(now);
    service.pulse.beat(
        context.setting.config.state,
        fmt::format("{} {}", service.runner.state().running, now.micros / refresh_micros));
  });
  end_soon();
  spdlog::info("the status page has ended");
  return Exit::done;
}

}  // namespace miroir
