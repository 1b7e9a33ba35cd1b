#include "mirror/status/sides.hpp"

#include <algorithm>

#include "mirror/cli/naming.hpp"
#include "mirror/cli/report.hpp"
#include "mirror/incorporate.hpp"
#include "mirror/lensing.hpp"
#include "mirror/status/titles.hpp"

namespace miroir {
namespace {

using nlohmann::json;

bool is_empty(const Value& value) {
  const auto* text = std::get_if<std::string>(&value);
  return is_null(value) || (text != nullptr && text->empty());
}

class Sides {
 public:
  Sides(const Visit& visit, const Records& records, const RecordState& state,
        const PerSite<bool>& refused)
      : records_{records},
        speech_{visit.speech()},
        state_{state},
        entity_{records.mapping().entity(state.entity)},
        refused_{refused} {
    load_links(links_, state, records.store, records.mapping());
    load_row_links(links_, state, records.store, records.mapping());
    for (OpenHeld& held : records.store.held_of(state.id))
      if (!held.closed && held.field) questions_.push_back(std::move(held));
  }

  json values() const {
    json values{{"rows", json::array()}, {"sites", json::array()}};
    for (const std::string& site : records_.mapping().sites)
      values["sites"].push_back({{"name", speech_.title(site)}});
    for (std::size_t f = 0; f < entity_.fields.size() && f < state_.head.size(); ++f)
      if (auto one = row(f); !one.is_null()) values["rows"].push_back(std::move(one));
    return values;
  }

 private:
  std::string site_name(SiteId site) const {
    return speech_.name(records_.mapping().sites[index(site)]);
  }

  std::string shown(std::size_t field, const Value& value) const {
    const Field& its = entity_.fields[field];
    const auto* parent = std::get_if<std::int64_t>(&value);
    const bool hidden = records_.masking.hides(entity_.name, its.name);
    if (its.refers_to && parent != nullptr && !hidden)
      return referred(records_, *its.refers_to, RecordId{*parent});
    return value_in_words(records_, speech_, entity_, field, value);
  }

  json row(std::size_t field) const {
    const Value& agreed = state_.head[field];
    bool is_shown = !is_empty(agreed);
    PerSite<bool> differs{};
    json cells = json::array();
    for (const SiteId site : both_sites) {
      json cell{{"site", speech_.title(records_.mapping().sites[index(site)])}};
      if (const auto& shadow = state_.shadow[index(site)]) {
        const Lensed held = get_field(entity_, field, site, *shadow, links_);
        const auto* value = std::get_if<Value>(&held);
        differs[index(site)] =
            state_.gone || !has_seen(entity_, field, site, state_.head, *shadow, links_);
        is_shown = is_shown || value == nullptr || !is_empty(*value);
        cell["value"] = value == nullptr ? speech_.say("sides.unreadable") : shown(field, *value);
        cell["differs"] = differs[index(site)] && !state_.gone;
      } else {
        cell["value"] = speech_.say("sides.absent");
      }
      cells.push_back(std::move(cell));
    }
    if (!is_shown) return nullptr;
    return {{"field", capitalised(speech_.name(entity_.name, entity_.fields[field].name))},
            {"agreed", shown(field, agreed)},
            {"cells", std::move(cells)},
            {"states", states(field, differs)}};
  }

  // What becomes of it, in words; a difference is never left without one.
  json states(std::size_t field, const PerSite<bool>& differs) const {
    json all = json::array();
    const auto say = [&](const char* mood, const std::string& text, const std::string& to = "") {
      all.push_back({{"mood", mood}, {"text", text}, {"to", to}});
    };
    const auto question =
        std::find_if(questions_.begin(), questions_.end(),
                     [&](const OpenHeld& held) { return held.field == field; });
    if (question != questions_.end()) {
      const std::string to = "/check/" + std::to_string(question->id);
      say(question->ignored ? "neutral" : "attention",
          speech_.say(question->ignored ? "sides.ignored" : "sides.held"), to);
      return all;
    }
    for (const SiteId site : both_sites) {
      const bool missing = !state_.shadow[index(site)] && !state_.gone &&
                           entity_.one_way_to != other(site) && !state_.outside[index(site)];
      if (!differs[index(site)] && !missing) continue;
      if (state_.outside[index(site)]) {
        say("neutral", speech_.say("sides.outside", site_name(site)));
      } else if (entity_.fields[field].at_creation() && !missing && !state_.gone) {
        say("neutral", speech_.say("sides.own"));
      } else if (refused_[index(site)]) {
        say("trouble", speech_.say("sides.refused", site_name(site)));
      } else {
        say("attention", speech_.say("record.underway", site_name(site)));
      }
    }
    if (all.empty()) say("good", speech_.say("sides.same"));
    return all;
  }

  const Records& records_;
  const Speech& speech_;
  const RecordState& state_;
  const Entity& entity_;
  const PerSite<bool>& refused_;
  Links links_;
  std::vector<OpenHeld> questions_;
};

}  // namespace

std::string referred(const Records& records, EntityId entity, RecordId record) {
  std::string text = spoken_key(records.store, records.mapping(), entity, record);
  const auto state = records.store.record(record);
  if (!state) return text;
  const auto names = known_by(records, records.mapping().entity(entity), state->head);
  return names.empty() ? text : text + " · " + names.front();
}

json sides_values(const Visit& visit, const Records& records, const RecordState& state,
                  const PerSite<bool>& refused) {
  return Sides{visit, records, state, refused}.values();
}

}  // namespace miroir
