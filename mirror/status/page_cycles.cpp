// The cycles that have run: when, how long, what they carried; in a chart and in a table.
#include <limits>

#include "mirror/status/cycle_chart.hpp"
#include "mirror/status/pages.hpp"

namespace miroir {
namespace {

using nlohmann::json;

constexpr std::size_t cycles_shown = 50;
constexpr std::size_t page_of_cycles = 100;
constexpr std::size_t charted_max = 3'000;  // A week of cycles, one every four minutes.

json by_site(const Visit& visit, const json& report, const char* what) {
  json list = json::array();
  for (const std::string& site : visit.context().setting.mapping.sites) {
    const auto count = report.value(what, json::object()).value(site, std::size_t{0});
    list.push_back({{"site", visit.speech().title(site)}, {"count", count}});
  }
  return list;
}

json cycle_values(const Visit& visit, const LoggedCycle& cycle, bool hides_texts) {
  const Speech& speech = visit.speech();
  json report = json::parse(cycle.summary, nullptr, false);
  if (!report.is_object()) report = json::object();
  json one{{"number", cycle.cycle.raw()},
           {"when", speech.since(cycle.started, visit.now)},
           {"took", speech.duration(cycle.seconds)},
           {"outcome", speech.say("outcome." + cycle.outcome)},
           {"mood", cycle.outcome == "done"                                        ? "good"
                    : cycle.outcome == "waiting" || cycle.outcome == "unreachable" ? "attention"
                                                                                   : "trouble"},
           {"read", by_site(visit, report, "extracted")},
           {"written", by_site(visit, report, "delivered")},
           {"behind", by_site(visit, report, "behind")},
           {"troubles", json::array()}};
  for (const json& trouble : report.value("troubles", json::array()))
    one["troubles"].push_back(
        {{"text", trouble.value("site", "") + ": " + trouble.value("message", "")}});
  // What a database says may hold what was to be written.
  if (hides_texts) one["troubles"].clear();
  one["has_troubles"] = !one["troubles"].empty();
  return one;
}

// As far back as the chart goes; whether there are more than are looked at.
std::pair<std::vector<LoggedCycle>, bool> charted(const Store& store, ChartSpan span, Instant now) {
  std::vector<LoggedCycle> all;
  CycleNumber before{std::numeric_limits<std::int64_t>::max()};
  for (;;) {
    auto page = store.logged_cycles(before, page_of_cycles);
    for (LoggedCycle& cycle : page) {
      const auto started = parse_instant(cycle.started);
      const bool is_old = span == ChartSpan::last
                              ? all.size() == chart_cycles
                              : started && started->micros < chart_begin(span, now).micros;
      if (is_old) return {std::move(all), false};
      if (all.size() == charted_max) return {std::move(all), true};
      before = cycle.cycle;
      all.push_back(std::move(cycle));
    }
    if (page.size() < page_of_cycles) return {std::move(all), false};
  }
}

void add_chart(json& values, const Visit& visit, const Records& records) {
  const Speech& speech = visit.speech();
  const ChartSpan chosen = chart_span(visit.request.in_query("span"));
  for (const ChartSpan span : {ChartSpan::last, ChartSpan::day, ChartSpan::week}) {
    const std::string name{name_of(span)};
    values["spans"].push_back({{"to", "/cycles?span=" + name},
                               {"text", speech.say("chart.span_" + name, chart_cycles)},
                               {"here", span == chosen}});
  }
  const auto [cycles, cut] = charted(records.store, chosen, visit.now);
  const auto& sites = records.mapping().sites;
  values["chart"] =
      chart_values(bars_of(cycles, chosen, sites, visit.now), chosen, sites, speech, visit.now);
  values["has_chart"] = true;
  values["chart_none"] = values["chart"].is_null() ? speech.say("chart.none") : "";
  if (cut) values["chart_cut"] = speech.say("chart.cut", charted_max);
}

}  // namespace

HttpResponse cycles_page(Visit& visit) {
  const Records records{visit};
  const Store::Reading reading{records.store};
  const std::string from = visit.request.in_query("before");
  const bool is_number = !from.empty() && from.size() < 18 &&
                         from.find_first_not_of("0123456789") == std::string::npos;
  const CycleNumber before{is_number ? std::stoll(from) : std::numeric_limits<std::int64_t>::max()};
  const auto cycles = records.store.logged_cycles(before, cycles_shown);
  json list = json::array();
  for (const LoggedCycle& cycle : cycles) list.push_back(cycle_values(visit, cycle, records.masking.hides_texts()));
  json values{{"title", visit.speech().say("cycles.title")}, {"cycles", list}};
  values["none"] = list.empty();
  if (!is_number && !list.empty()) add_chart(values, visit, records);
  if (cycles.size() == cycles_shown)
    values["older"] = "/cycles?before=" + std::to_string(cycles.back().cycle.raw());
  return visit.page("cycles", "cycles", std::move(values));
}

}  // namespace miroir
