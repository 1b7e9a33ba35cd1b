#include "mirror/cli/status_report.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "mirror/cli/asking.hpp"
#include "mirror/cli/held_items.hpp"
#include "mirror/cli/pausing.hpp"
#include "mirror/cli/remapping.hpp"
#include "mirror/cli/report.hpp"
#include "mirror/cli/sites.hpp"
#include "mirror/cli/table.hpp"
#include "mirror/cli/verbs.hpp"
#include "mirror/state/store.hpp"

namespace miroir {
namespace {

using nlohmann::ordered_json;

constexpr std::size_t shown_max = 20;

ordered_json last_cycle_json(const LoggedCycle& last) {
  ordered_json object{{"cycle", last.cycle.raw()},
                      {"started", last.started},
                      {"seconds", rounded(last.seconds)},
                      {"outcome", last.outcome}};
  const auto summary = ordered_json::parse(last.summary, nullptr, false);
  object["summary"] = summary.is_discarded() ? ordered_json(last.summary) : summary;
  return object;
}

// A part of the page, after an empty line.
std::string part(const std::string& text) { return text.empty() ? "" : "\n" + text; }

std::string requests_text(const Status& status) {
  if (status.requests.empty()) return {};
  return fmt::format("Requests, {} for the next cycle:\n{}", status.pending(),
                     status.requests_text);
}

// No site is asked here, and only they know whether there was a state file.
std::string unseeded(const Context& context) {
  if (state_exists(context)) return "Not seeded yet: run `miroir seed`.\n";
  return fmt::format(
      "There is no state file {}. Where nothing is mirrored yet: run `miroir seed`. Else it is "
      "lost: `miroir check` says what to do.\n",
      context.setting.config.state.string());
}

// The sites, the cycles, and what keeps them from going on.
std::string overview(const Status& status, const Context& context) {
  const auto& [config, mapping] = context.setting;
  const std::string paused = to_text(status.pauses, mapping);
  if (!status.seeded) return unseeded(context) + paused;
  Table sites{{"SITE", "CONNECTOR", "BEHIND"}};
  for (const SiteId site : both_sites) {
    const SiteConfig& c = config.sites[index(site)];
    sites.add({c.name, c.dialect.empty() ? c.connector : c.connector + " (" + c.dialect + ")",
               counted(status.behind[index(site)], "record", "records")});
  }
  std::string text = sites.text() + "\n";
  if (status.last) {
    text += fmt::format("last cycle  {}, started {}, {:.2f} s: {}\n", status.last->cycle.raw(),
                        status.last->started, status.last->seconds, status.last->outcome);
  } else {
    text += "last cycle  none yet\n";
  }
  text += "next cycle  when cron or the timer starts it\n" + to_text_of_ignored(status.ignored);
  if (const auto& verified = status.verified) {
    text += fmt::format("verified    {}: {} drifted, {} missing\n", verified->time,
                        verified->drifted, verified->missing);
  }
  if (status.remapping) text += "\n" + to_text(*status.remapping);
  return text + part(paused);
}

}  // namespace

std::size_t Status::pending() const {
  return static_cast<std::size_t>(
      std::count_if(requests.begin(), requests.end(),
                    [](const EndedRequest& one) { return one.end.cycle == CycleNumber{}; }));
}

Status read_status(Context& context) {
  auto& [config, mapping] = context.setting;
  if (!state_exists(context)) return {};
  auto remapping = find_open_remapping(context);
  if (remapping) mapping = remapping->before;
  const Store store = Store::open_read_only(config.state, mapping);
  bind_from_store_alone(context, store);
  Status status{.seeded = store.seeded(),
                .last = store.last_logged_cycle(),
                .behind = {store.count_behind(SiteId::first), store.count_behind(SiteId::second)},
                .held = open_held(store, mapping),
                .set_aside = open_set_aside(store),
                .ignored = store.count_ignored(),
                .verified = last_verified(store),
                .decisions = decisions(store, mapping, std::nullopt, shown_max),
                .pauses = store.pauses(),
                .remapping = std::move(remapping),
                .requests = {},
                .requests_json = {},
                .requests_text = {}};
  status.requests = requests_around(store, status.last ? status.last->cycle : CycleNumber{});
  status.requests_json = to_json(status.requests, store, mapping);
  status.requests_text = to_text(status.requests, store, mapping);
  return status;
}

Exit exit_of(const Status& status) {
  if (status.remapping && status.seeded) return Exit::brake;
  return status.held.empty() && status.set_aside.empty() ? Exit::done : Exit::waiting;
}

nlohmann::ordered_json to_json(const Status& status, const Context& context) {
  const Mapping& mapping = context.setting.mapping;
  ordered_json object{{"outcome", name_of(exit_of(status))},
                      {"seeded", status.seeded},
                      {"sites", mapping.sites},
                      {"last_cycle", nullptr},
                      {"next_cycle", nullptr}};  // Whoever starts cycles knows: cron, a timer.
  if (status.last) object["last_cycle"] = last_cycle_json(*status.last);
  object["behind"] = to_json(status.behind, mapping);
  object["verified"] = nullptr;
  if (status.verified) object["verified"] = to_json(*status.verified);
  object["paused"] = to_json(status.pauses, mapping);
  if (status.remapping) object["mapping"] = to_json(*status.remapping);
  object["held"] = ordered_json::array();
  for (const HeldLine& line : status.held) object["held"].push_back(to_json(line, mapping));
  object["set_aside"] = ordered_json::array();
  for (const OpenSetAside& item : status.set_aside)
    object["set_aside"].push_back(to_json(item, mapping));
  object["ignored"] = status.ignored;
  object["pending_requests"] = status.pending();
  object["requests"] = status.requests_json;
  object["decisions"] = ordered_json::array();
  for (const Decision& d : status.decisions) object["decisions"].push_back(to_json(d));
  return object;
}

std::string to_text(const Status& status, const Context& context) {
  const Mapping& mapping = context.setting.mapping;
  if (!status.seeded) return overview(status, context);
  std::string text = overview(status, context) + part(to_text(status.held, mapping));
  text += part(to_text(status.set_aside, mapping)) + part(requests_text(status));
  if (!status.decisions.empty()) text += "\nLast decisions:\n" + to_text(status.decisions);
  return text;
}

std::string to_brief_text(const Status& status, const Context& context) {
  if (!status.seeded) return overview(status, context);
  return overview(status, context) +
         fmt::format("waiting     {}, {} set aside, {} for the next cycle\n",
                     counted(status.held.size(), "question", "questions"), status.set_aside.size(),
                     counted(status.pending(), "request", "requests"));
}

}  // namespace miroir
