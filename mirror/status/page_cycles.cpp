// The cycles that have run: when, how long, what they carried.
#include <limits>

#include "mirror/status/pages.hpp"

namespace miroir {
namespace {

using nlohmann::json;

constexpr std::size_t cycles_shown = 50;

json by_site(const Visit& visit, const json& report, const char* what) {
  json list = json::array();
  for (const std::string& site : visit.service.context.setting.mapping.sites) {
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

}  // namespace

HttpResponse cycles_page(Visit& visit) {
  const Records records{visit};
  const std::string from = visit.request.in_query("before");
  const bool is_number = !from.empty() && from.size() < 18 &&
                         from.find_first_not_of("0123456789") == std::string::npos;
  const CycleNumber before{is_number ? std::stoll(from) : std::numeric_limits<std::int64_t>::max()};
  const auto cycles = records.store.logged_cycles(before, cycles_shown);
  json list = json::array();
  for (const LoggedCycle& cycle : cycles) list.push_back(cycle_values(visit, cycle, records.masking.hides_texts()));
  json values{{"title", visit.speech().say("cycles.title")}, {"cycles", list}};
  values["none"] = list.empty();
  if (cycles.size() == cycles_shown)
    values["older"] = "/cycles?before=" + std::to_string(cycles.back().cycle.raw());
  return visit.page("cycles", "cycles", std::move(values));
}

}  // namespace miroir
