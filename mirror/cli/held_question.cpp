#include "mirror/cli/held_question.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "mirror/cli/asking.hpp"
#include "mirror/cli/naming.hpp"
#include "mirror/cli/report.hpp"

namespace miroir {
namespace {

using nlohmann::ordered_json;

bool is_about(const Request& request, std::int64_t held) {
  if (const auto* ignore = std::get_if<Ignoring>(&request.what)) {
    return std::any_of(ignore->questions.begin(), ignore->questions.end(),
                       [&](const Ignoring::Question& one) { return one.held == held; });
  }
  return is_answer_to(request.what, held);
}

// What a changed mapping or a computation made of it came in at no time of its own.
bool came_by_itself(const OpenHeld& held) {
  return held.why != HoldReason::remapped && held.why != HoldReason::term;
}

// Where two full databases meet, the head is one site's value, and nobody has agreed to it. (Who
// puts back what was agreed, while it is a question, comes in with a later cycle.)
bool has_met_so(const OpenHeld& held, const Value& head) {
  return held.why == HoldReason::policy && !held.proposal && held.came[0] == held.since &&
         held.came[1] == held.since &&
         (held.candidates[0] == head || held.candidates[1] == head);
}

std::optional<Arrival> arrival_of(const OpenHeld& held, SiteId site,
                                  const std::optional<Value>& agreed, const Store& store) {
  const std::size_t i = index(site);
  if (agreed == held.candidates[i] || !came_by_itself(held)) return std::nullopt;
  if (held.changed[i]) return Arrival{to_string(*held.changed[i]), true};
  if (!held.came[i]) return std::nullopt;
  const std::string time = store.cycle_time(*held.came[i]);
  return time.empty() ? std::nullopt : std::optional{Arrival{time, false}};
}

std::string in_words(const Arrival& arrival) {
  return (arrival.by_journal ? "changed there " : "came in with the cycle of ") + arrival.time;
}

ordered_json to_json(const std::optional<Arrival>& arrival) {
  if (!arrival) return nullptr;
  return {{"time", arrival->time}, {"known_by", arrival->by_journal ? "journal" : "cycle"}};
}

}  // namespace

Question look_up(const OpenHeld& held, const Store& store, const Mapping& mapping) {
  Question question{.line = line_of(held, store, mapping),
                    .keys = every_key(store, mapping, held.entity, held.record),
                    .since = store.cycle_time(held.since),
                    .agreed = {},
                    .agreed_text = {},
                    .proposal_text = {},
                    .arrived = {},
                    .requests = {}};
  for (EndedRequest& one : store.requests_of(held.record)) {
    if (is_about(one.request, held.id)) question.requests.push_back(std::move(one));
  }
  if (!held.field) return question;
  const Field& field = mapping.entity(held.entity).fields[*held.field];
  const Value head = store.record(held.record).value().head.at(*held.field);
  if (!has_met_so(held, head)) {
    question.agreed = head;
    question.agreed_text = spoken_value(store, mapping, field, head);
  }
  for (const SiteId site : both_sites)
    question.arrived[index(site)] = arrival_of(held, site, question.agreed, store);
  if (held.proposal) question.proposal_text = spoken_value(store, mapping, field, *held.proposal);
  return question;
}

std::vector<std::string> answers(const Question& question, const Mapping& mapping) {
  const std::string command = fmt::format("miroir held answer {} ", question.line.held.id);
  if (!question.line.held.field) return {command + "--keep", command + "--delete"};
  std::vector<std::string> all;
  for (const std::string& site : mapping.sites) all.push_back(command + "--take " + site);
  all.push_back(command + "--value TEXT");
  if (question.line.held.proposal) all.push_back(command + "--take-back");
  return all;
}

std::string to_text(const Question& question, const Store& store, const Mapping& mapping) {
  const HeldLine& line = question.line;
  std::string text =
      fmt::format("held {}: {} {}, {}\n  {}, since cycle {}{}\n", line.held.id, line.entity,
                  question.keys, line.field, line.held.reason, line.held.since.raw(),
                  question.since.empty() ? "" : ", " + question.since);
  if (line.held.closed) {
    return text +
           fmt::format("  it waits for nobody any more, since cycle {}\n",
                       line.held.closed->raw()) +
           to_text(question.requests, store, mapping);
  }
  if (const auto& ignored = line.held.ignored) {
    text += fmt::format("  ignored until it changes, by {} since {}: {}\n", ignored->by,
                        ignored->since, ignored->reason);
  }
  if (line.held.field) {
    text += fmt::format("  agreed before     {}\n",
                        question.agreed ? question.agreed_text : "nothing that is known");
    for (const SiteId site : both_sites) {
      text += fmt::format("  {:<16}  {}\n", mapping.sites[index(site)], line.values[index(site)]);
      const auto& arrived = question.arrived[index(site)];
      if (arrived) text += fmt::format("  {:<16}    {}\n", "", in_words(*arrived));
    }
    if (line.held.proposal) text += fmt::format("  had lost          {}\n", question.proposal_text);
    text += "Each site keeps its value until somebody decides:\n";
  } else {
    text += "It stays until somebody decides:\n";
  }
  for (const std::string& command : answers(question, mapping)) text += "  " + command + "\n";
  if (line.held.field) text += "or make both sites agree there.\n";
  return text + to_text(question.requests, store, mapping);
}

nlohmann::ordered_json to_json(const Question& question, const Store& store,
                               const Mapping& mapping) {
  nlohmann::ordered_json object = miroir::to_json(question.line, mapping);
  object["since_time"] = question.since;
  object["agreed"] = question.agreed ? to_json(*question.agreed) : nlohmann::ordered_json(nullptr);
  for (const SiteId site : both_sites)
    object["arrived"][mapping.sites[index(site)]] = to_json(question.arrived[index(site)]);
  object["had_lost"] = question.line.held.proposal ? to_json(*question.line.held.proposal)
                                                   : nlohmann::ordered_json(nullptr);
  object["open"] = !question.line.held.closed;
  object["answers"] = answers(question, mapping);
  object["requests"] = miroir::to_json(question.requests, store, mapping);
  return object;
}

}  // namespace miroir
