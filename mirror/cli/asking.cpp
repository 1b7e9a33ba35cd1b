#include "mirror/cli/asking.hpp"

#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "mirror/cli/naming.hpp"
#include "mirror/cli/output.hpp"
#include "mirror/cli/remapping.hpp"
#include "mirror/cli/report.hpp"
#include "mirror/cli/sites.hpp"
#include "mirror/cli/table.hpp"
#include "schema/overload.hpp"

namespace miroir {
namespace {

using nlohmann::ordered_json;

constexpr std::size_t reason_width_max = 200;  // It stands in reports: one line.
constexpr std::size_t shown_max = 100;
constexpr std::size_t pending_max = 1'000;

// "customer 5, note"
std::string subject(const OpenHeld& held, const Store& store, const Mapping& mapping) {
  const Entity& entity = mapping.entity(held.entity);
  const std::string record =
      entity.name + " " + spoken_key(store, mapping, held.entity, held.record);
  return held.field ? record + ", " + entity.fields.at(*held.field).name : record;
}

std::string described(const AnswerFields& answer, const Store& store, const Mapping& mapping) {
  std::string text;
  for (const Choice& choice : answer.choices) {
    const auto held = store.held(choice.held);
    if (!text.empty()) text += "; ";
    text += fmt::format("held {}", choice.held);
    if (!held || !held->field) continue;
    const Field& field = mapping.entity(held->entity).fields.at(*held->field);
    text += fmt::format(": {}: {}", subject(*held, store, mapping),
                        spoken_value(store, mapping, field, choice.value));
  }
  return text;
}

std::string described(const Undo& undo, const Store& store, const Mapping& mapping) {
  const auto decision = store.conflict(undo.decision);
  if (!decision) return fmt::format("decision {}", undo.decision);
  const Entity* entity = mapping.find(decision->entity);
  const std::string key =
      entity == nullptr ? ""
                        : " " + spoken_key(store, mapping, entity->id, decision->conflict.record);
  return fmt::format("decision {}: {}{}{}{}: {} again", undo.decision, decision->entity, key,
                     decision->field.empty() ? "" : ", ", decision->field,
                     display(decision->conflict.loser));
}

std::string described(const Link& link, const Mapping& mapping) {
  const Entity* entity = mapping.find(link.entity);
  std::string text = link.entity;
  for (const SiteId site : both_sites) {
    const Key& key = link.keys[index(site)];
    text += fmt::format("{} {} ({})", site == SiteId::first ? "" : " and",
                        entity == nullptr ? "" : spoken_key(entity->table[index(site)], key),
                        mapping.sites[index(site)]);
  }
  return text + " are one";
}

std::string described(const Unlink& unlink, const Store& store, const Mapping& mapping) {
  const auto record = store.record(unlink.record);
  if (!record) return "a record that is mirrored no more";
  return fmt::format("{} {} are two", mapping.entity(record->entity).name,
                     every_key(store, mapping, record->entity, unlink.record));
}

std::string described(const Ignoring& ignore, const Store& store, const Mapping& mapping) {
  const char* what = ignore.ignored ? ": ignored until it changes" : ": it waits again";
  if (const auto& item = ignore.set_aside)
    return fmt::format("set aside as S{}: {}{}", item->id, item->what, what);
  std::string text;
  for (const Ignoring::Question& one : ignore.questions) {
    const auto held = store.held(one.held);
    text += fmt::format("{}held {}{}{}", text.empty() ? "" : "; ", one.held, held ? ": " : "",
                        held ? subject(*held, store, mapping) : "");
  }
  return text + what;
}

std::string described(const Resync& resync, const Mapping& mapping) {
  const Entity* entity = mapping.find(resync.entity);
  std::string text = counted(resync.roots.size(), resync.entity, resync.entity + " records");
  if (entity != nullptr && resync.roots.size() == 1) {
    for (const SiteId site : both_sites) {
      const auto& key = resync.roots.front().keys[index(site)];
      if (key)
        text =
            fmt::format("{} {} ({})", resync.entity, spoken_key(entity->table[index(site)], *key),
                        mapping.sites[index(site)]);
    }
  }
  return resync.from ? fmt::format("{}: {} is right", text, mapping.sites[index(*resync.from)])
                     : text + ": read again, and merged";
}

const char* state_of(const EndedRequest& one) {
  if (one.end.cycle == CycleNumber{}) return "waits";
  return one.end.done ? "done" : "refused";
}

std::vector<EndedRequest> still_waiting(const Store& store, const std::vector<std::int64_t>& ids) {
  std::vector<EndedRequest> asked;
  for (Request& request : store.requests(ids.front() - 1, pending_max)) {
    if (std::find(ids.begin(), ids.end(), request.id) != ids.end())
      asked.push_back({std::move(request), {}});
  }
  return asked;
}

// What the same person had asked before, and what these stand for now.
std::vector<EndedRequest> replaced_for(const Store& store, const std::vector<std::int64_t>& ids) {
  std::vector<EndedRequest> replaced;
  for (const EndedRequest& asked : still_waiting(store, ids)) {
    if (!asked.request.record) continue;
    for (EndedRequest& one : store.requests_of(*asked.request.record)) {
      if (one.end.message == replaced_by(asked.request.id)) replaced.push_back(std::move(one));
    }
  }
  return replaced;
}

void print_asked(const Context& context, const Store& store, const std::vector<std::int64_t>& ids) {
  const Mapping& mapping = context.setting.mapping;
  if (context.json) {
    print(to_line(asked_json(store, mapping, ids)));
  } else {
    print(to_text(replaced_for(store, ids), store, mapping) +
          to_text(still_waiting(store, ids), store, mapping) +
          "The next cycle carries that out; `miroir plan` shows how, --now does it at once.\n");
  }
}

// What this person asked is in the report of the cycle; that it was refused, he must not overlook.
Exit run_now(const Context& configured, const std::vector<std::int64_t>& ids,
             const CycleVerb& cycle) {
  Context context = configured;
  Exit exit = Exit::done;
  try {
    exit = run_verb(context, cycle);
  } catch (const VerbError& error) {
    if (error.exit() != Exit::busy) throw;
    throw VerbError{Exit::busy, error.what(),
                    "what you have asked is noted; the next cycle carries it out"};
  }
  use_mapping_of_state(context);
  const Store store = Store::open_read_only(context.setting.config.state, context.setting.mapping);
  for (const std::int64_t id : ids) {
    if (store.was_refused(id)) exit = graver(exit, Exit::waiting);
  }
  return exit;
}

}  // namespace

bool is_replaced(const EndedRequest& one) {
  return !one.end.done && one.end.message.starts_with("replaced by ");
}

std::string_view kind_of(const Request& request) {
  static constexpr const char* names[] = {"answer", "answer", "undo",   "retry",
                                          "link",   "unlink", "resync", "ignore"};
  static_assert(std::size(names) == std::variant_size_v<Asked>);
  const auto* ignore = std::get_if<Ignoring>(&request.what);
  if (ignore != nullptr && !ignore->ignored) return "unignore";
  return names[request.what.index()];
}

// miroir runs as a user of its own: with sudo, who asked is more to the point.
std::string login_name() {
  if (const char* sudo = std::getenv("SUDO_USER"); sudo != nullptr && *sudo != '\0') return sudo;
  passwd entry{};
  passwd* found = nullptr;
  std::array<char, 4096> buffer{};
  if (::getpwuid_r(::getuid(), &entry, buffer.data(), buffer.size(), &found) == 0 &&
      found != nullptr) {
    return found->pw_name;
  }
  return fmt::format("user {}", ::getuid());
}

std::string named_or_login(const std::string& by) {
  return by.empty() ? login_name() : checked_reason(by);
}

std::string checked_reason(const std::string& given) {
  const std::size_t width = display_width(given);
  if (width > reason_width_max) {
    throw VerbError{
        Exit::usage,
        fmt::format("the reason is too long: {} characters, at most {}", width, reason_width_max),
        "say it in one line"};
  }
  const std::string line = shortened(given, reason_width_max);  // Line feeds become blanks.
  const auto first = line.find_first_not_of(' ');
  if (first == std::string::npos) return {};
  return line.substr(first, line.find_last_not_of(' ') - first + 1);
}

Store open_to_ask(Context& context) {
  require_state(context);
  use_mapping_of_state(context);
  Store store =
      Store::open(context.setting.config.state, context.setting.mapping, NoStore::refused);
  require_seeded(store);
  bind_from_store_alone(context, store);
  return store;
}

std::vector<std::int64_t> ask(Store& store, const Mapping& mapping, const std::vector<Wish>& wishes,
                              const std::string& by, const std::string& reason) {
  std::vector<Request> requests;
  for (const Wish& wish : wishes) {
    requests.push_back({.id = 0,
                        .made = now_as_text(),
                        .by = by,
                        .reason = checked_reason(reason),
                        .record = wish.record,
                        .what = wish.what});
  }
  try {
    return store.ask_all(requests);
  } catch (const AnsweredAlready& answered) {
    throw VerbError{Exit::usage,
                    fmt::format("{} has answered already, at {}: {}", answered.first().by,
                                answered.first().made, described(answered.first(), store, mapping)),
                    "the next cycle carries that out; nothing was asked"};
  }
}

ordered_json asked_json(const Store& store, const Mapping& mapping,
                        const std::vector<std::int64_t>& ids) {
  return {{"outcome", name_of(Exit::done)},
          {"requests", to_json(still_waiting(store, ids), store, mapping)},
          {"replaced", to_json(replaced_for(store, ids), store, mapping)},
          {"from", "the next cycle"}};
}

Exit ask_and_report(const Context& configured, Context& context, Store store,
                    const std::vector<Wish>& wishes, const Asking& asking) {
  const auto ids =
      ask(store, context.setting.mapping, wishes, named_or_login(asking.by), asking.reason);
  return report_asked(configured, context, store, ids, asking.now);
}

Exit report_asked(const Context& configured, const Context& context, const Store& store,
                  const std::vector<std::int64_t>& ids, bool now, const CycleVerb& cycle) {
  if (now) return run_now(configured, ids, cycle);
  print_asked(context, store, ids);
  return Exit::done;
}

std::string described(const Request& request, const Store& store, const Mapping& mapping) {
  return std::visit(
      Overload{[&](const AnswerFields& answer) { return described(answer, store, mapping); },
               [&](const AnswerDeletion& answer) {
                 const auto held = store.held(answer.held);
                 return fmt::format("held {}: {}{}", answer.held,
                                    held ? subject(*held, store, mapping) : "",
                                    answer.keep ? " is kept" : " is deleted");
               },
               [&](const Undo& undo) { return described(undo, store, mapping); },
               [&](const Retry& retry) {
                 return fmt::format("what is set aside as S{}: once more", retry.set_aside);
               },
               [&](const Link& link) { return described(link, mapping); },
               [&](const Unlink& unlink) { return described(unlink, store, mapping); },
               [&](const Resync& resync) { return described(resync, mapping); },
               [&](const Ignoring& ignore) { return described(ignore, store, mapping); }},
      request.what);
}

std::string to_text(const std::vector<EndedRequest>& requests, const Store& store,
                    const Mapping& mapping) {
  std::string text;
  for (const EndedRequest& one : requests) {
    const Request& request = one.request;
    text += fmt::format("request {} by {}, {}: {}\n", request.id, request.by,
                        is_replaced(one) ? "replaced" : state_of(one),
                        described(request, store, mapping));
    if (!one.end.message.empty()) text += fmt::format("  {}\n", one.end.message);
    if (!request.reason.empty()) text += fmt::format("  reason: {}\n", request.reason);
  }
  return text;
}

ordered_json to_json(const std::vector<EndedRequest>& requests, const Store& store,
                     const Mapping& mapping) {
  ordered_json list = ordered_json::array();
  for (const EndedRequest& one : requests) {
    const Request& request = one.request;
    list.push_back({{"id", request.id},
                    {"kind", kind_of(request)},
                    {"state", state_of(one)},
                    {"what", described(request, store, mapping)},
                    {"made", request.made},
                    {"by", request.by},
                    {"reason", request.reason},
                    {"message", one.end.message},
                    {"cycle", nullptr}});
    if (one.end.cycle != CycleNumber{}) list.back()["cycle"] = one.end.cycle.raw();
  }
  return list;
}

std::vector<EndedRequest> requests_around(const Store& store, CycleNumber cycle) {
  auto all = store.ended_requests(cycle, shown_max);
  std::reverse(all.begin(), all.end());
  for (Request& request : store.requests(0, pending_max)) all.push_back({std::move(request), {}});
  return all;
}

}  // namespace miroir
