// miroir held show: one question, all that is known about it, and what can be said to it.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "mirror/cli/asking.hpp"
#include "mirror/cli/held_items.hpp"
#include "mirror/cli/naming.hpp"
#include "mirror/cli/output.hpp"
#include "mirror/cli/remapping.hpp"
#include "mirror/cli/report.hpp"
#include "mirror/cli/sites.hpp"

namespace miroir {
namespace {

using nlohmann::ordered_json;

struct Shown {
  HeldLine line;
  std::string keys;   // Every key of the record.
  std::string since;  // When the cycle began that asked; "": not known.
  Value agreed;       // What the field is for both until somebody decides.
  std::string agreed_text, proposal_text;
  std::vector<EndedRequest> requests;
};

bool is_about(const Request& request, std::int64_t held) {
  if (const auto* deletion = std::get_if<AnswerDeletion>(&request.what))
    return deletion->held == held;
  const auto* answer = std::get_if<AnswerFields>(&request.what);
  if (answer == nullptr) return false;
  for (const Choice& choice : answer->choices) {
    if (choice.held == held) return true;
  }
  return false;
}

Shown look_up(const OpenHeld& held, const Store& store, const Mapping& mapping) {
  Shown shown{.line = line_of(held, store, mapping),
              .keys = every_key(store, mapping, held.entity, held.record),
              .since = store.cycle_time(held.since),
              .agreed = {},
              .agreed_text = {},
              .proposal_text = {},
              .requests = {}};
  for (EndedRequest& one : store.requests_of(held.record)) {
    if (is_about(one.request, held.id)) shown.requests.push_back(std::move(one));
  }
  if (!held.field) return shown;
  const Field& field = mapping.entity(held.entity).fields[*held.field];
  shown.agreed = store.record(held.record).value().head.at(*held.field);
  shown.agreed_text = spoken_value(store, mapping, field, shown.agreed);
  if (held.proposal) shown.proposal_text = spoken_value(store, mapping, field, *held.proposal);
  return shown;
}

// The commands that answer it, as they are typed.
std::vector<std::string> answers(const Shown& shown, const Mapping& mapping) {
  const std::string command = fmt::format("miroir held answer {} ", shown.line.held.id);
  if (!shown.line.held.field) return {command + "--keep", command + "--delete"};
  std::vector<std::string> all;
  for (const std::string& site : mapping.sites) all.push_back(command + "--take " + site);
  all.push_back(command + "--value TEXT");
  if (shown.line.held.proposal) all.push_back(command + "--take-back");
  return all;
}

std::string to_text(const Shown& shown, const Store& store, const Mapping& mapping) {
  const HeldLine& line = shown.line;
  std::string text =
      fmt::format("held {}: {} {}, {}\n  {}, since cycle {}{}\n", line.held.id, line.entity,
                  shown.keys, line.field, line.held.reason, line.held.since.raw(),
                  shown.since.empty() ? "" : ", " + shown.since);
  if (line.held.closed) {
    return text +
           fmt::format("  it waits for nobody any more, since cycle {}\n",
                       line.held.closed->raw()) +
           to_text(shown.requests, store, mapping);
  }
  if (line.held.field) {
    text += fmt::format("  agreed before     {}\n", shown.agreed_text);
    for (const SiteId site : both_sites)
      text += fmt::format("  {:<16}  {}\n", mapping.sites[index(site)], line.values[index(site)]);
    if (line.held.proposal) text += fmt::format("  had lost          {}\n", shown.proposal_text);
    text += "Each site keeps its value until somebody decides:\n";
  } else {
    text += "It stays until somebody decides:\n";
  }
  for (const std::string& command : answers(shown, mapping)) text += "  " + command + "\n";
  if (line.held.field) text += "or make both sites agree there.\n";
  return text + to_text(shown.requests, store, mapping);
}

ordered_json to_json(const Shown& shown, const Store& store, const Mapping& mapping) {
  ordered_json object = miroir::to_json(shown.line, mapping);
  object["since_time"] = shown.since;
  object["agreed"] = to_json(shown.agreed);
  object["had_lost"] =
      shown.line.held.proposal ? to_json(*shown.line.held.proposal) : ordered_json(nullptr);
  object["open"] = !shown.line.held.closed;
  object["answers"] = answers(shown, mapping);
  object["requests"] = miroir::to_json(shown.requests, store, mapping);
  return object;
}

}  // namespace

Exit run_verb(Context& context, const HeldShowVerb& verb) {
  require_state(context);
  use_mapping_of_state(context);
  const Mapping& mapping = context.setting.mapping;
  const Store store = Store::open_read_only(context.setting.config.state, mapping);
  bind_from_store_alone(context, store);
  const auto held = store.held(verb.id);
  if (!held) {
    throw VerbError{Exit::usage, fmt::format("there is no held item {}", verb.id),
                    "`miroir held list` shows what waits"};
  }
  const Shown shown = look_up(*held, store, mapping);
  const Exit exit = held->closed ? Exit::done : Exit::waiting;
  if (context.json) {
    print(to_line({{"outcome", name_of(exit)}, {"item", to_json(shown, store, mapping)}}));
  } else {
    print(to_text(shown, store, mapping));
  }
  return exit;
}

}  // namespace miroir
