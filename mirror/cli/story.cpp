#include "mirror/cli/story.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "mirror/cli/asking.hpp"
#include "mirror/cli/held_items.hpp"
#include "mirror/cli/naming.hpp"
#include "mirror/cli/report.hpp"
#include "mirror/exit_code.hpp"
#include "mirror/state/events.hpp"

namespace miroir {
namespace {

using nlohmann::ordered_json;

// The mappings of the past, since a history's numbers are those of the mapping that held then.
class Names {
 public:
  Names(const Store& store, const Mapping& mapping) : mapping_{mapping} {
    for (KeptMapping& kept : store.mappings()) {
      auto read = read_mapping(kept.text, "an earlier mapping");
      auto* earlier = std::get_if<Mapping>(&read);
      if (earlier != nullptr) earlier_.emplace_back(kept.since, std::move(*earlier));
    }
  }

  // The field, by the mapping that held in that cycle; null: nobody knows any more.
  const Field* field(CycleNumber cycle, const std::string& entity, std::size_t field) const {
    const Entity* its = at(cycle).find(entity);
    return its == nullptr || field >= its->fields.size() ? nullptr : &its->fields[field];
  }

  // As people said it then.
  std::string key(CycleNumber cycle, const std::string& entity, SiteId site, const Key& key) const {
    const Entity* its = at(cycle).find(entity);
    return spoken_key(its == nullptr ? SiteTable{} : its->table[index(site)], key);
  }

 private:
  const Mapping& at(CycleNumber cycle) const {
    if (earlier_.empty() || earlier_.back().first <= cycle) return mapping_;
    const Mapping* found = &earlier_.front().second;
    for (const auto& [since, mapping] : earlier_) {
      if (since <= cycle) found = &mapping;
    }
    return *found;
  }

  const Mapping& mapping_;
  std::vector<std::pair<CycleNumber, Mapping>> earlier_;
};

class Teller {
 public:
  Teller(const Store& store, const Mapping& mapping, const Told& told)
      : store_{store}, mapping_{mapping}, told_{told}, names_{store, mapping} {}

  std::vector<Event> tell() {
    tell_of(told_.record, told_.entity, "");
    for (const RecordState& state : store_.aggregate(told_.record)) {
      if (state.id == told_.record || state.root != told_.record) continue;
      const std::string& entity = mapping_.entity(state.entity).name;
      tell_of(state.id, entity,
              entity + " " + spoken_key(store_, mapping_, state.entity, state.id));
    }
    // What happened comes before what is said about it; within each, as it was logged.
    std::stable_sort(events_.begin(), events_.end(), [](const auto& a, const auto& b) {
      return std::tie(a.second.cycle, a.first) < std::tie(b.second.cycle, b.first);
    });
    std::vector<Event> story;
    for (auto& [rank, event] : events_) story.push_back(std::move(event));
    return story;
  }

 private:
  enum class Rank { asked, happened, decided, waits, ignored };

  void tell_of(RecordId record, const std::string& entity, const std::string& of) {
    for (const EndedRequest& one : store_.requests_of(record)) tell_request(one, of);
    for (const LoggedHistory& one : store_.history_of(record)) tell_history(one, entity, of);
    for (const LoggedConflict& one : store_.conflicts_of(record)) tell_decision(one, of);
    for (const OpenHeld& one : store_.held_of(record)) tell_held(one, of);
  }

  void add(Rank rank, CycleNumber cycle, const std::string& of, std::string text,
           ordered_json json) {
    events_.emplace_back(
        rank, Event{cycle, store_.cycle_time(cycle), of, std::move(text), std::move(json)});
  }

  std::string value(const Field* field, const Value& value) const {
    const bool known = field != nullptr &&
                       (!field->refers_to || mapping_.entities.size() > field->refers_to->raw());
    return known ? spoken_value(store_, mapping_, *field, value) : display(value);
  }

  // When it came to a site, and as what.
  void tell_key(const LoggedHistory& one, const std::string& entity, const std::string& of) {
    const HistoryLine& line = one.line;
    const std::string& site = mapping_.sites[index(line.site.value())];
    const std::string key = names_.key(one.cycle, entity, *line.site, line.key);
    add(Rank::happened, one.cycle, of, fmt::format("{} at {} as {}", line.event, site, key),
        {{"event", line.event}, {"site", site}, {"key", key}});
  }

  void tell_history(const LoggedHistory& one, const std::string& entity, const std::string& of) {
    const HistoryLine& line = one.line;
    if (has_key(line.event) && line.site) return tell_key(one, entity, of);
    std::string text = line.event;
    if (line.site) text += " at " + mapping_.sites[index(*line.site)];
    ordered_json json{{"event", line.event}, {"site", nullptr}, {"changes", ordered_json::array()}};
    if (line.site) json["site"] = mapping_.sites[index(*line.site)];
    for (const FieldChange& change : line.changes) {
      const Field* field = names_.field(one.cycle, entity, change.field);
      const std::string name =
          field == nullptr ? fmt::format("field {}", change.field) : field->name;
      text += line.event == "born"
                  ? fmt::format("\n    {:<16}  {}", name, value(field, change.after))
                  : fmt::format("\n    {:<16}  {} -> {}", name, value(field, change.before),
                                value(field, change.after));
      json["changes"].push_back(
          {{"field", name}, {"before", to_json(change.before)}, {"after", to_json(change.after)}});
    }
    add(Rank::happened, one.cycle, of, text, std::move(json));
  }

  void tell_decision(const LoggedConflict& one, const std::string& of) {
    const Conflict& c = one.conflict;
    const Entity* entity = mapping_.find(one.entity);
    const auto field = entity == nullptr ? std::nullopt : entity->field_index(one.field);
    const Field* its = field ? &entity->fields[*field] : nullptr;
    std::string text = fmt::format(
        "decision {}: {}{}, not {}{} ({})", one.id, one.field.empty() ? "" : one.field + ": ",
        value(its, c.winner), value(its, c.loser),
        c.loser_site ? " of " + mapping_.sites[index(*c.loser_site)] : "", c.rule);
    if (one.undone) text += fmt::format("; undone in cycle {}", one.undone->raw());
    ordered_json json{{"event", "decided"},        {"id", one.id},
                      {"field", one.field},        {"winner", to_json(c.winner)},
                      {"loser", to_json(c.loser)}, {"rule", c.rule},
                      {"undone", nullptr}};
    if (one.undone) json["undone"] = one.undone->raw();
    add(Rank::decided, one.cycle, of, text, std::move(json));
  }

  void tell_held(const OpenHeld& one, const std::string& of) {
    const HeldLine line = line_of(one, store_, mapping_);
    std::string text = fmt::format("held {}: {}: {}", one.id, line.field, one.reason);
    if (one.field) {
      text += fmt::format(" ({}: {}, {}: {})", mapping_.sites[0], line.values[0], mapping_.sites[1],
                          line.values[1]);
    }
    text += one.closed    ? fmt::format("; until cycle {}", one.closed->raw())
            : one.ignored ? "; ignored until it changes"
                          : "; it waits still";
    ordered_json json = to_json(line, mapping_);
    json["event"] = "held";
    add(Rank::waits, one.since, of, text, std::move(json));
  }

  void tell_request(const EndedRequest& one, const std::string& of) {
    std::string text = to_text({one}, store_, mapping_);
    text.pop_back();
    ordered_json json = to_json(std::vector{one}, store_, mapping_).at(0);
    json["event"] = "request";
    const bool pending = one.end.cycle == CycleNumber{};
    // That was done at once, after all that its cycle did.
    if (std::holds_alternative<Ignoring>(one.request.what)) {
      add(Rank::ignored, one.end.cycle, of, text, std::move(json));
      events_.back().second.time = one.request.made;
      return;
    }
    add(Rank::asked, pending ? CycleNumber{store_.last_cycle().raw() + 1} : one.end.cycle, of, text,
        std::move(json));
  }

  const Store& store_;
  const Mapping& mapping_;
  const Told& told_;
  Names names_;
  std::vector<std::pair<Rank, Event>> events_;
};

// A key as the store keeps it, as people say it: constants are left out.
std::string spoken(const std::string& key_text, const SiteTable& table) {
  const auto parts = ordered_json::parse(key_text, nullptr, false);
  std::string text;
  for (std::size_t k = 0; parts.is_array() && k < parts.size(); ++k) {
    if (k < table.key.size() && std::holds_alternative<Constant>(table.key[k].source)) continue;
    const auto& part = parts[k];
    text += (text.empty() ? "" : "/") + (part.is_string() ? part.get<std::string>() : part.dump());
  }
  return text;
}

std::string state_of(const Store& store, RecordId record) {
  const auto state = store.record(record);
  if (!state) return "mirrored no more";
  return state->gone ? "deleted" : "alive";
}

}  // namespace

Told told_of(const Store& store, const Mapping& mapping, EntityId entity, RecordId record) {
  return {.record = record,
          .entity = mapping.entity(entity).name,
          .keys = every_key(store, mapping, entity, record),
          .state = state_of(store, record)};
}

std::optional<Told> find_former(const Store& store, const std::string& entity,
                                const std::string& key) {
  for (const KeptMapping& kept : store.mappings()) {
    const auto read = read_mapping(kept.text, "an earlier mapping");
    const auto* mapping = std::get_if<Mapping>(&read);
    const Entity* its = mapping == nullptr ? nullptr : mapping->find(entity);
    if (its == nullptr) continue;
    for (const FormerRecord& former : store.former_records(kept.version, its->id)) {
      Told told{.record = former.id, .entity = entity, .keys = {}, .state = "mirrored no more"};
      bool found = false;
      for (const SiteId site : both_sites) {
        const auto& its_key = former.keys[index(site)];
        if (!its_key) continue;
        const std::string text = spoken(*its_key, its->table[index(site)]);
        found = found || text == key;
        told.keys += fmt::format("{}{} ({})", told.keys.empty() ? "" : ", ", text,
                                 mapping->sites[index(site)]);
      }
      if (found) return told;
    }
  }
  return std::nullopt;
}

// Live records first: one that is mirrored no more may have had a key that another has now.
Told find_told(const Store& store, const Mapping& mapping, const std::string& name,
               const std::string& key) {
  if (const Entity* entity = mapping.find(name)) {
    const auto found = find_records(store, *entity, key);
    if (found.size() > 1) find_record(store, *entity, key);  // Says what to do.
    if (found.size() == 1) {
      return told_of(store, mapping, entity->id, found.front());
    }
  }
  if (auto former = find_former(store, name, key)) return *former;
  find_record(store, chosen_entity(mapping, name), key);
  throw std::logic_error{"a record is there and is not"};
}

std::vector<Event> tell_story(const Store& store, const Mapping& mapping, const Told& told) {
  return Teller{store, mapping, told}.tell();
}

namespace {

bool is_about(const Event& event, const std::string& field) {
  const auto names = [&](const ordered_json& one) { return one.value("field", "") == field; };
  const auto changes = event.json.find("changes");
  if (changes == event.json.end()) return names(event.json);
  return std::any_of(changes->begin(), changes->end(), names);
}

}  // namespace

std::vector<Event> chosen_of(std::vector<Event> story, const std::optional<std::string>& field,
                             const std::optional<std::string>& since) {
  std::erase_if(story, [&](const Event& event) {
    return (field && !is_about(event, *field)) || (since && event.time < *since);
  });
  return story;
}

nlohmann::ordered_json to_json(const Told& told, const std::vector<Event>& story) {
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

}  // namespace miroir
