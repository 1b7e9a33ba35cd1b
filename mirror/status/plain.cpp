#include "mirror/status/plain.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "mirror/status/causes.hpp"

namespace miroir {
namespace {

using nlohmann::json;

// How many parts the id of a brake has, by its kind; one more says how many records are gone.
struct BrakeKind {
  std::string_view name;
  std::size_t parts;
};
constexpr std::array brake_kinds{
    BrakeKind{"deletions", 4}, BrakeKind{"updates", 4},  BrakeKind{"inserts", 4},
    BrakeKind{"emptied", 3},   BrakeKind{"unwatched", 3}, BrakeKind{"triggers", 4},
    BrakeKind{"columns", 4},   BrakeKind{"journal", 3},  BrakeKind{"replaced", 2},
    BrakeKind{"restored", 3},  BrakeKind{"state", 2},    BrakeKind{"clock", 2},
    BrakeKind{"store", 2}};

std::vector<std::string> parts_of(std::string_view id) {
  std::vector<std::string> parts;
  for (std::size_t from = 0; from <= id.size();) {
    const std::size_t end = std::min(id.find(':', from), id.size());
    parts.emplace_back(id.substr(from, end - from));
    from = end + 1;
  }
  return parts;
}

struct Sign {
  std::string_view words, refusal;
};
// The first that is found; what is said of a part of a sentence stands after the whole of it.
constexpr std::array signs{
    Sign{"has answered already", "answered"},
    Sign{"replaced by request", "replaced"},
    Sign{"moved since it was shown", "moved"},
    Sign{"something has happened to it since", "moved"},
    Sign{"has moved at", "moved"},
    Sign{"it is a question now", "question_now"},
    Sign{"waits for nobody any more", "closed"},
    Sign{"is not set aside", "closed"},
    Sign{"nothing is set aside", "closed"},
    Sign{"nothing that is open", "closed"},
    Sign{" is not there", "closed"},
    Sign{"computed from other fields", "computed"},
    Sign{"cannot hold it", "unfit"},
    Sign{"decided together with it", "group"},
    Sign{"say with which of the two", "keeper"},
    Sign{"does not have it, and", "referrers"},
    Sign{"refers to it", "referrers"},
    Sign{"refer to it", "referrers"},
    Sign{"a counter is not put back", "counter"},
    Sign{"was undone already", "undone"},
    Sign{"there is no decision", "no_decision"},
    Sign{"there is no such decision", "no_decision"},
    Sign{"there is nothing to put back", "nothing_back"},
    Sign{"it holds that value already", "same"},
    Sign{"it is there already", "same"},
    Sign{"it is deleted already", "same"},
    Sign{"mirrored no more", "gone"},
    Sign{"deleted since", "gone"},
    Sign{"at neither site any more", "gone"},
    Sign{"waits for a person", "question_open"},
    Sign{"goes only to", "one_way"},
    Sign{"they are one record already", "already_one"},
    Sign{"record with a row at both sites", "taken"},
    Sign{"waits for being told apart", "taken"},
    Sign{"make the others agree", "parts"},
    Sign{"has no row at", "no_row"},
    Sign{"both would have the key", "same_key"},
    Sign{"has still to be written", "unfinished"},
    Sign{"may still be under way", "unfinished"},
    Sign{"its row at ", "cannot_come"},
    Sign{"cannot be read", "cannot_come"},
    Sign{"is none that is mirrored now", "outside"},
    Sign{"is not mirrored at", "outside"},
    Sign{"is deleted", "gone"},
    Sign{"miroir knows no", "unknown"},
    Sign{"one record at one site and another", "ambiguous"},
    Sign{"no such record at", "unknown"},
    Sign{"has a key like", "unknown"},
    Sign{"as twins", "twins"},
    Sign{"read again, and merged", "read_again"},
    Sign{"done for ", "partial"},
    Sign{"does not take part in this cycle", "waits"},
    Sign{"time has run out", "waits"},
    Sign{"the cycle was to end", "waits"},
    Sign{"sits this cycle out", "waits"},
    Sign{"read again by the next cycle", "waits"},
    Sign{"is read again first", "waits"},
    Sign{"refers to a record that is not at", "waits_for"},
    Sign{"its key is made from", "waits_for"},
    Sign{"deleted with it refer", "waits_for"},
    Sign{"a record that is being deleted", "waits_for"},
    Sign{"is paused since", "paused"},
    Sign{"is a part of", "part"},
    Sign{"is part of", "part"},
    Sign{"no key is as long as this", "too_long"},
    Sign{"is too long", "too_long"},
    Sign{"mapping was changed", "settings"},
    Sign{"changed mapping", "settings"},
    Sign{"this state file's mark", "settings"},
    Sign{"is not this change of the mapping", "settings"},
    Sign{"no cycle is needed for it", "other"},
    Sign{"' is not ", "typed"},
    Sign{"' is none of", "typed"},
    Sign{"is typed as the key", "typed"},
    Sign{"bytes cannot be typed", "typed"},
};

// "the ERP", of "erp cannot hold it: ...".
std::string side_that_refuses(const Speech& speech, const Mapping& mapping,
                              const std::string& message) {
  for (const std::string& site : mapping.sites) {
    if (message.find(site + " cannot hold it") != std::string::npos) return speech.name(site);
  }
  return speech.say("refusal.a_side");
}

// "moved to ARCHIVE at erp": ARCHIVE and erp; twice nothing where it is said otherwise.
std::pair<std::string, std::string> two_in(const std::string& text, std::string_view before,
                                           std::string_view between) {
  const std::size_t middle = text.find(between);
  if (!text.starts_with(before) || middle == std::string::npos) return {};
  return {text.substr(before.size(), middle - before.size()),
          text.substr(middle + between.size())};
}

constexpr std::array<std::pair<std::string_view, const char*>, 14> rules{
    {{"max", "rule.max"},
     {"min", "rule.min"},
     {"latest", "rule.latest"},
     {"ladder", "rule.ladder"},
     {"derived", "rule.derived"},
     {"counter", "rule.counter"},
     {"hold", "rule.hold"},
     {"a change wins over a deletion that had not seen it", "rule.change"},
     {"a deletion wins over a change that had not seen it", "rule.deletion"},
     {"it came back with what it refers to, and had gone with", "rule.came_back"},
     {"what others refer to is not deleted", "rule.needed"},
     {"a counter cannot hold more than 38 digits", "rule.too_large"},
     {"two records became one: counters are not added", "rule.twins"},
     {"changed since the mapping was", "rule.mapping"}}};

}  // namespace

std::string brake_kind(std::string_view id) {
  const std::vector<std::string> parts = parts_of(id);
  const auto known = std::find_if(brake_kinds.begin(), brake_kinds.end(),
                                  [&](const BrakeKind& one) { return one.name == parts.front(); });
  if (known == brake_kinds.end()) return "other";
  return parts.size() > known->parts ? "found" : parts.front();
}

json brake_in_words(const Speech& speech, const Mapping& mapping, const json& brake) {
  const std::string id = brake.value("id", "");
  const std::vector<std::string> parts = parts_of(id);
  const auto part = [&](std::size_t i) { return i < parts.size() ? parts[i] : std::string{}; };
  const std::string site = mapping.site(part(1)) ? speech.name(part(1)) : speech.say("refusal.a_side");
  const std::string entity = mapping.find(part(2)) ? speech.title(part(2)) : "";
  const std::string key = "brake." + brake_kind(id);
  return {{"id", id},
          {"what", capitalised(speech.say(key + ".what", site, entity, parts.back()))},
          {"do", speech.say(key + ".do", site, entity, parts.back())},
          {"details", brake.value("message", "")},
          {"acceptable", brake.value("acceptable", true)}};
}

std::optional<SiteId> site_of_deletion(const Mapping& mapping, const std::string& reason) {
  std::optional<SiteId> found;
  std::size_t at = std::string::npos;
  for (const SiteId site : both_sites) {
    const std::size_t here = reason.find(" at " + mapping.sites[index(site)]);
    if (here >= at) continue;
    at = here;
    found = site;
  }
  return found;
}

std::string deletion_in_words(const Speech& speech, const Mapping& mapping,
                              const std::string& reason) {
  const SiteId site = site_of_deletion(mapping, reason).value_or(SiteId::first);
  return speech.say("deletion." + deletion_cause_of(reason) + ".what",
                    speech.name(mapping.sites[index(site)]),
                    speech.name(mapping.sites[index(other(site))]));
}

std::string change_in_words(const Speech& speech, const MappingChange& change) {
  static constexpr std::array keys{"entity_added",     "entity_removed", "field_added",
                                   "field_removed",    "field_renamed",  "lens_changed",
                                   "direction_changed", "scope_changed", "numbering_changed",
                                   "twins_changed",    "other",          "not_carried"};
  std::string subject =
      change.entity.empty() ? speech.say("change.everything") : speech.title(change.entity);
  if (!change.field.empty()) subject += ", " + speech.name(change.entity, change.field);
  return speech.say(std::string{"change."} + keys.at(static_cast<std::size_t>(change.kind)),
                    subject);
}

std::string refusal_of(std::string_view message) {
  for (const Sign& sign : signs) {
    if (message.find(sign.words) != std::string_view::npos) return std::string{sign.refusal};
  }
  return "other";
}

std::string refusal_in_words(const Speech& speech, const Mapping& mapping,
                             const std::string& message, const std::string& outcome) {
  if (outcome == "unreachable" || outcome == "busy") return speech.say("refusal." + outcome);
  if (outcome == "internal") return speech.say("refusal.failed");
  if (outcome == "brake") return speech.say("refusal.settings");
  const std::string refusal = refusal_of(message);
  if (refusal == "unfit")
    return capitalised(speech.say("refusal.unfit", side_that_refuses(speech, mapping, message)));
  return speech.say("refusal." + refusal);
}

std::string act_in_words(const Speech& speech, const Mapping& mapping, const Act& act) {
  const std::string key = "act." + std::string{name_of(act.kind)};
  switch (act.kind) {
    case ActKind::accept:
      if (act.about.starts_with("mapping:")) return speech.say("act.mapping");
      if (act.about.starts_with("lost:")) return speech.say("act.lost");
      return speech.say(
          key, brake_in_words(speech, mapping, {{"id", act.about}}).at("what").get<std::string>());
    case ActKind::pause:
    case ActKind::resume:
      return speech.say(key, speech.title(act.about.substr(act.about.find(':') + 1)));
    case ActKind::forget:
      return speech.say(key, act.record ? act.record->raw() : 0);
    case ActKind::user_add:
    case ActKind::user_role:
      return speech.say(key, act.about, speech.say("role." + act.role));
    default:
      return speech.say(key, act.about);
  }
}

std::string rule_in_words(const Speech& speech, const std::string& rule) {
  for (const auto& [words, key] : rules) {
    if (rule.starts_with(words)) return speech.say(key);
  }
  if (rule.ends_with(" wins"))
    return capitalised(speech.say("rule.wins", speech.name(rule.substr(0, rule.size() - 5))));
  if (rule.starts_with("only to ")) return speech.say("rule.only_to", speech.name(rule.substr(8)));
  for (const std::string done : {"answered", "undone"}) {
    if (rule.starts_with(done + " by ")) return speech.say("rule." + done, rule.substr(done.size() + 4));
  }
  if (rule.starts_with("resync by ")) return speech.say("rule.resynced", rule.substr(10));
  if (rule.starts_with("deleted at "))
    return speech.say("rule.deleted_at", speech.name(rule.substr(11)));
  if (const auto [what, where] = two_in(rule, "moved to ", " at "); !where.empty())
    return speech.say("rule.moved_to", what, speech.name(where));
  if (const auto [site, who] = two_in(rule, "resync from ", " by "); !who.empty())
    return capitalised(speech.say("rule.resync", speech.name(site), who));
  return speech.say("rule.other");
}

std::string existence_in_words(const Speech& speech, const Value& value) {
  const auto* text = std::get_if<std::string>(&value);
  const bool known = text != nullptr && (*text == "deleted" || *text == "kept" || *text == "changed");
  return known ? speech.say("existence." + *text) : speech.value(value);
}

bool is_deletion_undone(const LoggedConflict& decision) {
  return decision.field.empty() && decision.conflict.loser == Value{std::string{"deleted"}};
}

}  // namespace miroir
