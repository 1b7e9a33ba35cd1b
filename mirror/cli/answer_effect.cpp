#include "mirror/cli/answer_effect.hpp"

#include <nlohmann/json.hpp>

#include "mirror/cli/held_items.hpp"
#include "mirror/cli/naming.hpp"
#include "mirror/cli/report.hpp"
#include "mirror/cli/table.hpp"

namespace miroir {
namespace {

using nlohmann::ordered_json;

std::vector<AnswerEffect> effects_of(const AnswerFields& answer, const Store& store) {
  std::vector<AnswerEffect> all;
  for (const Choice& choice : answer.choices) {
    const auto held = store.held(choice.held);
    if (held) all.push_back({*held, choice.seen, {choice.value, choice.value}});
  }
  return all;
}

std::vector<AnswerEffect> effects_of(const AnswerDeletion& answer, const Store& store) {
  const auto held = store.held(answer.held);
  if (!held) return {};
  return {{*held, {}, {}, has_or_gets(held->record, store), answer.keep}};
}

const char* before_of(bool there) { return there ? "there" : "not there"; }
const char* after_of(bool there, bool stays) {
  if (!there) return "not there";
  return stays ? "stays" : "deleted";
}

std::vector<AnswerEffect> effects_of(const std::vector<Wish>& wishes, const Store& store) {
  std::vector<AnswerEffect> all;
  for (const Wish& wish : wishes) {
    for (AnswerEffect& one : effects_of(wish, store)) all.push_back(std::move(one));
  }
  return all;
}

ordered_json at_site(const AnswerEffect& effect, SiteId site) {
  const std::size_t i = index(site);
  if (effect.held.field)
    return {{"before", to_json(effect.before[i])}, {"after", to_json(effect.after[i])}};
  return {{"before", before_of(effect.there[i])},
          {"after", after_of(effect.there[i], effect.stays)}};
}

std::string told(const AnswerEffect& effect, SiteId site, const Store& store,
                 const Mapping& mapping) {
  const std::size_t i = index(site);
  if (!effect.held.field) return after_of(effect.there[i], effect.stays);
  const Field& field = mapping.entity(effect.held.entity).fields[*effect.held.field];
  const std::string before = spoken_value(store, mapping, field, effect.before[i]);
  if (effect.before[i] == effect.after[i]) return before + " stays";
  return before + " -> " + spoken_value(store, mapping, field, effect.after[i]);
}

}  // namespace

PerSite<bool> has_or_gets(RecordId record, const Store& store) {
  const Presence presence = store.presence(record);
  PerSite<bool> has{};
  for (const SiteId site : both_sites)
    has[index(site)] = presence.there[index(site)] || !presence.outside[index(site)];
  return has;
}

std::vector<AnswerEffect> effects_of(const Wish& wish, const Store& store) {
  if (const auto* answer = std::get_if<AnswerFields>(&wish.what)) return effects_of(*answer, store);
  if (const auto* answer = std::get_if<AnswerDeletion>(&wish.what))
    return effects_of(*answer, store);
  return {};
}

ordered_json effects_json(const std::vector<Wish>& wishes, const Store& store,
                          const Mapping& mapping) {
  ordered_json list = ordered_json::array();
  for (const AnswerEffect& effect : effects_of(wishes, store)) {
    const HeldLine line = line_of(effect.held, store, mapping);
    ordered_json one{
        {"held", line.held.id}, {"entity", line.entity}, {"key", line.key}, {"field", nullptr}};
    if (line.held.field) one["field"] = line.field;
    for (const SiteId site : both_sites)
      one["at"][mapping.sites[index(site)]] = at_site(effect, site);
    list.push_back(std::move(one));
  }
  return list;
}

std::string effects_text(const std::vector<Wish>& wishes, const Store& store,
                         const Mapping& mapping) {
  Table table{{"ID", "ENTITY", "KEY", "FIELD", mapping.sites[0], mapping.sites[1]}};
  for (const AnswerEffect& effect : effects_of(wishes, store)) {
    const HeldLine line = line_of(effect.held, store, mapping);
    table.add({std::to_string(line.held.id), line.entity, line.key, line.field,
               told(effect, SiteId::first, store, mapping),
               told(effect, SiteId::second, store, mapping)});
  }
  return table.text();
}

}  // namespace miroir
