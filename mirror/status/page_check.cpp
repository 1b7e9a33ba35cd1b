// To check: what waits for a person, one line for each, with the same cause together.
#include <algorithm>
#include <map>
#include <set>

#include "mirror/cli/naming.hpp"
#include "mirror/cli/wishes.hpp"
#include "mirror/status/causes.hpp"
#include "mirror/status/pages.hpp"
#include "mirror/status/passwords.hpp"
#include "mirror/status/plain.hpp"
#include "mirror/status/questions.hpp"
#include "mirror/status/titles.hpp"

namespace miroir {
namespace {

using nlohmann::json;

constexpr std::size_t items_shown_max = 25;  // Of one cause.

bool is_group(const Entity& entity, const PersonsQuestion& question) {
  return question.fields.size() > 1 && entity.fields[*question.first().field].group;
}

std::string subject(const Records& records, const Speech& speech, const PersonsQuestion& question) {
  const Entity& entity = records.mapping().entity(question.first().entity);
  const Field& field = entity.fields[*question.first().field];
  if (is_group(entity, question)) return speech.name(entity.name, entity.groups[*field.group].name);
  return speech.name(entity.name, field.name);
}

std::string since(const Visit& visit, const Records& records, CycleNumber cycle) {
  const std::string time = records.store.cycle_time(cycle);
  return time.empty() ? ""
                      : visit.speech().say("check.since", visit.speech().since(time, visit.now));
}

json values_of(const Records& records, const Speech& speech, const PersonsQuestion& question) {
  json list = json::array();
  if (!question.first().field) return list;
  for (const SiteId site : both_sites) {
    std::string values;
    for (const OpenHeld& one : question.fields) {
      const Entity& entity = records.mapping().entity(one.entity);
      const Value& value = one.candidates[index(site)];
      if (is_null(value) && question.fields.size() > 1) continue;
      values += (values.empty() ? "" : ", ") +
                value_in_words(records, speech, entity, *one.field, value);
    }
    list.push_back({{"site", speech.title(records.mapping().sites[index(site)])},
                    {"value", values.empty() ? speech.say("value.empty") : values}});
  }
  return list;
}

// By record: who has asked something about it that no cycle has carried out yet.
std::set<std::int64_t> being_answered(const Store& store) {
  std::set<std::int64_t> held;
  for (const Request& request : store.requests()) {
    if (const auto* answer = std::get_if<AnswerFields>(&request.what)) {
      for (const Choice& choice : answer->choices) held.insert(choice.held);
    } else if (const auto* deletion = std::get_if<AnswerDeletion>(&request.what)) {
      held.insert(deletion->held);
    }
  }
  return held;
}

std::set<std::int64_t> being_retried(const Store& store) {
  std::set<std::int64_t> retried;
  for (const Request& request : store.requests()) {
    if (const auto* retry = std::get_if<Retry>(&request.what)) retried.insert(retry->set_aside);
  }
  return retried;
}

class Groups {
 public:
  Groups(const Visit& visit, const Records& records, std::size_t items_max, Which which)
      : visit_{visit},
        speech_{visit.speech()},
        records_{records},
        items_max_{items_max},
        which_{which} {}

  json all() {
    const auto questions = open_questions(records_, which_);
    for (const PersonsQuestion& question : questions)
      if (!is_computed(question)) add(question);
    for (const PersonsQuestion& question : questions)
      if (is_computed(question) && !attach(question)) add(question);
    for (const OpenSetAside& item : open_set_aside(records_.store, which_)) add(item);
    for (json& group : groups_) finish(group);
    return std::move(groups_);
  }

 private:
  json& group(const std::string& key, const std::string& what, const std::string& todo) {
    const auto [known, is_new] = by_key_.emplace(key, groups_.size());
    if (is_new) {
      groups_.push_back({{"what", what},
                         {"do", todo},
                         {"items", json::array()},
                         {"count", 0},
                         {"shown", 0},
                         {"retry", json::array()}});
      if (may_ignore()) groups_.back()["ignore_all"] = "/ignore?of=" + percent_encoded(key);
    }
    return groups_[known->second];
  }

  void add(const PersonsQuestion& question) {
    const OpenHeld& first = question.first();
    const std::string name = group_of(records_, question);
    json& its =
        group(name, what_is_wrong(records_, speech_, question), what_to_do(speech_, question));
    if (!is_computed(question) && may_ignore())
      its["answer_all"] = "/check/group?of=" + percent_encoded(name);
    const RecordId root = root_of(first.record);
    count(its, std::to_string(first.id), question.is_ignored() ? first.ignored : std::nullopt, root,
          [&] { return item_of(question, root); });
  }

  json item_of(const PersonsQuestion& question, RecordId root) const {
    const OpenHeld& first = question.first();
    return {{"title", title_of(records_, speech_, root)},
            {"part", root == first.record ? "" : title_of(records_, speech_, first.record)},
            {"to", "/check/" + std::to_string(first.id)},
            {"link", speech_.say(visit_.may(Role::clerk) ? "check.answer" : "check.look")},
            {"since", since(visit_, records_, first.since)},
            {"asked", answered_.contains(first.id)},
            {"values", values_of(records_, speech_, question)}};
  }

  static bool is_computed(const PersonsQuestion& question) {
    return rule_of(question.first()) == "computed";
  }

  // A total follows from what is asked of the same order: it stands there. Whether that is shown.
  bool attach(const PersonsQuestion& question) {
    const RecordId root = root_of(question.first().record);
    for (json& its : groups_) {
      json* line = line_of(its["items"], root);
      if (line == nullptr) continue;
      json item = item_of(question, root);
      item["part"] = what_is_wrong(records_, speech_, question);
      item["link"] = speech_.say("check.look");
      finish_item(item, std::to_string(question.first().id),
                  question.is_ignored() ? question.first().ignored : std::nullopt);
      (*line)["also"].push_back(std::move(item));
      return true;
    }
    return false;
  }

  void finish_item(json& item, const std::string& id,
                   const std::optional<Ignored>& ignored) const {
    if (may_ignore()) item["ignore"] = "/ignore?id=" + id;
    if (!ignored) return;
    item["ignored"] = ignored_in_words(visit_, records_, *ignored);
    item["unignore"] = id;
  }

  // What people call the thing: an order, of its line.
  RecordId root_of(RecordId record) const {
    const auto state = records_.store.record(record);
    return state ? state->root : record;
  }

  bool may_ignore() const { return which_ == Which::waiting && visit_.may(Role::clerk); }

  void add(const OpenSetAside& item) {
    const std::string cause = cause_of(item.reason);
    const std::string& site = records_.mapping().sites[index(item.site)];
    const std::string& entity = records_.mapping().entity(item.entity).name;
    json& its = group(group_of(records_, item),
                      capitalised(speech_.say("cause." + cause + ".what", speech_.name(site))),
                      speech_.say("cause." + cause + ".do"));
    its["is_set_aside"] = which_ == Which::waiting;
    its["retry"].push_back({{"id", spoken_id(item)}});
    const auto record = record_of(records_, item);
    count(its, spoken_id(item), item.ignored, std::nullopt, [&] {
      return json{{"title", title_of(records_, speech_, item)},
                  {"part", ""},
                  {"story", record ? "/record/" + std::to_string(record->raw()) : ""},
                  {"retry_id", which_ == Which::waiting ? spoken_id(item) : ""},
                  {"since", since(visit_, records_, item.since)},
                  {"tries", attempts(item)},
                  {"asked_retry", retried_.contains(item.id)},
                  {"details", records_.masking.hides_texts()
                                  ? ""
                                  : site + ", " + entity + " " + item.key + ": " + item.reason}};
    });
  }

  std::string attempts(const OpenSetAside& item) const {
    const auto passes = item.next ? item.next->raw() - records_.store.last_cycle().raw() : 1;
    std::string text = passes > 1 ? speech_.say("check.tries_later", item.tries, passes)
                                  : speech_.say("check.tries", item.tries);
    if (item.waiting > 0) text += " · " + speech_.say("check.waiting", item.waiting);
    return text;
  }

  // Titles cost a look at the store: only what is shown is made.
  template <class Make>
  void count(json& its, const std::string& id, const std::optional<Ignored>& ignored,
             const std::optional<RecordId>& root, Make make) {
    its["count"] = its["count"].get<std::size_t>() + 1;
    json* same = root ? line_of(its["items"], *root) : nullptr;
    if (same == nullptr && its["items"].size() == items_max_) return;
    its["shown"] = its["shown"].get<std::size_t>() + 1;
    json item = make();
    finish_item(item, id, ignored);
    if (same != nullptr) {
      (*same)["also"].push_back(std::move(item));
      return;
    }
    if (root) item["root"] = root->raw();
    item["also"] = json::array();
    its["items"].push_back(std::move(item));
  }

  // One line for each business object.
  static json* line_of(json& items, RecordId root) {
    const auto found = std::find_if(items.begin(), items.end(), [&](const json& item) {
      return item.value("root", std::int64_t{0}) == root.raw();
    });
    return found == items.end() ? nullptr : &*found;
  }

  void finish(json& its) const {
    const std::size_t count = its["count"], shown = its["shown"];
    its["many"] = count > 1;
    if (count > 1) {
      its["same_cause"] = speech_.say("check.same_cause", count);
      its["answer_all_text"] = speech_.say("check.answer_all", count);
      its["retry_all_text"] = speech_.say("check.retry_all", count);
      its["ignore_all_text"] = speech_.say("ignore.all", count);
    } else {
      its.erase("answer_all");
      its.erase("ignore_all");
    }
    if (count > shown) its["more"] = speech_.say("check.more", count - shown);
  }

  const Visit& visit_;
  const Speech& speech_;
  const Records& records_;
  const std::size_t items_max_;
  const Which which_;
  const std::set<std::int64_t> answered_ = being_answered(records_.store);
  const std::set<std::int64_t> retried_ = being_retried(records_.store);
  std::map<std::string, std::size_t> by_key_;
  json groups_ = json::array();
};

}  // namespace

bool PersonsQuestion::is_ignored() const {
  return std::all_of(fields.begin(), fields.end(),
                     [](const OpenHeld& one) { return one.ignored.has_value(); });
}

std::vector<PersonsQuestion> open_questions(const Records& records, Which which) {
  std::vector<PersonsQuestion> all;
  for (const OpenHeld& held : records.store.held()) {
    PersonsQuestion question{{held}};
    if (held.field) question.fields = asked_together(records.store, records.mapping(), held);
    const bool stands_for_all = !question.fields.empty() && question.first().id == held.id;
    if (stands_for_all && question.is_ignored() == (which == Which::ignored))
      all.push_back(std::move(question));
  }
  return all;
}

PersonsQuestion question_with(const Records& records, std::int64_t id) {
  const auto held = records.store.held(id);
  if (!held) throw PageError{404, "error.not_found"};
  if (!held->field || held->closed) return {{*held}};
  return {asked_together(records.store, records.mapping(), *held)};
}

std::string seen_in(const Records& records, const std::vector<PersonsQuestion>& questions) {
  std::string seen;
  for (const PersonsQuestion& question : questions) {
    for (const OpenHeld& one : question.fields) {
      seen += std::to_string(one.id) + (one.closed ? " closed\n" : "\n");
      for (const Value& value : one.candidates) seen += display(value) + "\n";
      if (one.proposal) seen += display(*one.proposal) + "\n";
      if (!one.field) seen += std::to_string(records.store.last_change(one.record)) + "\n";
    }
  }
  return fingerprint(seen);
}

std::string group_of(const Records& records, const PersonsQuestion& question) {
  const OpenHeld& first = question.first();
  const Entity& entity = records.mapping().entity(first.entity);
  const std::string kind = std::string{rule_of(first)} + "/" + entity.name + "/";
  if (first.field) return kind + entity.fields[*first.field].name;
  const auto deleted_at = site_of_deletion(records.mapping(), first.reason);
  return kind + deletion_cause_of(first.reason) +
         (deleted_at ? "/" + records.mapping().sites[index(*deleted_at)] : "");
}

std::string group_of(const Records& records, const OpenSetAside& item) {
  const Mapping& mapping = records.mapping();
  return "set aside/" + mapping.sites[index(item.site)] + "/" + mapping.entity(item.entity).name +
         "/" + cause_of(item.reason);
}

std::vector<PersonsQuestion> group_named(const Records& records, const std::string& name) {
  auto all = open_questions(records);
  std::erase_if(all, [&](const PersonsQuestion& one) { return group_of(records, one) != name; });
  if (all.empty()) throw PageError{404, "error.not_found"};
  return all;
}

std::string what_is_wrong(const Records& records, const Speech& speech,
                          const PersonsQuestion& question) {
  const OpenHeld& first = question.first();
  if (!first.field) return deletion_in_words(speech, records.mapping(), first.reason);
  return speech.say("reason." + std::string{rule_of(first)} + ".what",
                    subject(records, speech, question));
}

std::string what_to_do(const Speech& speech, const PersonsQuestion& question) {
  if (!question.first().field)
    return speech.say("deletion." + deletion_cause_of(question.first().reason) + ".do");
  return speech.say("reason." + std::string{rule_of(question.first())} + ".do");
}

std::string ignored_in_words(const Visit& visit, const Records& records, const Ignored& ignored) {
  const Speech& speech = visit.speech();
  return speech.say("ignore.by", ignored.by, speech.since(ignored.since, visit.now),
                    records.masking.hides_texts() ? speech.say("value.hidden") : ignored.reason);
}

json check_groups(const Visit& visit, const Records& records, std::size_t items_max, Which which) {
  return Groups{visit, records, items_max, which}.all();
}

HttpResponse check_page(Visit& visit) {
  const Records records{visit};
  const Store::Reading reading{records.store};
  const Speech& speech = visit.speech();
  const Which which =
      visit.request.in_query("show") == "ignored" ? Which::ignored : Which::waiting;
  json groups = check_groups(visit, records, items_shown_max, which);
  const std::size_t waiting = open_questions(records).size() + open_set_aside(records.store).size();
  const std::size_t ignored = open_questions(records, Which::ignored).size() +
                              open_set_aside(records.store, Which::ignored).size();
  json filters{{{"to", "/check"},
                {"text", speech.say("ignore.show_waiting", waiting)},
                {"here", which == Which::waiting}},
               {{"to", "/check?show=ignored"},
                {"text", speech.say("ignore.show_ignored", ignored)},
                {"here", which == Which::ignored}}};
  const bool nothing = groups.empty();
  return visit.page(
      "check", "check",
      {{"title", speech.say("check.title")},
       {"text", speech.say(which == Which::ignored ? "ignore.list_text" : "check.text")},
       {"filters", filters},
       {"groups", std::move(groups)},
       {"level", 2},
       {"nothing", nothing ? speech.say(which == Which::ignored ? "ignore.none" : "home.nothing")
                           : ""}});
}

}  // namespace miroir
