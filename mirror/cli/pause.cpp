// miroir pause: what a person wants left alone for a while, and why. Written straight into the
// store, also beside a running cycle, whose lock it does not want: a pause moves no head.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "mirror/cli/asking.hpp"
#include "mirror/cli/output.hpp"
#include "mirror/cli/pausing.hpp"
#include "mirror/cli/remapping.hpp"
#include "mirror/cli/report.hpp"
#include "mirror/cli/sites.hpp"

namespace miroir {
namespace {

std::string required_reason(const std::string& given) {
  std::string line = checked_reason(given);
  if (line.empty()) {
    throw VerbError{Exit::usage, "a pause needs a reason, for whoever finds it next week",
                    "--reason 'month end'"};
  }
  return line;
}

std::string consequences(const Pausable& what, const Mapping& mapping) {
  if (const auto* site = std::get_if<SiteId>(&what)) {
    return fmt::format(
        "no cycle connects to {}, reads from it or writes to it; {} is read, and what is for {} "
        "waits",
        mapping.sites[index(*site)], mapping.sites[index(other(*site))],
        mapping.sites[index(*site)]);
  }
  const std::string with = waiting_with(what, mapping);
  return fmt::format("no cycle reads or writes {}{}{}; its changes wait in the journals",
                     name_of(what, mapping), with.empty() ? "" : ", nor what refers to it: ", with);
}

std::string to_text(const Pause& pause, const std::optional<Pause>& before,
                    const Mapping& mapping) {
  const std::string& name = name_of(pause.what, mapping);
  std::string text = before ? fmt::format(
                                  "{} was paused already, since {} by {}; the reason was: {}\n"
                                  "  it is now: {}\n",
                                  name, before->since, before->by, before->reason, pause.reason)
                            : fmt::format("{} is paused: {}\n", name, pause.reason);
  text += fmt::format("  {}\n", consequences(pause.what, mapping));
  text += "  this holds from the next cycle on; one that runs now goes on as it began\n";
  text += fmt::format("  when it is over: {}\n", resume_command(pause.what, mapping));
  return text;
}

nlohmann::ordered_json to_json(const Pause& pause, const std::optional<Pause>& before,
                               const Mapping& mapping) {
  nlohmann::ordered_json object{{"outcome", name_of(Exit::done)},
                                {"paused", to_json(pause, mapping)},
                                {"replaced", nullptr},  // The reason of a pause that goes on.
                                {"from", "the next cycle"}};
  if (before) object["replaced"] = before->reason;
  return object;
}

}  // namespace

Exit run_verb(Context& context, const PauseVerb& verb) {
  use_mapping_of_state(context);
  const auto& [config, mapping] = context.setting;
  const Pausable what = chosen_pausable(mapping, verb.site, verb.entity);
  Pause pause{.what = what,
              .reason = required_reason(verb.reason),
              .since = now_as_text(),
              .by = login_name()};
  require_state(context);
  Store store = Store::open(config.state, mapping, NoStore::refused);
  const auto before = store.pause(pause);
  if (before) {
    pause.since = before->since;
    pause.by = before->by;
  }
  print(context.json ? to_line(to_json(pause, before, mapping)) : to_text(pause, before, mapping));
  return Exit::done;
}

}  // namespace miroir
