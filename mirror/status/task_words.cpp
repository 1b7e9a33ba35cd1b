// What a child would do, record by record.
#include <map>

#include "mirror/cli/naming.hpp"
#include "mirror/status/causes.hpp"
#include "mirror/status/plain.hpp"
#include "mirror/status/tasks.hpp"
#include "mirror/status/titles.hpp"

namespace miroir {
namespace {

using nlohmann::json;

constexpr std::size_t records_shown_max = 50;
constexpr std::size_t lines_shown_max = 200;  // Of one record.

// What a child has printed about records, said in words. Its JSON is read leniently: what is not
// there is not told.
class Telling {
 public:
  Telling(const Visit& visit, const Records& records)
      : speech_{visit.speech()}, records_{records}, mapping_{records.mapping()} {}

  // The records that differ, each with what will be written because of it.
  json records(const json& shown) {
    group_plan(list(shown, "plan"));
    json all = json::array();
    for (const json& one : list(shown, "records")) {
      if (all.size() == records_shown_max) break;
      all.push_back(record(one));
    }
    return all;
  }

  // Of the plan, what no record above has told.
  json others() {
    json all = json::array();
    for (auto& [of, lines] : plan_) {
      if (all.size() == records_shown_max) break;
      all.push_back({{"title", title(of.first, of.second)}, {"effects", std::move(lines)}});
    }
    return all;
  }

  json decisions(const json& shown) const {
    json lines = json::array();
    for (const json& one : list(shown, "decisions")) {
      const std::string entity = text(one, "entity"), field = text(one, "field");
      lines.push_back({{"text", speech_.say("task.decided", capitalised(field_name(entity, field)),
                                            value(one.value("winner", json{})),
                                            value(one.value("loser", json{})))}});
    }
    for (const json& one : list(shown, "held")) {
      const json candidates = one.value("candidates", json::object());
      const std::string entity = text(one, "entity"), field = text(one, "field");
      lines.push_back({{"text", speech_.say("task.questions", field_name(entity, field),
                                            value(candidates.value(mapping_.sites[0], json{})),
                                            value(candidates.value(mapping_.sites[1], json{})))}});
    }
    return lines;
  }

 private:
  static json list(const json& object, const char* name) {
    const json found = object.value(name, json::array());
    return found.is_array() ? found : json::array();
  }
  static std::string text(const json& object, const char* name) {
    const auto found = object.find(name);
    return found != object.end() && found->is_string() ? found->get<std::string>() : "";
  }

  std::string value(const json& value) const {
    if (value.is_null() || value == "") return speech_.say("value.empty");
    if (value.is_boolean()) return speech_.say(value.get<bool>() ? "value.yes" : "value.no");
    return value.is_string() ? value.get<std::string>() : value.dump();
  }

  std::string field_name(const std::string& entity, const std::string& field) const {
    return field.empty() || field == "(deletion)" ? speech_.say("check.deletion")
                                                  : speech_.name(entity, field);
  }

  // As people know it, where the store does.
  std::string title(const std::string& entity, const std::string& key) const {
    const Entity* its = mapping_.find(entity);
    const auto found = its == nullptr ? std::vector<RecordId>{}
                                      : find_records(records_.store, *its, key);
    return found.size() == 1 ? title_of(records_, speech_, found.front())
                             : speech_.title(entity) + " " + key;
  }

  std::string root_of(const std::string& entity) const {
    const Entity* its = mapping_.find(entity);
    return its != nullptr && its->root ? mapping_.entity(*its->root).name : entity;
  }

  void group_plan(const json& plan) {
    for (const json& entry : plan) {
      const std::string key = entry.contains("of") ? text(entry, "of") : text(entry, "key");
      json& lines = plan_[{root_of(text(entry, "entity")), key}];
      if (lines.is_null()) lines = json::array();
      if (lines.size() < lines_shown_max) add_entry(entry, lines);
    }
  }

  void add_entry(const json& entry, json& lines) const {
    const std::string entity = text(entry, "entity"), change = text(entry, "change");
    const std::string site = speech_.title(text(entry, "site"));
    const std::string what = speech_.title(entity) + " " + text(entry, "key");
    if (entry.contains("reason")) {
      lines.push_back({{"text", speech_.say("task." + change, site, what, why_not(entry))},
                       {"why_not", text(entry, "reason")}});
      return;
    }
    json line{{"text", speech_.say("task." + change, site, what)}, {"fields", json::array()}};
    for (const json& field : list(entry, "fields"))
      line["fields"].push_back({{"text", field_line(entity, change, field)}});
    lines.push_back(std::move(line));
  }

  // What waits does so for others of ours, what is refused by a site's own words.
  std::string why_not(const json& entry) const {
    const std::string reason = text(entry, "reason");
    const std::string refusal = refusal_of(reason);
    if (refusal != "other") return refusal_in_words(speech_, mapping_, reason);
    return capitalised(speech_.say("cause." + cause_of(reason) + ".what",
                                   speech_.name(text(entry, "site"))));
  }

  std::string field_line(const std::string& entity, const std::string& change,
                         const json& field) const {
    const std::string name = capitalised(speech_.name(entity, text(field, "field")));
    if (field.contains("increment"))
      return speech_.say("task.step", name, value(field.at("increment")));
    const json before = field.value("before", json{}), after = field.value("after", json{});
    if (change == "update") return speech_.say("task.change", name, value(before), value(after));
    return speech_.say("task.gives", name, value(change == "insert" ? after : before));
  }

  json record(const json& finding) {
    const std::string entity = text(finding, "entity"), key = text(finding, "key");
    json one{{"title", title(entity, key)},
             {"why", why(finding)},
             {"rows", rows(finding)},
             {"details", text(finding, "reason")},
             {"effects", json::array()}};
    for (const std::string& site : mapping_.sites)
      one["sites"].push_back({{"name", speech_.title(site)}});
    one["has_rows"] = !one["rows"].empty();
    if (auto found = plan_.extract({entity, key})) one["effects"] = std::move(found.mapped());
    one["no_effects"] = one["effects"].empty();
    return one;
  }

  std::string why(const json& finding) const {
    std::string all;
    for (const auto& [member, key] : {std::pair{"missing_at", "task.missing"},
                                      std::pair{"drifted_at", "task.drifted"}}) {
      for (const json& site : list(finding, member)) {
        if (!all.empty()) all += ", ";
        all += speech_.say(key, speech_.name(site.is_string() ? site.get<std::string>() : ""));
      }
    }
    return capitalised(all);
  }

  json rows(const json& finding) const {
    json all = json::array();
    for (const json& row : list(finding, "rows")) {
      const std::string entity = text(row, "entity");
      for (const json& field : list(row, "fields")) {
        json one{{"field", capitalised(speech_.name(entity, text(field, "field")))},
                 {"agreed", value(field.value("agreed", json{}))},
                 {"values", json::array()}};
        for (const std::string& site : mapping_.sites)
          one["values"].push_back(
              {{"site", speech_.title(site)},
               {"value", value(field.value(site, json{}))},
               {"differs", field.value(site, json{}) != field.value("agreed", json{})}});
        all.push_back(std::move(one));
      }
    }
    return all;
  }

  const Speech& speech_;
  const Records& records_;
  const Mapping& mapping_;
  std::map<std::pair<std::string, std::string>, json> plan_;  // By root entity and key.
};

}  // namespace

json task_in_words(const Visit& visit, const Records& records, const json& shown) {
  Telling telling{visit, records};
  json values{{"records", telling.records(shown)}};
  values["others"] = telling.others();
  values["decisions"] = telling.decisions(shown);
  return values;
}

}  // namespace miroir
