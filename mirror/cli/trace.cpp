// miroir trace: the story of one record, from its birth on: what became of its fields and where
// from, what was decided and what lost, what waited for a person, and what people asked. Also of
// records that are deleted, or mirrored no more. Asks no site.
#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "mirror/cli/naming.hpp"
#include "mirror/cli/output.hpp"
#include "mirror/cli/remapping.hpp"
#include "mirror/cli/report.hpp"
#include "mirror/cli/sites.hpp"
#include "mirror/cli/story.hpp"

namespace miroir {
namespace {

std::string to_text(const Told& told, const std::vector<Event>& story) {
  std::string text = fmt::format("{} {}: {}\n", told.entity, told.keys, told.state);
  if (story.empty()) text += "\nNothing of that is known.\n";
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

// One that is mirrored no more may have a story; one that never was is a slip of the pen.
void require_field(const Mapping& mapping, const Told& told, const std::string& field,
                   const std::vector<Event>& story) {
  const Entity* entity = mapping.find(told.entity);
  if (entity == nullptr || !chosen_of(story, field, std::nullopt).empty()) return;
  const bool of_a_part = std::any_of(entity->parts.begin(), entity->parts.end(), [&](EntityId id) {
    return mapping.entity(id).field_index(field).has_value();
  });
  if (!of_a_part) chosen_field(*entity, field);
}

}  // namespace

Exit run_verb(Context& context, const TraceVerb& verb) {
  require_state(context);
  use_mapping_of_state(context);
  const Mapping& mapping = context.setting.mapping;
  const Store store = Store::open_read_only(context.setting.config.state, mapping);
  require_seeded(store);
  bind_from_store_alone(context, store);
  const Told told = find_told(store, mapping, verb.entity, verb.key);
  const auto since = verb.since ? std::optional{typed_time(*verb.since)} : std::nullopt;
  const std::vector<Event> whole = tell_story(store, mapping, told);
  if (verb.field) require_field(mapping, told, *verb.field, whole);
  const std::vector<Event> story = chosen_of(whole, verb.field, since);
  print(context.json ? to_line(to_json(told, story)) : to_text(told, story));
  return Exit::done;
}

}  // namespace miroir
