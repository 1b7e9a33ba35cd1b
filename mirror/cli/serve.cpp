// miroir serve: the status page and its API; and the cycles, where the configuration has it so.
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <thread>

#include "mirror/cli/child.hpp"
#include "mirror/cli/output.hpp"
#include "mirror/cli/sites.hpp"
#include "mirror/state/accounts.hpp"
#include "mirror/status/http_server.hpp"
#include "mirror/status/records.hpp"
#include "mirror/status/routes.hpp"
#include "mirror/status/service.hpp"

namespace miroir {
namespace {

constexpr std::int64_t refresh_micros = 15'000'000;  // Open pages look at the clock that often.
constexpr std::int64_t tell_micros = 60'000'000;     // Whether people are to be told, as well.
constexpr std::chrono::seconds farewell_max{4};
constexpr std::chrono::milliseconds children_max{3'500};

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

// A cycle that was started here ends after the chunk that it is at; one that does not is left
// alone.
void end_children(Service& service) {
  const auto ends = std::chrono::steady_clock::now() + children_max;
  for (bool ended = false; !ended && std::chrono::steady_clock::now() < ends;) {
    const bool cycle = service.runner.stop();
    ended = service.tasks.stop() && cycle;
    if (!ended) std::this_thread::sleep_for(std::chrono::milliseconds{20});
  }
}

// A handler may wait for a running cycle's transaction, and nobody waits that long for a server to
// end. What it does is one transaction, which then has happened or has not.
void end_soon() {
  std::thread{[] {
    std::this_thread::sleep_for(farewell_max);
    std::_Exit(static_cast<int>(Exit::done));
  }}.detach();
}

// Has people told what has begun and what is over, above all that no cycle ends any more.
class Teller {
 public:
  explicit Teller(const Config& config) : config_{config} {}

  void tick(Instant now) {
    if (!config_.notify.tells_anybody()) return;
    if (child_ > 0 && ended(child_)) child_ = -1;
    if (child_ > 0 && now.micros > kill_at_) ::kill(-child_, SIGKILL);
    if (child_ > 0 || now.micros < next_) return;
    next_ = now.micros + tell_micros;
    kill_at_ =
        now.micros + 3 * std::chrono::microseconds{config_.notify.timeout}.count() + tell_micros;
    child_ = start_child({.program = this_program,
                          .words = {"miroir", "notify", "--config",
                                    std::filesystem::absolute(config_.file).string()}});
  }

 private:
  const Config& config_;
  pid_t child_ = -1;
  std::int64_t next_ = 0, kill_at_ = 0;
};

// Before the first search, which would wait for it.
void read_texts(Service& service) {
  try {
    const Records records{service.context_now.get()->context};
    const Store::Reading reading{records.store};
    service.texts.follow(service.configured.state, records.store, records.mapping());
  } catch (const std::exception&) {
    // Nothing is mirrored yet, or what is wrong will be told to whoever asks.
  }
}

}  // namespace

Exit run_verb(Context& context, const ServeVerb& verb) {
  ServeConfig& config = context.setting.config.serve;
  if (verb.listen) config.listen = *verb.listen;
  require_endpoint(config.listen);
  require_safe(config);
  require_state(context);
  // Held open as long as the page is there: who closes the file last takes its -wal and -shm away,
  // and a child that opens it at that moment would be told of an I/O error.
  const Accounts accounts{context.setting.config.state};
  const bool nobody = accounts.all().empty();
  if (nobody) spdlog::warn("nobody can sign in yet: miroir user add NAME --role administrator");
  Service service{context};
  HttpServer server{
      config.listen, {}, [&](const HttpRequest& request) { return answer(service, request); }};
  print(fmt::format("The status page is at {}\n",
                    service.behind_tls() ? config.address : "http://" + server.address()));
  read_texts(service);
  Teller teller{context.setting.config};
  server.run([&] {
    const Instant now = now_instant();
    teller.tick(now);
    service.runner.tick(now);
    service.tasks.tick(now);
    service.pulse.beat(
        context.setting.config.state,
        fmt::format("{} {} {} {}", service.runner.state().running, service.tasks.stamp(),
                    service.context_now.get()->reading, now.micros / refresh_micros));
  });
  end_soon();
  end_children(service);
  spdlog::info("the status page has ended");
  return Exit::done;
}

}  // namespace miroir
