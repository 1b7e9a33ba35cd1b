// miroir notify: tells people what has begun and what is over, once for each way of telling. Cycles
// start it when they end, and serve every minute.
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <nlohmann/json.hpp>

#include "mirror/cli/output.hpp"
#include "mirror/cli/report.hpp"
#include "mirror/cli/sites.hpp"
#include "mirror/status/channels.hpp"

namespace miroir {
namespace {

using nlohmann::ordered_json;

struct Told {
  std::string way;
  Message message;
};
struct Failed {
  std::string way, error;
};
struct Sent {
  std::vector<Told> told;
  std::vector<Failed> failed;
};

// false: it did not arrive, and is tried again another time.
bool send(const Way& way, const Message& message, Sent& sent) {
  try {
    way.send(message);
    sent.told.push_back({way.name, message});
    return true;
  } catch (const std::runtime_error& error) {
    spdlog::error("nobody was told by {}: {}", way.name, error.what());
    sent.failed.push_back({way.name, error.what()});
    return false;
  }
}

std::string lock_name(const Config& config) { return config.state.string() + ".notify"; }

bool cycle_runs(const Config& config) { return !StoreLock::try_lock(config.state).has_value(); }

void tell(const Context& context, Sent& sent) {
  const Config& config = context.setting.config;
  const Service service{context};
  const ContextNow::Known known{.context = context};
  const Records records{context};
  const Instant now = now_instant();
  const Overview situation = read_overview(service, known, records, now);
  const auto all = happenings(situation, records.mapping(), config.notify,
                              situation.late && cycle_runs(config), now);
  Notices notices{config.state};
  for (const Way& way : ways_of(config.notify)) {
    for (const Happening& one : all) {
      const News news = news_of(one, notices.find(one.key(), way.name));
      if (news.change == Change::none) continue;
      if (news.change != Change::changed) {
        const Message message =
            message_of(one, news, situation, service.speech(config.notify.language),
                       config.serve.address, records.mapping(), now);
        // Whatever keeps one from arriving, the next would wait for as well.
        if (!send(way, message, sent)) break;
      }
      if (news.change == Change::over) {
        notices.forget(one.key(), way.name);
      } else {
        notices.keep({one.key(), way.name, one.items}, now_as_text());
      }
    }
  }
}

void try_out(const Context& context, Sent& sent) {
  const Config& config = context.setting.config;
  const Service service{context};
  const Message message = trial(service.speech(config.notify.language), config.serve.address,
                                context.setting.mapping);
  for (const Way& way : ways_of(config.notify)) send(way, message, sent);
}

std::string to_text(const Sent& sent) {
  std::string text;
  for (const Told& one : sent.told)
    text += fmt::format("told by {}: {}\n", one.way, one.message.subject);
  for (const Failed& one : sent.failed)
    text += fmt::format("not told by {}: {}\n", one.way, one.error);
  return text.empty() ? "nothing to tell\n" : text;
}

ordered_json to_json(const Sent& sent, Exit exit) {
  ordered_json object{{"outcome", name_of(exit)},
                      {"told", ordered_json::array()},
                      {"failed", ordered_json::array()}};
  for (const Told& one : sent.told) {
    object["told"].push_back({{"by", one.way},
                              {"event", one.message.event},
                              {"site", one.message.site},
                              {"phase", one.message.phase},
                              {"subject", one.message.subject}});
  }
  for (const Failed& one : sent.failed)
    object["failed"].push_back({{"by", one.way}, {"error", one.error}});
  return object;
}

}  // namespace

Exit run_verb(Context& context, const NotifyVerb& verb) {
  const Config& config = context.setting.config;
  if (!config.notify.tells_anybody()) {
    throw VerbError{Exit::usage, "the configuration names nobody to tell",
                    "\"notify\": {\"email\": {\"to\": [\"...\"]}}, or a command or webhook"};
  }
  Sent sent;
  if (verb.test) {
    try_out(context, sent);
  } else {
    require_state(context);
    const auto lock = StoreLock::try_lock(lock_name(config));
    if (!lock)
      throw VerbError{Exit::busy, "people are being told already", "nothing was done"};
    tell(context, sent);
  }
  const Exit exit = sent.failed.empty() ? Exit::done : Exit::unreachable;
  print(context.json ? to_line(to_json(sent, exit)) : to_text(sent));
  return exit;
}

}  // namespace miroir
