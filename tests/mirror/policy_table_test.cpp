// The table of schema/README.md, "What becomes of a change": every cell of it is tried.
#include <algorithm>
#include <catch2/catch.hpp>
#include <fstream>
#include <functional>
#include <map>

#include "tests/mirror/merge_world.hpp"

namespace miroir::test {
namespace {

using Cells = std::vector<std::string>;

Cells cells_of(std::string line) {
  Cells cells;
  line.erase(0, 1);
  for (std::size_t end = 0; (end = line.find('|')) != std::string::npos; line.erase(0, end + 1)) {
    std::string cell = line.substr(0, end);
    std::erase(cell, '`');
    const auto first = cell.find_first_not_of(' ');
    const auto last = cell.find_last_not_of(' ');
    cells.push_back(first == std::string::npos ? "" : cell.substr(first, last - first + 1));
  }
  return cells;
}

// The rows of the table that begins with the heading of these cells.
std::vector<Cells> table_of(const std::string& file, const Cells& heading) {
  std::ifstream in{file};
  std::vector<Cells> rows;
  bool inside = false;
  for (std::string line; std::getline(in, line);) {
    if (!line.starts_with('|')) {
      inside = false;
      continue;
    }
    Cells cells = cells_of(line);
    if (inside && !cells[0].starts_with("---")) rows.push_back(std::move(cells));
    inside = inside || cells == heading;
  }
  return rows;
}

// Fields that have the policy; "b" is what a derived "a" is computed from.
Mapping mapping_with(const std::string& policy) {
  if (policy == "counter") return thing_mapping({R"("type": "counter")", R"("type": "integer")"});
  if (policy == "derived")
    return thing_mapping(
        {R"("type": "decimal", "policy": {"derived": {"plus": ["b"], "scale": 0}})",
         R"("type": "integer")"});
  return policy_mapping(policy);
}

// What is tried in a column: every combination of values and times in which that happens.
struct Trial {
  World world;
  bool both_said = false;  // With different values.
};

constexpr std::int64_t margin = 10;
const std::array<std::optional<ChangeTime>, 4> times{
    std::nullopt, ChangeTime{{100}, margin}, ChangeTime{{115}, margin}, ChangeTime{{200}, margin}};

template <class F>
void for_all_times(World world, const F& add) {
  for (const auto& shop : times) {
    for (const auto& erp : times) {
      for (const auto& head : times) {
        world.changed = {shop, erp};
        world.head_changed[0] = head;
        add(world);
      }
    }
  }
}

World at_rest(int value) {
  World world;
  world.head = {value, 1};
  world.shadow = {world.head, world.head};
  return world;
}

std::vector<Trial> one_side() {
  std::vector<Trial> trials;
  for (const int before : {0, 1, 2}) {
    for (const int after : {0, 1, 2}) {
      for (const std::size_t site : {0U, 1U}) {
        World world = at_rest(before);
        if (after == before) continue;
        world.now[site] = Numbers{after, 1};
        for_all_times(world, [&](const World& w) { trials.push_back({w}); });
      }
    }
  }
  return trials;
}

std::vector<Trial> both_sides(bool alike) {
  std::vector<Trial> trials;
  for (const int shop : {1, 2}) {
    for (const int erp : {1, 2}) {
      if ((shop == erp) != alike) continue;
      World world = at_rest(0);
      world.now = {Numbers{shop, 1}, Numbers{erp, 1}};
      for_all_times(world, [&](const World& w) { trials.push_back({w, !alike}); });
    }
  }
  return trials;
}

// One site's change is the head, and the other has not been told yet.
std::vector<Trial> undelivered() {
  std::vector<Trial> trials;
  for (const std::size_t first : {0U, 1U}) {
    for (const int head : {1, 2}) {
      World world = at_rest(0);
      world.head[0] = head;
      world.shadow[first][0] = head;
      world.now[1 - first] = Numbers{3 - head, 1};
      for_all_times(world, [&](const World& w) { trials.push_back({w, true}); });
    }
  }
  return trials;
}

std::vector<Trial> deleted() {
  std::vector<Trial> trials;
  for (const std::size_t site : {0U, 1U}) {
    World world = at_rest(0);
    world.now[site] = Numbers{1, 1};
    world.gone[1 - site] = true;
    trials.push_back({world});
  }
  return trials;
}

// A voice is the shop's, the ERP's, or the head's own - which is one of theirs, taken in before.
struct Voice {
  std::size_t site = 0;
  int value = 0;
  std::optional<ChangeTime> time;
};

std::vector<Voice> voices(const World& world) {
  std::vector<Voice> all;
  for (const std::size_t site : {0U, 1U}) {
    if (world.now[site]) all.push_back({site, (*world.now[site])[0], world.changed[site]});
  }
  if (all.size() == 1 && world.shadow[all[0].site] != world.head)
    all.push_back({1 - all[0].site, world.head[0], world.head_changed[0]});
  return all;
}

bool is(const Result& result, int value) { return !result.held[0] && result.head[0] == value; }

int site_value(const World& world, std::size_t site) {
  for (const Voice& voice : voices(world)) {
    if (voice.site == site) return voice.value;
  }
  return -1;
}

bool later_or_held(const World& world, const Result& result) {
  const auto both = voices(world);
  const auto &a = both[0], &b = both[1];
  const bool clear =
      a.time && b.time && std::abs(a.time->at.micros - b.time->at.micros) > 2 * margin;
  if (!clear) return result.held[0] && result.head == world.head;
  return is(result, a.time->at > b.time->at ? a.value : b.value);
}

bool legal_step(const World& world, const Result& result) {
  const int before = world.head[0];
  const int after = voices(world).front().value;
  const bool legal = after > before || (before == 2 && after == 1);
  return is(result, legal ? after : before) && result.lost.empty() == legal;
}

bool both_added(const World& world, const Result& result) {
  int sum = world.head[0];
  for (const std::size_t site : {0U, 1U}) {
    if (world.now[site]) sum += (*world.now[site])[0] - world.shadow[site][0];
  }
  return is(result, sum);
}

using Holds = std::function<bool(const World&, const Result&)>;
const std::map<std::string, Holds> meanings{
    {"the change", [](const auto& w, const auto& r) { return is(r, voices(w).front().value); }},
    {"a legal step", legal_step},
    {"computed", [](const auto& w, const auto& r) { return is(r, w.head[1]); }},
    {"the shop's", [](const auto& w, const auto& r) { return is(r, site_value(w, 0)); }},
    {"the ERP's", [](const auto& w, const auto& r) { return is(r, site_value(w, 1)); }},
    {"the larger", [](const auto&, const auto& r) { return is(r, 2); }},
    {"the higher", [](const auto&, const auto& r) { return is(r, 2); }},
    {"the smaller", [](const auto&, const auto& r) { return is(r, 1); }},
    {"the later, or held", later_or_held},
    {"both added", both_added},
    {"held", [](const auto& w, const auto& r) { return r.held[0] && r.head == w.head; }},
    {"comes back", [](const auto&, const auto& r) { return !r.gone; }},
};

// Nothing is lost silently: of two that said something else one is the head, the other is logged.
bool is_told(const std::string& cell, const Trial& trial, const Result& result) {
  if (!trial.both_said || result.held[0] || cell == "both added") return true;
  return cell == "computed" || result.lost.size() == 1;
}

const Cells heading{"policy",
                    "one side changed it",
                    "both, alike",
                    "both, differently",
                    "before the head had arrived",
                    "the other side deleted"};

TEST_CASE("the documented table of policies is what the merge does, cell by cell", "[merge]") {
  const auto rows = table_of(MIROIR_SCHEMA_README, heading);
  const std::vector<std::vector<Trial>> columns{one_side(), both_sides(true), both_sides(false),
                                                undelivered(), deleted()};
  std::size_t sites_win = 0;
  for (const Cells& row : rows) {
    const Mapping mapping = mapping_with(row.at(0));
    const Policy& policy = mapping.entities.front().fields[0].policy;
    CHECK(describe(policy, mapping.sites) == row[0]);
    if (std::holds_alternative<SiteWins>(policy)) ++sites_win;
    REQUIRE(row.size() == heading.size());
    for (std::size_t c = 0; c < columns.size(); ++c) {
      const std::string& cell = row[c + 1];
      INFO(row[0] << ", " << heading[c + 1] << ": " << cell);
      REQUIRE(meanings.contains(cell));
      const auto wrong =
          std::count_if(columns[c].begin(), columns[c].end(), [&](const Trial& trial) {
            const Result result = merge_world(mapping, trial.world);
            return !meanings.at(cell)(trial.world, result) || !is_told(cell, trial, result);
          });
      CHECK(wrong == 0);
    }
  }
  // Every policy has its row; `<site> wins` has one for each site.
  CHECK(sites_win == 2);
  CHECK(rows.size() == std::variant_size_v<Policy> + 1);
}

}  // namespace
}  // namespace miroir::test
