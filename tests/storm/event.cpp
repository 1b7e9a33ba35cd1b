#include "tests/storm/event.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <sstream>
#include <stdexcept>

namespace miroir::storm {
namespace {

constexpr std::array<std::string_view, kind_count> kinds{"new_customer",
                                                         "new_twins",
                                                         "edit_text",
                                                         "edit_note",
                                                         "agree_on_note",
                                                         "add_points",
                                                         "add_points_late",
                                                         "raise_change",
                                                         "edit_phone",
                                                         "edit_address",
                                                         "rename_customer",
                                                         "delete_customer",
                                                         "reuse_key",
                                                         "customer_comes_again",
                                                         "replace_customer",
                                                         "new_order",
                                                         "edit_order",
                                                         "step_stage",
                                                         "move_order",
                                                         "add_line",
                                                         "edit_line",
                                                         "change_wine",
                                                         "delete_line",
                                                         "delete_order",
                                                         "rename_order",
                                                         "new_item",
                                                         "sell",
                                                         "leave",
                                                         "come_back",
                                                         "answer",
                                                         "undo",
                                                         "fault_before",
                                                         "fault_after",
                                                         "fault_stalled",
                                                         "fault_queued",
                                                         "land",
                                                         "crash",
                                                         "lock_row",
                                                         "unlock_rows",
                                                         "refuse_row",
                                                         "allow_rows",
                                                         "set_clock",
                                                         "time_is_up"};

std::string_view name_of_site(SiteId site) { return site == at_shop ? "shop" : "erp"; }

template <class Names>
std::size_t place_in(const Names& names, std::string_view name, std::string_view what) {
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) throw std::runtime_error{fmt::format("{} is no {}", name, what)};
  return static_cast<std::size_t>(found - names.begin());
}

std::string line_of(const Event& event) {
  return fmt::format("{} {} {}#{} {} {} {} {}\n", event.id, event.cycle, name_of(event.point),
                     event.turn, name_of_site(event.site), name_of(event.kind), event.pick,
                     event.choice);
}

Event event_of(const std::string& line) {
  std::istringstream words{line};
  Event event;
  std::string place, site, kind;
  if (!(words >> event.id >> event.cycle >> place >> site >> kind >> event.pick >> event.choice))
    throw std::runtime_error{"this is no event: " + line};
  const auto mark = place.find('#');
  if (mark == std::string::npos) throw std::runtime_error{"no '#' in the place of: " + line};
  event.point =
      static_cast<Point>(place_in(point_names(), place.substr(0, mark), "place of a cycle"));
  event.turn = std::stoi(place.substr(mark + 1));
  event.site = site == "shop" ? at_shop : at_erp;
  event.kind = static_cast<Kind>(place_in(kinds, kind, "kind of event"));
  return event;
}

void read_head(Schedule& schedule, const std::string& line) {
  std::istringstream words{line};
  std::string word;
  words >> word;  // "storm"
  while (words >> word) {
    const auto equals = word.find('=');
    const std::string name = word.substr(0, equals);
    if (name == "seed") {
      schedule.seed = std::stoull(word.substr(equals + 1));
      continue;
    }
    const int value = std::stoi(word.substr(equals + 1));
    if (name == "scoped") schedule.scoped = value != 0;
    if (name == "capitals") schedule.capitals = value != 0;
    if (name == "ahead") schedule.ahead = value;
    if (name == "chunk") schedule.chunk_roots = value;
    if (name == "batch") schedule.batch_aggregates = value;
    if (name == "cycles") schedule.cycles = value;
  }
}

}  // namespace

std::string_view name_of(Kind kind) { return kinds[static_cast<std::size_t>(kind)]; }

const std::vector<std::string_view>& call_names() {
  static const std::vector<std::string_view> names{"connect",     "take_census", "clock",
                                                   "settle",      "list_roots",  "extract",
                                                   "acknowledge", "deliver",     "describe_tables"};
  return names;
}

const std::vector<std::string_view>& step_names() {
  static const std::vector<std::string_view> names{
      "census",      "settle",  "extract", "match",   "merge", "incorporate",
      "acknowledge", "request", "plan",    "deliver", "record"};
  return names;
}

const std::vector<std::string>& point_names() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> all{"-"};
    for (const auto step : step_names()) all.emplace_back(step);
    for (const SiteId site : both_sites) {
      for (const auto call : call_names())
        all.push_back(fmt::format("{}.{}", name_of_site(site), call));
    }
    return all;
  }();
  return names;
}

std::optional<Point> point_of(std::string_view name) {
  const auto& names = point_names();
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) return std::nullopt;
  return static_cast<Point>(found - names.begin());
}

Point call_at(SiteId site, std::string_view call) {
  const std::size_t place = place_in(call_names(), call, "call of the port");
  return static_cast<Point>(1 + step_names().size() + index(site) * call_names().size() + place);
}

std::string_view name_of(Point point) { return point_names().at(point); }

std::string to_text(const Schedule& schedule) {
  std::string text =
      fmt::format("storm seed={} scoped={} capitals={} ahead={} chunk={} batch={} cycles={}\n",
                  schedule.seed, int{schedule.scoped}, int{schedule.capitals}, schedule.ahead,
                  schedule.chunk_roots, schedule.batch_aggregates, schedule.cycles);
  for (const Event& event : schedule.events) text += line_of(event);
  return text;
}

Schedule schedule_from_text(const std::string& text) {
  Schedule schedule;
  std::istringstream lines{text};
  for (std::string line; std::getline(lines, line);) {
    if (line.empty() || line.front() == '#') continue;
    if (line.rfind("storm ", 0) == 0)
      read_head(schedule, line);
    else
      schedule.events.push_back(event_of(line));
  }
  return schedule;
}

}  // namespace miroir::storm
