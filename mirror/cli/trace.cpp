// miroir trace: the story of one record, from its birth on: what became of its fields and where
// from, what was decided and what lost, what waited for a person, and what people asked. Also of
// records that are deleted, or mirrored no more. Asks no site.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "mirror/cli/asking.hpp"
#include "mirror/cli/naming.hpp"
#include "mirror/cli/output.hpp"
#include "mirror/cli/remapping.hpp"
#include "mirror/cli/report.hpp"
#include "mirror/cli/sites.hpp"
#include "mirror/cli/story.hpp"

namespace miroir {
namespace {

using nlohmann::ordered_json;

std::string state_of(const Store& store, RecordId record) {
  const auto state = store.record(record);
  if (!state) return "mirrored no more";
  return state->gone ? "deleted" : "alive";
}

std::string to_text(const Told& told, const std::vector<Event>& story) {
  std::string text = fmt::format("{} {}: {}\n", told.entity, told.keys, told.state);
  std::optional<CycleNumber> cycle;
  for (const Event& event : story) {
    if (cycle != event.cycle) {
      text += fmt::format("\ncycle {}{}\n", event.cycle.raw(),
                          event.time.empty() ? "" : ", " + event.time);
    }
    cycle = event.cycle;
    text += fmt::format("  {}{}\n", event.of.empty() ? "" : event.of + ": ", event.text);
  }
  return text;
}

ordered_json to_json(const Told& told, const std::vector<Event>& story) {
  ordered_json object{{"outcome", name_of(Exit::done)},
                      {"entity", told.entity},
                      {"keys", told.keys},
                      {"state", told.state},
                      {"story", ordered_json::array()}};
  for (const Event& event : story) {
    ordered_json entry{{"cycle", event.cycle.raw()}, {"time", event.time}, {"of", event.of}};
    entry.update(event.json);
    entry["text"] = event.text;
    object["story"].push_back(std::move(entry));
  }
  return object;
}

// Live records first: one that is mirrored no more may have had a key that another has now.
Told find_told(const Store& store, const Mapping& mapping, const TraceVerb& verb) {
  if (const Entity* entity = mapping.find(verb.entity)) {
    const auto found = find_records(store, *entity, verb.key);
    if (found.size() > 1) find_record(store, *entity, verb.key);  // Says what to do.
    if (found.size() == 1) {
      return {.record = found.front(),
              .entity = entity->name,
              .keys = every_key(store, mapping, entity->id, found.front()),
              .state = state_of(store, found.front())};
    }
  }
  if (auto former = find_former(store, verb.entity, verb.key)) return *former;
  find_record(store, chosen_entity(mapping, verb.entity), verb.key);
  throw std::logic_error{"a record is there and is not"};
}

}  // namespace

Exit run_verb(Context& context, const TraceVerb& verb) {
  require_state(context);
  use_mapping_of_state(context);
  const Mapping& mapping = context.setting.mapping;
  const Store store = Store::open_read_only(context.setting.config.state, mapping);
  require_seeded(store);
  bind_from_store_alone(context, store);
  const Told told = find_told(store, mapping, verb);
  const std::vector<Event> story = tell_story(store, mapping, told);
  print(context.json ? to_line(to_json(told, story)) : to_text(told, story));
  return Exit::done;
}

}  // namespace miroir
