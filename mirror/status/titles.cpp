#include "mirror/status/titles.hpp"

#include <algorithm>
#include <array>

#include "mirror/cli/held_items.hpp"
#include "mirror/cli/naming.hpp"
#include "mirror/cli/report.hpp"
#include "schema/row_codec.hpp"

namespace miroir {
namespace {

// Fields that people know things by, most telling first. A mapping that calls them otherwise only
// makes plainer titles.
constexpr std::array telling{"order_no", "sku",   "number",  "name",        "bill_name",
                             "label",    "title", "company", "description", "email"};
constexpr std::size_t telling_max = 2;

void add(std::vector<std::string>& all, const Value& value) {
  const auto* text = std::get_if<std::string>(&value);
  if (text == nullptr || text->empty()) return;
  if (std::find(all.begin(), all.end(), *text) == all.end()) all.push_back(*text);
}

// The first record that it refers to: a stock has no name, its item has.
std::vector<std::string> of_parent(const Records& records, const Entity& entity, const Row& head) {
  for (std::size_t f = 0; f < entity.fields.size(); ++f) {
    const Field& field = entity.fields[f];
    const auto* parent = std::get_if<std::int64_t>(&head.at(f));
    if (!field.refers_to || parent == nullptr) continue;
    const auto state = records.store.record(RecordId{*parent});
    if (state) return known_by(records, records.mapping().entity(state->entity), state->head);
  }
  return {};
}

std::string joined(std::string title, const std::vector<std::string>& names) {
  for (const std::string& name : names) title += " · " + name;
  return title;
}

}  // namespace

std::vector<std::string> known_by(const Records& records, const Entity& entity, const Row& head) {
  std::vector<std::string> all;
  for (const char* name : telling) {
    const auto field = entity.field_index(name);
    if (field && *field < head.size() && !records.masking.hides(entity.name, name))
      add(all, head[*field]);
  }
  if (all.empty()) all = of_parent(records, entity, head);
  if (all.size() > telling_max) all.resize(telling_max);
  return all;
}

std::string title_of(const Records& records, const Speech& speech, const RecordState& state) {
  const Entity& entity = records.mapping().entity(state.entity);
  return joined(speech.title(entity.name) + " " +
                    spoken_key(records.store, records.mapping(), state.entity, state.id),
                known_by(records, entity, state.head));
}

std::string title_of(const Records& records, const Speech& speech, RecordId record) {
  const auto state = records.store.record(record);
  return state ? title_of(records, speech, *state) : "";
}

std::string value_in_words(const Records& records, const Speech& speech, const Entity& entity,
                           std::size_t field, const Value& value) {
  const Field& its = entity.fields.at(field);
  if (records.masking.hides(entity.name, its.name)) return speech.say("value.hidden");
  return speech.shown(value, spoken_value(records.store, records.mapping(), its, value));
}

std::string keys_of(const Records& records, const Speech& speech, EntityId entity,
                    RecordId record) {
  std::string text;
  const Presence presence = records.store.presence(record);
  for (const SiteId site : both_sites) {
    const auto& key = presence.keys[index(site)];
    if (!key) continue;
    text += (text.empty() ? "" : ", ") + spoken_key(records.mapping().table(entity, site), *key) +
            " (" + speech.name(records.mapping().sites[index(site)]) + ")";
  }
  return text;
}

std::optional<RecordId> record_of(const Records& records, const OpenSetAside& item) {
  return record_of(records.store, records.mapping(), item);
}

std::string title_of(const Records& records, const Speech& speech, const OpenSetAside& item) {
  if (const auto record = record_of(records, item)) return title_of(records, speech, *record);
  const Entity& entity = records.mapping().entity(item.entity);
  try {
    const SiteTable& table = entity.table[index(item.site)];
    return speech.title(entity.name) + " " +
           spoken_key(table, parse_key_text(item.key, table.key_kinds()));
  } catch (const CodecError&) {
    return speech.title(entity.name) + " " + item.key;
  }
}

}  // namespace miroir
