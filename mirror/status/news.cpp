#include "mirror/status/news.hpp"

#include <algorithm>
#include <cctype>

#include "mirror/status/plain.hpp"

namespace miroir {
namespace {

using nlohmann::json;

// A brake's id without the numbers and hashes that change while it holds: "deletions:shop:customer".
std::string lasting(const std::string& id, const Mapping& mapping) {
  std::string name;
  for (std::size_t from = 0; from <= id.size();) {
    const std::size_t end = std::min(id.find(':', from), id.size());
    const std::string part = id.substr(from, end - from);
    if (from == 0 || mapping.site(part) || mapping.find(part) != nullptr)
      name += (name.empty() ? "" : ":") + part;
    from = end + 1;
  }
  return name;
}

Happening braked(const Overview& situation, const Mapping& mapping) {
  Happening brake{.event = "brake", .site = {}, .items = {}, .since = {}};
  if (!situation.remapping.empty()) brake.items.emplace_back("mapping");
  const json& report = situation.report;
  // A cycle that failed tells nothing of brakes.
  brake.known = report.is_object() && report.contains("brakes");
  if (!brake.known) return brake;
  for (const json& one : report["brakes"]) brake.items.push_back(lasting(one.value("id", ""), mapping));
  std::sort(brake.items.begin(), brake.items.end());
  brake.items.erase(std::unique(brake.items.begin(), brake.items.end()), brake.items.end());
  return brake;
}

bool is_paused(const Overview& situation, const Mapping& mapping, const std::string& site) {
  return std::any_of(situation.pauses.begin(), situation.pauses.end(), [&](const Pause& pause) {
    const auto* id = std::get_if<SiteId>(&pause.what);
    return id != nullptr && mapping.sites[index(*id)] == site;
  });
}

Happening away(const Overview& situation, const Mapping& mapping, const NotifyConfig& config,
               const std::string& site, Instant now) {
  Happening gone{.event = "away", .site = site, .items = {}, .since = {}};
  const std::string outcome = situation.last ? situation.last->outcome : "";
  // Whether a site is there shows in cycles that ask it.
  gone.known = !outcome.empty() && outcome != "internal" && outcome != "usage" &&
               !is_paused(situation, mapping, site);
  for (const Away& one : situation.away) {
    if (one.site != site) continue;
    gone.since = one.since;
    const auto since = parse_instant(one.since);
    if (since && now.micros - since->micros >= std::chrono::microseconds{config.away}.count()) {
      gone.items.push_back(one.since);
    } else {
      gone.known = false;  // Not for long enough; and not back either.
    }
  }
  return gone;
}

Happening stopped(const Overview& situation, bool cycle_runs) {
  Happening late{.event = "stopped", .site = {}, .items = {}, .since = {}};
  if (situation.last) late.since = situation.last->started;
  // Cycles that wait for somebody to agree to a mapping leave no trace of when they ran.
  late.known = situation.last && situation.remapping.empty() && !(situation.late && cycle_runs);
  if (situation.late) late.items.push_back(late.since);
  return late;
}

std::string in_one_line(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](unsigned char c) { return std::iscntrl(c) != 0; }, ' ');
  return text;
}

std::string pair_of(const Speech& speech, const Mapping& mapping) {
  return speech.title(mapping.sites[0]) + " ⇄ " + speech.title(mapping.sites[1]);
}

std::string where_to_look(const Speech& speech, const std::string& address) {
  return address.empty() ? speech.say("notify.no_page") : speech.say("notify.page", address);
}

std::string counted(const Speech& speech, const std::string& key, std::size_t count) {
  return count == 1 ? speech.say(key + "_one") : speech.say(key + "_many", count);
}

using Said = std::pair<std::string, std::string>;  // In a line, and what else there is to say.

std::string said_of_changes(const Overview& situation, const Speech& speech) {
  std::string text = speech.say("banner.mapping_text") + "\n\n" + speech.say("banner.mapping_changes");
  for (const MappingChange& change : situation.changes)
    text += "\n- " + change_in_words(speech, change);
  return text;
}

std::string said_of_brakes(const Overview& situation, const Speech& speech,
                           const Mapping& mapping) {
  std::string text = speech.say("banner.brake_text");
  for (const json& brake : situation.report.value("brakes", json::array())) {
    const json said = brake_in_words(speech, mapping, brake);
    text += "\n- " + said["what"].get<std::string>() + " " + said["do"].get<std::string>();
  }
  return text;
}

Said said_begun(const Happening& now, const News& news, const Overview& situation,
                const Speech& speech, const Mapping& mapping, Instant at) {
  if (now.event == "waiting") {
    return {counted(speech, "notify.new", news.fresh),
            speech.say("notify.open", now.items.size()) + "\n" + speech.say("banner.check_text")};
  }
  if (now.event == "away") {
    const std::size_t behind = situation.behind[0] + situation.behind[1];
    return {speech.say("banner.away", speech.name(now.site), speech.since(now.since, at)),
            speech.say("banner.away_text") +
                (behind == 0 ? "" : "\n" + counted(speech, "banner.waiting", behind))};
  }
  if (now.event == "stopped")
    return {speech.say("banner.late", speech.since(now.since, at)), speech.say("banner.late_text")};
  if (!situation.remapping.empty()) return {speech.say("banner.mapping"), said_of_changes(situation, speech)};
  return {speech.say("banner.brake"), said_of_brakes(situation, speech, mapping)};
}

Said said_over(const Happening& now, const Speech& speech) {
  const std::string what = now.event == "away" ? speech.say("notify.over.away", speech.name(now.site))
                                               : speech.say("notify.over." + now.event);
  return {what, speech.say("notify.over_text")};
}

}  // namespace

std::vector<Happening> happenings(const Overview& situation, const Mapping& mapping,
                                  const NotifyConfig& config, bool cycle_runs, Instant now) {
  std::vector<Happening> all{
      {.event = "waiting", .site = {}, .items = situation.checks, .since = situation.to_check_since}};
  for (const std::string& site : mapping.sites)
    all.push_back(away(situation, mapping, config, site, now));
  all.push_back(braked(situation, mapping));
  all.push_back(stopped(situation, cycle_runs));
  std::erase_if(all, [&](const Happening& one) {
    return std::find(config.events.begin(), config.events.end(), one.event) == config.events.end();
  });
  return all;
}

News news_of(const Happening& now, const std::optional<Notice>& told) {
  const bool is_told = told && !told->items.empty();
  if (!now.known) return {};
  if (now.items.empty()) return {.change = is_told ? Change::over : Change::none};
  if (!is_told) return {.change = Change::begun, .fresh = now.items.size()};
  std::size_t fresh = 0;
  for (const std::string& item : now.items)
    fresh += std::find(told->items.begin(), told->items.end(), item) == told->items.end() ? 1 : 0;
  if (fresh > 0) return {.change = Change::begun, .fresh = fresh};
  return {.change = now.items == told->items ? Change::none : Change::changed};
}

Message message_of(const Happening& now, const News& news, const Overview& situation,
                   const Speech& speech, const std::string& address, const Mapping& mapping,
                   Instant at) {
  const bool over = news.change == Change::over;
  const auto [line, more] =
      over ? said_over(now, speech) : said_begun(now, news, situation, speech, mapping, at);
  return {.event = now.event,
          .site = now.site,
          .phase = over ? "over" : "begun",
          .fresh = news.fresh,
          .open = now.items.size(),
          .since = now.since,
          .address = address,
          .subject = in_one_line("[miroir] " + pair_of(speech, mapping) + speech.say("colon") + " " + line),
          .text = line + ".\n\n" + more + "\n\n" + where_to_look(speech, address) + "\n"};
}

Message trial(const Speech& speech, const std::string& address, const Mapping& mapping) {
  return {.event = "test",
          .site = {},
          .phase = "test",
          .since = {},
          .address = address,
          .subject = in_one_line("[miroir] " + pair_of(speech, mapping) + speech.say("colon") + " " +
                                 speech.say("notify.trial")),
          .text = speech.say("notify.trial_text") + "\n\n" + where_to_look(speech, address) + "\n"};
}

}  // namespace miroir
