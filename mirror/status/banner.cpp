#include "mirror/status/banner.hpp"

#include <algorithm>
#include <ctime>
#include <limits>
#include <map>
#include <set>

#include "mirror/cli/held_items.hpp"
#include "mirror/cli/pausing.hpp"
#include "mirror/cli/remapping.hpp"
#include "mirror/status/plain.hpp"
#include "mirror/status/titles.hpp"

namespace miroir {
namespace {

using nlohmann::json;

constexpr std::size_t cycles_looked_at_max = 1'500;  // A day of cycles, one a minute.
constexpr std::size_t page_of_cycles = 100;

bool is_away_in(const json& report, const std::string& site) {
  // Told of what is graver, a cycle may have met a site that was away as well.
  const std::string outcome = report.value("outcome", "");
  if (outcome != "unreachable" && outcome != "brake") return false;
  for (const json& trouble : report.value("troubles", json::array())) {
    if (trouble.value("site", "") == site) return true;
  }
  return false;
}

std::size_t count_in(const json& report, const char* what, const std::string& site) {
  return report.value(what, json::object()).value(site, std::size_t{0});
}

Instant midnight(Instant now) {
  const std::time_t seconds = static_cast<std::time_t>(now.micros / 1'000'000);
  std::tm broken{};
  ::localtime_r(&seconds, &broken);
  broken.tm_hour = broken.tm_min = broken.tm_sec = 0;
  broken.tm_isdst = -1;
  return {static_cast<std::int64_t>(std::mktime(&broken)) * 1'000'000};
}

// Goes back through the cycles as far as anything is still to be learnt from them.
class Looking {
 public:
  Looking(Overview& found, const Mapping& mapping, Instant now)
      : found_{found}, sites_{mapping.sites}, today_{midnight(now)} {}

  // Whether the one before is of interest.
  bool look(const LoggedCycle& cycle) {
    const json report = json::parse(cycle.summary, nullptr, false);
    if (!report.is_object()) return false;
    count_today(cycle, report);
    look_for_waiting(cycle, report);
    for (const SiteId site : both_sites) look_for_away(site, cycle, report);
    return is_today_ || waiting_ || is_away_[0] || is_away_[1];
  }

 private:
  void count_today(const LoggedCycle& cycle, const json& report) {
    const auto started = parse_instant(cycle.started);
    is_today_ = is_today_ && started && started->micros >= today_.micros;
    if (!is_today_) return;
    for (const SiteId site : both_sites)
      found_.sent_today[index(site)] += count_in(report, "delivered", sites_[index(site)]);
  }

  void look_for_waiting(const LoggedCycle& cycle, const json& report) {
    waiting_ = waiting_ &&
               count_in(report, "behind", sites_[0]) + count_in(report, "behind", sites_[1]) > 0;
    if (waiting_) found_.behind_since = cycle.started;
  }

  void look_for_away(SiteId site, const LoggedCycle& cycle, const json& report) {
    bool& still = is_away_[index(site)];
    const std::string& name = sites_[index(site)];
    still = still && is_away_in(report, name);
    if (!still) return;
    const auto known = std::find_if(found_.away.begin(), found_.away.end(),
                                    [&](const Away& away) { return away.site == name; });
    if (known == found_.away.end()) {
      found_.away.push_back({name, cycle.started});
    } else {
      known->since = cycle.started;
    }
  }

  Overview& found_;
  const std::array<std::string, 2>& sites_;
  const Instant today_;
  bool is_today_ = true, waiting_ = true;
  PerSite<bool> is_away_{true, true};
};

void look_back(const Records& records, Overview& found, Instant now) {
  Looking looking{found, records.mapping(), now};
  CycleNumber before{std::numeric_limits<std::int64_t>::max()};
  for (std::size_t seen = 0; seen < cycles_looked_at_max;) {
    const auto cycles = records.store.logged_cycles(before, page_of_cycles);
    for (const LoggedCycle& cycle : cycles) {
      if (!looking.look(cycle)) return;
      before = cycle.cycle;
    }
    if (cycles.size() < page_of_cycles) return;
    seen += cycles.size();
  }
}

// Fields that are decided together are one question.
void count_questions(const Records& records, Overview& found) {
  CycleNumber oldest{std::numeric_limits<std::int64_t>::max()};
  std::map<std::pair<std::int64_t, std::size_t>, CycleNumber> together;
  std::set<std::pair<std::int64_t, std::size_t>> ignored_in_part;
  for (const OpenHeld& held : records.store.held()) {
    const Entity& entity = records.mapping().entity(held.entity);
    const std::size_t first = held.field ? entity.decided_with(*held.field).front()
                                         : std::numeric_limits<std::size_t>::max();
    if (held.ignored) {
      ignored_in_part.emplace(held.record.raw(), first);
      continue;
    }
    oldest = std::min(oldest, held.since);
    const auto [at, is_new] = together.try_emplace({held.record.raw(), first}, held.since);
    if (!is_new) at->second = std::min(at->second, held.since);
  }
  const auto set_aside = open_set_aside(records.store);
  for (const OpenSetAside& item : set_aside) oldest = std::min(oldest, item.since);
  for (const auto& [question, since] : together)
    found.checks.push_back(fmt::format("{}.{}@{}", question.first, question.second, since.raw()));
  for (const OpenSetAside& item : set_aside)
    found.checks.push_back(fmt::format("S{}@{}", item.id, item.since.raw()));
  found.to_check = found.checks.size();
  const auto ignored = open_set_aside(records.store, Which::ignored);
  found.ignored = ignored.size();
  for (const auto& question : ignored_in_part)
    found.ignored += together.contains(question) ? 0 : 1;
  for (const OpenSetAside& item : ignored) {
    const auto record = record_of(records, item);
    if (record && records.store.is_refused(*record)) ++found.ignored_behind;
  }
  if (found.to_check > 0) found.to_check_since = records.store.cycle_time(oldest);
}

}  // namespace

bool is_late(const LoggedCycle& last, std::chrono::minutes every, Instant now) {
  const auto started = parse_instant(last.started);
  if (!started) return false;
  const double allowed = 2 * 60.0 * static_cast<double>(every.count()) + 2 * last.seconds;
  return static_cast<double>(now.micros - started->micros) / 1e6 > allowed;
}

Overview read_overview(const Service& service, const ContextNow::Known& known,
                       const Records& records, Instant now) {
  const Store& store = records.store;
  const Store::Reading reading{store};
  Overview found;
  found.last = store.last_logged_cycle();
  found.runner = service.runner.state();
  if (found.last) found.report = json::parse(found.last->summary, nullptr, false);
  for (const SiteId site : both_sites) found.behind[index(site)] = store.count_behind(site);
  look_back(records, found, now);
  if (found.behind[0] + found.behind[1] == 0) found.behind_since.clear();
  count_questions(records, found);
  found.verified = last_verified(store);
  found.asked = store.requests().size();
  found.pauses = store.pauses();
  found.mistake = known.mistake;
  // With a mistake, nobody can agree to anything.
  const auto remapping = known.mistake.empty() ? find_open_remapping(known.context) : std::nullopt;
  if (remapping) {
    found.remapping = remapping->id;
    found.changes = remapping->comparison.changes;
    found.remapping_text = to_text(*remapping);
    found.carried = remapping->comparison.can_be_carried();
    found.installs = remapping->comparison.reads_more();
  }
  const auto every = service.config().every;
  found.late = found.last && !found.runner.running && is_late(*found.last, every, now);
  found.next = found.runner.next ? found.runner.next : std::optional{next_start(now, every)};
  return found;
}

namespace {

// The gravest thing is the headline; the others stand below it.
class Telling {
 public:
  Telling(const Visit& visit, const Records& records, const Overview& situation)
      : visit_{visit}, speech_{visit.speech()}, records_{records}, now_{situation} {}

  json tell() {
    tell_troubles();
    tell_attention();
    if (values_["headline"].is_null()) headline("good", good());
    values_["is_good"] = values_["mood"] == "good";
    tell_times();
    return std::move(values_);
  }

 private:
  void headline(const char* mood, const std::string& text, const std::string& more = "") {
    if (values_["headline"].is_null()) {
      values_["mood"] = mood;
      values_["headline"] = text;
      if (!more.empty()) line(more);
    } else {
      line(text);
    }
  }
  void line(const std::string& text) { values_["lines"].push_back({{"text", text}}); }

  std::string waiting() const {
    const std::size_t count = now_.behind[0] + now_.behind[1];
    if (count == 0) return {};
    return count == 1 ? speech_.say("banner.waiting_one")
                      : speech_.say("banner.waiting_many", count);
  }

  std::string good() const {
    return now_.behind[0] + now_.behind[1] > now_.ignored_behind ? speech_.say("banner.on_the_way")
                                                                 : speech_.say("banner.good");
  }

  void tell_brakes() {
    const json brakes =
        now_.report.is_object() ? now_.report.value("brakes", json::array()) : json::array();
    if (!now_.mistake.empty()) {
      headline("trouble", speech_.say("banner.unreadable"), speech_.say("banner.unreadable_text"));
      if (!records_.masking.hides_texts()) values_["technical"] = now_.mistake;
    } else if (!now_.remapping.empty()) {
      headline("trouble", speech_.say("banner.mapping"), speech_.say("banner.mapping_text"));
      tell_remapping();
    } else if (!brakes.empty()) {
      headline("trouble", speech_.say("banner.brake"), speech_.say("banner.brake_text"));
      for (const json& brake : brakes)
        add_brake(brake_in_words(speech_, records_.mapping(), brake));
    }
  }

  // Nobody agrees to what he has not seen.
  void tell_remapping() {
    json changes = json::array();
    for (const MappingChange& change : now_.changes)
      changes.push_back({{"text", change_in_words(speech_, change)}});
    if (now_.installs) changes.push_back({{"text", speech_.say("banner.mapping_install")}});
    add_brake({{"id", now_.remapping},
               {"what", speech_.say("banner.mapping_changes")},
               {"do", ""},
               {"has_changes", true},
               {"changes", changes},
               {"details", now_.remapping_text},
               {"acceptable", now_.carried}});
  }

  void add_brake(json brake) {
    if (records_.masking.hides_texts()) brake["details"] = "";
    values_["brakes"].push_back(std::move(brake));
  }

  void tell_troubles() {
    if (now_.late) {
      headline("trouble", speech_.say("banner.late", speech_.since(now_.last->started, visit_.now)),
               speech_.say("banner.late_text"));
    }
    tell_brakes();
    const bool logged =
        now_.last && (now_.last->outcome == "internal" || now_.last->outcome == "usage");
    if (logged || !now_.runner.last_error.empty()) {
      headline("trouble", speech_.say("banner.failed"), speech_.say("banner.failed_text"));
      if (!records_.masking.hides_texts() && now_.mistake.empty())
        values_["technical"] = now_.runner.last_error;
    }
    for (const Away& away : now_.away) {
      headline("attention",
               speech_.say("banner.away", speech_.name(away.site),
                           speech_.since(away.since, visit_.now)),
               speech_.say("banner.away_text"));
    }
    if (!now_.away.empty() && !waiting().empty()) line(waiting());
  }

  void tell_attention() {
    if (now_.to_check > 0) {
      headline("attention",
               now_.to_check == 1 ? speech_.say("banner.check_one")
                                  : speech_.say("banner.check_many", now_.to_check),
               speech_.say("banner.check_text"));
    }
    for (const Pause& pause : now_.pauses) {
      headline("attention",
               speech_.say("banner.paused", speech_.title(name_of(pause.what, records_.mapping())),
                           speech_.since(pause.since, visit_.now), pause.by, pause.reason));
    }
    if (!now_.last) headline("attention", speech_.say("banner.not_yet"));
  }

  void tell_times() {
    values_["running"] = now_.runner.running;
    if (now_.last) {
      values_["last"] = speech_.say("banner.last", speech_.when(now_.last->started, visit_.now),
                                    speech_.say("outcome." + now_.last->outcome),
                                    speech_.duration(now_.last->seconds));
    }
    const char* key = now_.runner.next ? "banner.next" : "banner.next_expected";
    values_["next"] = speech_.say(key, speech_.when(*now_.next, visit_.now));
  }

  const Visit& visit_;
  const Speech& speech_;
  const Records& records_;
  const Overview& now_;
  json values_{{"headline", nullptr}, {"lines", json::array()}, {"brakes", json::array()}};
};

std::string since(const Visit& visit, const std::string& iso) {
  const auto at = parse_instant(iso);
  return at ? visit.speech().say("counter.since", visit.speech().ago(*at, visit.now)) : "";
}

json counter(const std::string& name, std::size_t count, const std::string& note,
             const std::string& to) {
  return {{"name", name}, {"count", count}, {"note", note}, {"to", to}};
}

std::string joined(const std::string& one, const std::string& other) {
  return one + (one.empty() || other.empty() ? "" : " · ") + other;
}

// What a comparison of both sites found, which no cycle had seen.
json differences(const Visit& visit, const std::optional<Verified>& verified) {
  const Speech& speech = visit.speech();
  const std::string name = speech.say("counter.differences");
  const std::string to = visit.may(Role::administrator) ? "/manage" : "";
  if (!verified) {
    json never = counter(name, 0, speech.say("counter.never_verified"), to);
    never["count"] = "–";
    return never;
  }
  const auto at = parse_instant(verified->time);
  std::string note = at ? speech.say("counter.verified", speech.ago(*at, visit.now)) : "";
  if (verified->sample) note = joined(note, speech.say("counter.sample", *verified->sample));
  return counter(name, verified->differing(), note, to);
}

std::string by_site(const Speech& speech, const Mapping& mapping,
                    const PerSite<std::size_t>& counts) {
  std::string text;
  for (const SiteId site : both_sites) {
    if (counts[index(site)] == 0) continue;
    text += (text.empty() ? "" : " · ") + speech.say("counter.waiting_by",
                                                     speech.name(mapping.sites[index(site)]),
                                                     counts[index(site)]);
  }
  return text;
}

}  // namespace

json banner_values(const Visit& visit, const Records& records, const Overview& now) {
  const Speech& speech = visit.speech();
  const Mapping& mapping = records.mapping();
  json values = Telling{visit, records, now}.tell();
  std::string waiting = by_site(speech, mapping, now.behind);
  if (!now.behind_since.empty()) waiting += " · " + since(visit, now.behind_since);
  values["counters"] = {
      counter(speech.say("counter.waiting"), now.behind[0] + now.behind[1], waiting, "/cycles"),
      counter(speech.say("counter.check"), now.to_check,
              joined(since(visit, now.to_check_since),
                     now.ignored > 0 ? speech.say("counter.ignored", now.ignored) : ""),
              "/check"),
      counter(speech.say("counter.sent"), now.sent_today[0] + now.sent_today[1],
              by_site(speech, mapping, now.sent_today), "/cycles"),
      differences(visit, now.verified)};
  if (now.asked > 0) values["asked"] = speech.say("counter.asked", now.asked);
  return values;
}

json strip_values(const Visit& visit) {
  const auto make = [&] {
    const Records records{visit};
    const json all =
        Telling{visit, records, read_overview(visit.service, *visit.known, records, visit.now)}
            .tell();
    json strip;
    for (const char* name : {"mood", "is_good", "headline", "last", "running"})
      strip[name] = all.value(name, json{});
    return strip;
  };
  return visit.service.strips.get(visit.speech().language(), visit.service.pulse.count(), make);
}

}  // namespace miroir
