// The journal: what was decided, by rule or by people, with what lost, and what people did besides;
// as a page and as a file.
#include <algorithm>
#include <array>
#include <ctime>

#include "mirror/cli/asking.hpp"
#include "mirror/cli/naming.hpp"
#include "mirror/cli/report.hpp"
#include "mirror/decide_request.hpp"
#include "mirror/state/log_pages.hpp"
#include "mirror/status/pages.hpp"
#include "mirror/status/plain.hpp"
#include "mirror/status/titles.hpp"

namespace miroir {
namespace {

using nlohmann::json;

constexpr std::size_t lines_shown = 200;
constexpr std::size_t lines_in_file = 20'000;

struct Line {
  std::string time;
  std::int64_t decision = 0, request = 0, act = 0;  // One of them.
  bool undone = false;
  bool may_be_undone = false, deletes = false;  // Of a decision: what undoing it does.
  std::string entity{}, key{}, field{}, kept{}, lost{}, why{}, details{};
};

constexpr std::array filters{"kind", "entity", "key", "from", "until", "lost_at"};

// Before which decision, request and act a page begins: "120.7.3".
using Places = std::array<std::optional<std::int64_t>, 3>;

Places places_in(std::string_view text) {
  Places places;
  for (auto& place : places) {
    const std::size_t dot = std::min(text.find('.'), text.size());
    place = number_in(text.substr(0, dot));
    text.remove_prefix(std::min(dot + 1, text.size()));
  }
  return places;
}

std::string text_of(const Places& places) {
  std::string text;
  for (const auto& place : places) text += "." + (place ? std::to_string(*place) : "");
  return text.substr(1);
}

// The beginning of that day here, or of a later one, as the log has times; "": it is no day.
std::string day_in(const std::string& text, int days_later) {
  const auto date = parse_date(text);
  if (!date) return {};
  std::tm day{};
  ::strptime(text.c_str(), "%Y-%m-%d", &day);
  day.tm_mday += days_later;
  day.tm_isdst = -1;
  const Instant start{static_cast<std::int64_t>(std::mktime(&day)) * 1'000'000};
  return to_string(start).substr(0, std::string_view{"2026-01-31T00:00:00"}.size());
}

// By its key at either site, of the chosen kind or of any.
std::vector<RecordId> records_called(const Records& records, const std::string& key,
                                     const Entity* of) {
  std::vector<RecordId> all;
  for (const Entity& entity : records.mapping().entities) {
    if (of != nullptr && of != &entity) continue;
    for (const RecordId record : find_records(records.store, entity, key)) all.push_back(record);
  }
  return all;
}

// By time, each in its own order: no page may skip what a clock that was set has misplaced.
std::vector<Line> merged(const std::vector<Line>& some, const std::vector<Line>& others) {
  std::vector<Line> all;
  auto one = some.begin(), other = others.begin();
  while (one != some.end() || other != others.end()) {
    const bool from_others = one == some.end() || (other != others.end() && other->time > one->time);
    all.push_back(from_others ? *other++ : *one++);
  }
  return all;
}

LogFilter filter_of(const Visit& visit, const Records& records) {
  const HttpRequest& request = visit.request;
  const Entity* entity = records.mapping().find(request.in_query("entity"));
  const std::string key = request.in_query("key");
  LogFilter filter{.from = day_in(request.in_query("from"), 0),
                   .until = day_in(request.in_query("until"), 1),
                   .lost_at = records.mapping().site(request.in_query("lost_at"))};
  if (!key.empty()) {
    // What belongs to an order is found by the order's number.
    filter.records = records_called(records, key, entity);
  } else if (entity != nullptr) {
    filter.entity = entity->id;
  }
  return filter;
}

class Journal {
 public:
  Journal(const Visit& visit, const Records& records)
      : visit_{visit}, speech_{visit.speech()}, records_{records} {}

  // The last ones first. What there is besides stands under older().
  std::vector<Line> lines(std::size_t limit) {
    const std::string kind = visit_.request.in_query("kind");
    const LogPages pages{visit_.service.configured.state, records_.mapping()};
    LogFilter filter = filter_of(visit_, records_);
    filter.limit = limit + 1;
    filter.about_accounts = visit_.may(Role::administrator);
    before_ = places_in(visit_.request.in_query("before"));
    auto& [decision, request, act] = before_;
    std::vector<Line> decisions, requests, acts;
    filter.before = decision;
    if (kind.empty() || kind == "automatic") add_decisions(decisions, pages.decisions(filter));
    filter.before = request;
    if (kind.empty() || kind == "people") add_requests(requests, pages.requests(filter));
    filter.before = act;
    if (kind.empty() || kind == "acts") add_acts(acts, pages.acts(filter));
    std::vector<Line> all = merged(merged(decisions, requests), acts);
    is_cut_ = all.size() > limit;
    if (is_cut_) all.resize(limit);
    for (const Line& line : all) {
      if (line.decision != 0) decision = line.decision;
      if (line.request != 0) request = line.request;
      if (line.act != 0) act = line.act;
    }
    return all;
  }

  // Where the next page begins, as its address says it; "": there is none.
  std::string older() const { return is_cut_ ? text_of(before_) : ""; }

 private:
  // Of what is mirrored today; nullptr if it no longer is.
  static const Field* field_of(const Entity* entity, std::string_view name) {
    if (entity == nullptr) return nullptr;
    const auto index = entity->field_index(name);
    return index ? &entity->fields[*index] : nullptr;
  }

  void add_decisions(std::vector<Line>& all, const std::vector<LoggedConflict>& decisions) const {
    const Mapping& mapping = records_.mapping();
    for (const LoggedConflict& one : decisions) {
      const Entity* entity = mapping.find(one.entity);
      const Field* field = field_of(entity, one.field);
      const auto shown = [&](const Value& value) {
        if (records_.masking.hides(one.entity, one.field)) return speech_.say("value.hidden");
        if (one.field.empty()) return existence_in_words(speech_, value);
        return speech_.shown(value, field == nullptr
                                        ? display(value)
                                        : spoken_value(records_.store, mapping, *field, value));
      };
      all.push_back({.time = one.time,
                     .decision = one.id,
                     .undone = one.undone.has_value(),
                     .may_be_undone = !one.undone && (field == nullptr || !never_undone(*field)),
                     .deletes = is_deletion_undone(one),
                     .entity = one.entity,
                     .key = entity == nullptr ? ""
                                              : spoken_key(records_.store, mapping, entity->id,
                                                           one.conflict.record),
                     .field = one.field,
                     .kept = shown(one.conflict.winner),
                     .lost = shown(one.conflict.loser),
                     .why = rule_in_words(speech_, one.conflict.rule),
                     .details = {}});
    }
  }

  void add_requests(std::vector<Line>& all, const std::vector<EndedRequest>& requests) const {
    const Mapping& mapping = records_.mapping();
    for (const EndedRequest& one : requests) {
      const auto state =
          one.request.record ? records_.store.record(*one.request.record) : std::nullopt;
      const char* how = one.end.cycle == CycleNumber{} ? "waits"
                        : one.end.done                 ? "done"
                                                       : "refused";
      const bool hides = records_.masking.hides_texts();
      std::string why = one.request.by + speech_.say("colon") + " " +
                        speech_.say(std::string{"state."} + how);
      if (!one.request.reason.empty() && !hides) why += " · " + one.request.reason;
      if (!one.end.message.empty())
        why += " · " + refusal_in_words(speech_, mapping, one.end.message);
      all.push_back(
          {.time = one.request.made,
           .request = one.request.id,
           .entity = state ? mapping.entity(state->entity).name : "",
           .key = state ? spoken_key(records_.store, mapping, state->entity, state->id) : "",
           .field = "",
           .kept = wanted(one.request),
           .lost = "",
           .why = why,
           .details = hides ? "" : one.end.message});
    }
  }

  void add_acts(std::vector<Line>& all, const std::vector<Act>& acts) const {
    for (const Act& act : acts) {
      std::string why = act.actor.name;
      if (!act.reason.empty() && !records_.masking.hides_texts()) why += " · " + act.reason;
      const bool accepted = act.kind == ActKind::accept;
      all.push_back({.time = act.actor.time,
                     .act = act.id,
                     .kept = act_in_words(speech_, records_.mapping(), act),
                     .why = why,
                     .details = accepted ? act.about : ""});
    }
  }

  // "e-mail: anne@exemple.fr"; of what is no answer about a value, what kind of request it is.
  std::string wanted(const Request& request) const {
    const auto* answer = std::get_if<AnswerFields>(&request.what);
    if (answer == nullptr) return kind_of(request);
    std::string text;
    for (const Choice& choice : answer->choices) {
      const auto held = records_.store.held(choice.held);
      if (!held || !held->field) continue;
      const Entity& entity = records_.mapping().entity(held->entity);
      const Field& field = entity.fields.at(*held->field);
      text += (text.empty() ? "" : ", ") + speech_.name(entity.name, field.name) +
              speech_.say("colon") + " " +
              value_in_words(records_, speech_, entity, *held->field, choice.value);
    }
    return text;
  }

  std::string kind_of(const Request& request) const {
    if (const auto* deletion = std::get_if<AnswerDeletion>(&request.what))
      return speech_.say(deletion->keep ? "question.keep" : "question.delete");
    if (std::holds_alternative<Undo>(request.what)) return speech_.say("kind.undo");
    if (std::holds_alternative<Retry>(request.what)) return speech_.say("kind.retry");
    if (std::holds_alternative<Ignoring>(request.what))
      return speech_.say("kind." + std::string{miroir::kind_of(request)});
    if (const auto* link = std::get_if<Link>(&request.what)) return link_in_words(*link);
    if (const auto* resync = std::get_if<Resync>(&request.what)) return resync_in_words(*resync);
    return speech_.say("kind." + std::string{miroir::kind_of(request)});
  }

  std::string link_in_words(const Link& link) const {
    const Entity* entity = records_.mapping().find(link.entity);
    if (entity == nullptr) return speech_.say("kind.link");
    return speech_.say("link.of", speech_.name(link.entity),
                       spoken_key(entity->table[0], link.keys[0]),
                       spoken_key(entity->table[1], link.keys[1]));
  }

  // "Bringing together: Customer 1: the shop is right"
  std::string resync_in_words(const Resync& resync) const {
    std::string text = resync.entity.empty()
                           ? speech_.say("resync.of_all")
                           : speech_.say("resync.of_entity", speech_.name(resync.entity));
    if (resync.from)
      text += " · " + capitalised(speech_.say(
                          "resync.from", speech_.name(records_.mapping().sites[index(*resync.from)])));
    return text;
  }

  const Visit& visit_;
  const Speech& speech_;
  const Records& records_;
  Places before_;
  bool is_cut_ = false;
};

json values_of(const Visit& visit, const Line& line) {
  const Speech& speech = visit.speech();
  json one{{"when", speech.since(line.time, visit.now)},
           {"what", line.entity.empty() ? "" : speech.title(line.entity) + " " + line.key},
           {"field", line.field.empty() ? "" : speech.name(line.entity, line.field)},
           {"kept", line.kept},
           {"lost", line.lost},
           {"why", line.why},
           {"details", line.details},
           {"undone", line.undone}};
  if (line.may_be_undone) {
    one["undo"] = "/undo/" + std::to_string(line.decision);
    one["undo_label"] = speech.say(line.deletes ? "undo.delete" : "journal.undo");
  }
  return one;
}

json option(const std::string& value, const std::string& text, const std::string& chosen) {
  return {{"value", value}, {"text", text}, {"chosen", value == chosen}};
}

// What the form asks for, as an address has it.
std::string filters_in(const HttpRequest& request) {
  std::string all;
  for (const char* name : filters)
    all += std::string{all.empty() ? "" : "&"} + name + "=" + percent_encoded(request.in_query(name));
  return all;
}

// For spreadsheets: quoted throughout; what could be taken for a formula is made plain text.
std::string csv_cell(std::string text) {
  if (!text.empty() && std::string_view{"=+-@\t\r"}.find(text.front()) != std::string_view::npos)
    text.insert(0, 1, '\'');
  std::string cell{"\""};
  for (const char c : text) cell += c == '"' ? std::string{"\"\""} : std::string{c};
  return cell + "\"";
}

}  // namespace

HttpResponse journal_page(Visit& visit) {
  const Records records{visit};
  const Store::Reading reading{records.store};
  const Speech& speech = visit.speech();
  const auto asked = [&](const char* name) { return visit.request.in_query(name); };
  json lines = json::array();
  Journal journal{visit, records};
  for (const Line& line : journal.lines(lines_shown)) lines.push_back(values_of(visit, line));
  json kinds{option("", speech.say("journal.everything"), asked("kind")),
             option("automatic", speech.say("journal.automatic"), asked("kind")),
             option("people", speech.say("journal.people"), asked("kind")),
             option("acts", speech.say("journal.acts"), asked("kind"))};
  json entities{option("", speech.say("journal.all_entities"), asked("entity"))};
  for (const Entity& one : records.mapping().entities)
    entities.push_back(option(one.name, speech.title(one.name), asked("entity")));
  json sites{option("", speech.say("journal.either_side"), asked("lost_at"))};
  for (const std::string& site : records.mapping().sites)
    sites.push_back(option(site, speech.title(site), asked("lost_at")));
  const std::string filtered = filters_in(visit.request);
  json values{{"title", speech.say("journal.title")}, {"kinds", kinds}, {"entities", entities},
              {"sites", sites},       {"key", asked("key")},   {"from", asked("from")},
              {"until", asked("until")}, {"csv", "/journal.csv?" + filtered}};
  values["none"] = lines.empty();
  values["lines"] = std::move(lines);
  if (const std::string older = journal.older(); !older.empty())
    values["older"] = "/journal?" + filtered + "&before=" + percent_encoded(older);
  return visit.page("journal", "journal", std::move(values));
}

HttpResponse journal_csv(Visit& visit) {
  const Records records{visit};
  const Store::Reading reading{records.store};
  const Speech& speech = visit.speech();
  std::string text = "\xEF\xBB\xBF";
  const auto add = [&](const std::vector<std::string>& cells) {
    for (std::size_t i = 0; i < cells.size(); ++i) text += (i > 0 ? ";" : "") + csv_cell(cells[i]);
    text += "\r\n";
  };
  std::vector<std::string> heads;
  for (const char* head : {"when", "decision", "entity", "key", "field", "kept", "lost", "who", "undone"})
    heads.push_back(capitalised(speech.say(std::string{"journal."} + head)));
  heads.push_back(speech.say("check.details"));
  add(heads);
  for (const Line& line : Journal{visit, records}.lines(lines_in_file)) {
    add({line.time, line.decision == 0 ? "" : std::to_string(line.decision),
         line.entity.empty() ? "" : speech.title(line.entity), line.key,
         line.field.empty() ? "" : speech.name(line.entity, line.field), line.kept, line.lost,
         line.why, line.undone ? speech.say("value.yes") : "", line.details});
  }
  return {.status = 200,
          .type = "text/csv; charset=utf-8",
          .body = std::move(text),
          .headers = {{"Content-Disposition", "attachment; filename=\"miroir.csv\""}}};
}

}  // namespace miroir
