// One record: where it stands, what it holds, and what happened to it.
#include <algorithm>
#include <limits>

#include "mirror/cli/held_items.hpp"
#include "mirror/cli/naming.hpp"
#include "mirror/cli/report.hpp"
#include "mirror/cli/story.hpp"
#include "mirror/state/events.hpp"
#include "mirror/status/pages.hpp"
#include "mirror/status/plain.hpp"
#include "mirror/status/related.hpp"
#include "mirror/status/sides.hpp"
#include "mirror/status/titles.hpp"

namespace miroir {
namespace {

using nlohmann::json;

constexpr std::size_t related_shown_max = 30;

class RecordPage {
 public:
  RecordPage(const Visit& visit, const Records& records, const RecordState& state)
      : visit_{visit}, speech_{visit.speech()}, records_{records}, state_{state} {}

  json values() const {
    const Told told = told_of(records_.store, records_.mapping(), state_.entity, state_.id);
    json values{{"title", title_of(records_, speech_, state_)},
                {"keys", keys_of(records_, speech_, state_.entity, state_.id)},
                {"states", states()},
                {"whole", sides_values(visit_, records_, state_, refused())},
                {"parts", parts()},
                {"events", events(told)}};
    const Related referring = referring_to(records_, state_.id, related_shown_max);
    values["parents"] = links_to(records_, speech_, referred_by(records_, state_.id));
    values["has_parents"] = !values["parents"].empty();
    values["children"] = links_to(records_, speech_, referring);
    values["has_children"] = !values["children"].empty();
    if (referring.more > 0) values["more_children"] = speech_.say("ignore.more", referring.more);
    const Entity& entity = mapping().entity(state_.entity);
    if (visit_.may(Role::administrator) && !state_.gone)
      values["resync"] =
          "/manage?entity=" + percent_encoded(entity.name) + "&key=" +
          percent_encoded(spoken_key(records_.store, mapping(), state_.entity, state_.id));
    if (const auto last = records_.store.last_logged_cycle())
      values["fresh"] = speech_.say("record.fresh", speech_.when(last->started, visit_.now));
    return values;
  }

 private:
  const Mapping& mapping() const { return records_.mapping(); }
  std::string site_name(SiteId site) const { return speech_.name(mapping().sites[index(site)]); }

  json state(const char* mood, const std::string& text) const {
    return {{"mood", mood}, {"text", text}};
  }

  // In plain words: has it arrived?
  json states() const {
    json all = json::array();
    if (state_.gone) {
      all.push_back(state("neutral", capitalised(speech_.say("record.state.deleted"))));
      for (const SiteId site : both_sites)
        if (is_behind(site)) all.push_back(underway(site));
      return all;
    }
    const Presence presence = records_.store.presence(state_.id);
    for (const SiteId site : both_sites) {
      const Key* key = presence.keys[index(site)] ? &*presence.keys[index(site)] : nullptr;
      if (key == nullptr || !presence.there[index(site)]) {
        all.push_back(state("attention", speech_.say("record.only", site_name(other(site)))));
      } else if (is_behind(site)) {
        all.push_back(underway(site));
      }
    }
    for (const OpenSetAside& item : records_.store.set_aside()) {
      if (record_of(records_, item) == state_.id)
        all.push_back(
            state(item.ignored ? "neutral" : "trouble",
                  capitalised(speech_.say(item.ignored ? "record.refused_ignored" : "record.refused",
                                          site_name(item.site)))));
    }
    if (any_question(Which::waiting)) all.push_back(state("attention", speech_.say("record.waits")));
    if (any_question(Which::ignored)) all.push_back(state("neutral", speech_.say("record.ignored")));
    if (all.empty()) all.push_back(state("good", speech_.say("record.arrived")));
    return all;
  }

  json underway(SiteId site) const {
    return state("attention", speech_.say("record.underway", site_name(site)));
  }

  // Something of it is still to be written there.
  bool is_behind(SiteId site) const {
    const CycleNumber whenever{std::numeric_limits<std::int64_t>::max()};
    const auto next = records_.store.behind(site, state_.entity, state_.gone,
                                            RecordId{state_.id.raw() - 1}, whenever, 1);
    return !next.empty() && next.front() == state_.id;
  }

  bool any_question(Which which) const {
    for (const RecordState& one : records_.store.aggregate(state_.id)) {
      for (const OpenHeld& held : records_.store.held_of(one.id)) {
        if (!held.closed && held.ignored.has_value() == (which == Which::ignored)) return true;
      }
    }
    return false;
  }

  // Sites that do not take what they are to be given of it.
  PerSite<bool> refused() const {
    PerSite<bool> at{};
    if (!records_.store.is_refused(state_.id)) return at;
    for (const OpenSetAside& item : records_.store.set_aside())
      if (record_of(records_, item) == state_.id) at[index(item.site)] = true;
    return at;
  }

  json parts() const {
    json all = json::array();
    for (const RecordState& part : records_.store.aggregate(state_.id)) {
      const bool is_left = !part.gone || part.shadow[0] || part.shadow[1];
      if (part.id == state_.id || !is_left) continue;
      json one = sides_values(visit_, records_, part, refused());
      one["title"] = title_of(records_, speech_, part);
      if (part.gone) one["deleted"] = capitalised(speech_.say("record.state.deleted"));
      all.push_back(std::move(one));
    }
    return all;
  }

  json events(const Told& told) const {
    json all = json::array();
    for (const Event& event : tell_story(records_.store, mapping(), told)) {
      json one = words(event);
      one["when"] = speech_.since(event.time, visit_.now);
      one["of"] = part_name(event.of);
      all.push_back(std::move(one));
    }
    std::reverse(all.begin(), all.end());  // What happened last is what people ask for.
    return all;
  }

  // "order_line 1/2" -> "Order line 1/2"
  std::string part_name(const std::string& of) const {
    const std::size_t blank = of.find(' ');
    return of.empty() ? ""
                      : speech_.title(of.substr(0, blank)) + of.substr(std::min(blank, of.size()));
  }

  json words(const Event& event) const {
    const std::string kind = event.json.value("event", "");
    if (kind == "decided") return decided(event);
    if (kind == "held") return held(event);
    if (kind == "request") return request(event);
    std::string text = speech_.say("event.unknown");  // Of a history that a later miroir wrote.
    if (is_history_event(kind)) {
      const bool at_site = event.json.contains("site") && event.json.at("site").is_string();
      // A number is no secret: it stands above.
      if (at_site && event.json.contains("key"))
        return {{"text", speech_.say("event." + kind + ".as",
                                     speech_.name(event.json.at("site").get<std::string>()),
                                     event.json.value("key", ""))}};
      text = at_site ? speech_.say("event." + kind + ".at",
                                   speech_.name(event.json.at("site").get<std::string>()))
                     : speech_.say("event." + kind + ".somewhere");
    }
    return {{"text", text},
            {"changes", kind == "born" ? json::array() : changes(event, false)},
            {"values", kind == "born" ? changes(event, true) : json::array()},
            {"folded", kind == "born"}};
  }

  // As the story's JSON has them, for people: references are numbers of records there.
  std::string plain(const Event& event, const std::string& name,
                    const nlohmann::ordered_json& value) const {
    if (records_.masking.hides(entity_of(event), name)) return speech_.say("value.hidden");
    if (name.empty() && value.is_string())
      return existence_in_words(speech_, value.get<std::string>());
    const Field* field = field_of(event, name);
    if (field != nullptr && field->refers_to && value.is_number_integer())
      return referred(records_, *field->refers_to, RecordId{value.get<std::int64_t>()});
    if (field != nullptr && field->type == FieldType::decimal && value.is_string()) {
      const auto decimal = parse_decimal(value.get<std::string>());
      if (decimal) return speech_.value(*decimal);
    }
    if (value.is_null()) return speech_.say("value.empty");
    if (value.is_boolean()) return speech_.say(value.get<bool>() ? "value.yes" : "value.no");
    return value.is_string() ? value.get<std::string>() : value.dump();
  }

  std::string entity_of(const Event& event) const {
    return event.of.empty() ? mapping().entity(state_.entity).name
                            : event.of.substr(0, event.of.find(' '));
  }
  std::string field_name(const Event& event, const std::string& field) const {
    return capitalised(field.empty() ? speech_.say("check.deletion")
                                     : speech_.name(entity_of(event), field));
  }
  // nullptr: it is mirrored no more.
  const Field* field_of(const Event& event, const std::string& name) const {
    const Entity* entity = mapping().find(entity_of(event));
    const auto field = entity == nullptr ? std::nullopt : entity->field_index(name);
    return field ? &entity->fields[*field] : nullptr;
  }

  json changes(const Event& event, bool born) const {
    json all = json::array();
    for (const auto& change : event.json.value("changes", nlohmann::ordered_json::array())) {
      if (born && change.at("after").is_null()) continue;
      const std::string name = change.value("field", "");
      json one{{"name", field_name(event, name)},
               {"after", plain(event, name, change.at("after"))}};
      if (!born) one["before"] = plain(event, name, change.at("before"));
      all.push_back(std::move(one));
    }
    return all;
  }

  json decided(const Event& event) const {
    const std::string name = event.json.value("field", "");
    std::string text =
        speech_.say("record.decided", field_name(event, name)) + " — " +
        speech_.say("record.decided_value", plain(event, name, event.json.at("winner")),
                    plain(event, name, event.json.at("loser")));
    if (!event.json.at("undone").is_null()) text += " (" + speech_.say("record.undone") + ")";
    return {{"text", text}, {"mood", "decided"}};
  }

  json held(const Event& event) const {
    const std::string field = event.json.value("field", "");
    const std::string what = event.json.value("rule", "");
    const auto item = records_.store.held(event.json.value("id", std::int64_t{0}));
    const std::string why =
        what == "deletion" && item
            ? deletion_in_words(speech_, mapping(), item->reason)
            : speech_.say("reason." + what + ".what",
                          speech_.name(mapping().entity(state_.entity).name, field));
    std::string text = speech_.say("record.held", why);
    const bool open = item && !item->closed;
    if (open) text += " (" + speech_.say(item->ignored ? "sides.ignored" : "record.held_open") + ")";
    json one{{"text", text}, {"mood", "question"}};
    if (open) one["to"] = "/check/" + std::to_string(item->id);
    return one;
  }

  std::string kind_of(const std::string& kind) const {
    static constexpr std::array known{"answer", "undo", "retry", "link",   "unlink",
                                            "resync", "ignore", "unignore"};
    const bool is_known = std::find(known.begin(), known.end(), kind) != known.end();
    return speech_.say(is_known ? "kind." + kind : "kind.unknown");
  }

  json request(const Event& event) const {
    std::string text = speech_.say("record.asked", event.json.value("by", ""),
                                   kind_of(event.json.value("kind", ""))) +
                       " — " + speech_.say("state." + event.json.value("state", "waits"));
    const std::string reason = event.json.value("reason", "");
    if (!reason.empty() && !records_.masking.hides_texts()) text += " · " + reason;
    return {{"text", text}, {"mood", "person"}};
  }

  const Visit& visit_;
  const Speech& speech_;
  const Records& records_;
  const RecordState& state_;
};

}  // namespace

HttpResponse record_page(Visit& visit) {
  const Records records{visit};
  const Store::Reading reading{records.store};
  const RecordId id{visit.number()};
  auto state = records.store.record(id);
  // A line's story is told with its order's.
  if (state && state->root != id) state = records.store.record(state->root);
  if (!state) throw PageError{404, "error.not_found"};
  return visit.page("record", "search", RecordPage{visit, records, *state}.values());
}

}  // namespace miroir
