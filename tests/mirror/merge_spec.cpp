#include "tests/mirror/merge_spec.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <map>

namespace miroir::test {
namespace {

// ---- The specification
// Who has a say: S the shop's value, E the ERP's, H the head's own. A site that changed a field
// either knew the head (its shadow was the head's value) or did not.
enum class Did { nothing, knowing, unknowing };
struct Say {
  Did shop, erp;
  const char* who;
};
constexpr Say says[] = {
    {Did::nothing, Did::nothing, ""},        {Did::knowing, Did::nothing, "S"},
    {Did::unknowing, Did::nothing, "SH"},    {Did::nothing, Did::knowing, "E"},
    {Did::nothing, Did::unknowing, "EH"},    {Did::knowing, Did::knowing, "SE"},
    {Did::knowing, Did::unknowing, "SE"},    {Did::unknowing, Did::knowing, "SE"},
    {Did::unknowing, Did::unknowing, "SEH"},
};
// Steps down a ladder that are not legal have no say.
// From the shadow's state to the new one: which steps the ladder of policy_mapping() allows.
constexpr bool legal_steps[3][3] = {{true, true, true}, {false, true, true}, {false, true, true}};

// ---- Its interpreter

struct Voice {
  char who = ' ';
  int value = 0;
  std::optional<ChangeTime> time;
};

Did what_did(const World& world, std::size_t site, std::size_t field) {
  if (!world.now[site] || (*world.now[site])[field] == world.shadow[site][field])
    return Did::nothing;
  return world.shadow[site][field] == world.head[field] ? Did::knowing : Did::unknowing;
}

std::vector<Voice> voices_in(const World& world, std::size_t field) {
  const Did shop = what_did(world, 0, field), erp = what_did(world, 1, field);
  const auto* say = std::find_if(std::begin(says), std::end(says), [&](const Say& one) {
    return one.shop == shop && one.erp == erp;
  });
  std::vector<Voice> voices;
  for (const char* who = say->who; *who != '\0'; ++who) {
    if (*who == 'S') voices.push_back({'S', (*world.now[0])[field], world.changed[0]});
    if (*who == 'E') voices.push_back({'E', (*world.now[1])[field], world.changed[1]});
    if (*who == 'H') voices.push_back({'H', world.head[field], world.head_changed[field]});
  }
  return voices;
}

// Later than each other one's, beyond what the clocks may be wrong by.
bool is_surely_last(const Voice& one, const std::vector<Voice>& voices) {
  return std::all_of(voices.begin(), voices.end(), [&](const Voice& other) {
    if (!one.time || !other.time) return false;
    const auto margin = one.time->margin_micros + other.time->margin_micros;
    return other.value == one.value || one.time->at.micros - other.time->at.micros > margin;
  });
}

std::optional<int> winner(const std::string& how, const std::vector<Voice>& voices) {
  const auto by_value = [](const Voice& a, const Voice& b) { return a.value < b.value; };
  if (how == "?") return std::nullopt;
  if (how == ">") return std::max_element(voices.begin(), voices.end(), by_value)->value;
  if (how == "<") return std::min_element(voices.begin(), voices.end(), by_value)->value;
  if (how == "time") {
    for (const Voice& one : voices) {
      if (is_surely_last(one, voices)) return one.value;
    }
    return std::nullopt;
  }
  for (const char who : how) {
    for (const Voice& one : voices) {
      if (one.who == who) return one.value;
    }
  }
  FAIL("the specification knows no winner");
  return std::nullopt;
}

int added_up(const World& world, std::size_t field) {
  int sum = world.head[field];
  for (const std::size_t site : {0U, 1U}) {
    if (world.now[site]) sum += (*world.now[site])[field] - world.shadow[site][field];
  }
  return sum;
}

}  // namespace

std::string mirrored(const std::string& policy) {
  return policy == "shop wins" ? "erp wins" : policy == "erp wins" ? "shop wins" : policy;
}

Expected expected(const Win& win, const World& world, std::size_t field) {
  if (win.how == std::string{"+"}) return {added_up(world, field), false, {}};
  const std::vector<Voice> all = voices_in(world, field);
  std::vector<Voice> voices = all;
  if (win.policy == std::string{"ladder"}) {
    std::erase_if(voices, [&](const Voice& one) {
      const std::size_t site = one.who == 'S' ? 0 : 1;
      return one.who != 'H' && !legal_steps[world.shadow[site][field]][one.value];
    });
  }
  Expected wanted{world.head[field], false, {}};
  const bool agree = std::all_of(voices.begin(), voices.end(), [&](const Voice& one) {
    return one.value == voices.front().value;
  });
  if (!voices.empty()) {
    const auto value = agree ? std::optional{voices.front().value} : winner(win.how, voices);
    wanted.held = !value;
    if (value) wanted.head = *value;
  }
  for (const Voice& one : all) {
    if (!wanted.held && one.value != wanted.head) wanted.lost.push_back(one.value);
  }
  std::sort(wanted.lost.begin(), wanted.lost.end());
  wanted.lost.erase(std::unique(wanted.lost.begin(), wanted.lost.end()), wanted.lost.end());
  return wanted;
}

// A group is one field with more values: its voices are pairs, and who wins is told by the first of
// the two alone.
std::optional<Numbers> expected_of_group(const Win& win, const World& world) {
  std::vector<Voice> voices;
  std::map<char, Numbers> said;
  std::array<Did, 2> did{};
  for (const std::size_t site : {0U, 1U}) {
    const bool moved = world.now[site] && *world.now[site] != world.shadow[site];
    did[site] = !moved                             ? Did::nothing
                : world.shadow[site] == world.head ? Did::knowing
                                                   : Did::unknowing;
  }
  for (const Say& say : says) {
    if (say.shop != did[0] || say.erp != did[1]) continue;
    for (const char who : std::string{say.who})
      said[who] = who == 'S' ? *world.now[0] : who == 'E' ? *world.now[1] : world.head;
  }
  if (win.policy == std::string{"ladder"}) {
    std::erase_if(said, [&](const auto& one) {
      const std::size_t site = one.first == 'S' ? 0 : 1;
      return one.first != 'H' && !legal_steps[world.shadow[site][0]][one.second[0]];
    });
  }
  if (said.empty()) return world.head;
  const Numbers first = said.begin()->second;
  if (std::all_of(said.begin(), said.end(), [&](const auto& o) { return o.second == first; }))
    return first;
  // Different pairs are different values, even where the deciding field is the same.
  std::vector<Numbers> kinds;
  for (const auto& [who, pair] : said) {
    const std::optional<ChangeTime> time =
        who == 'H' ? world.head_changed[0] : world.changed[who == 'S' ? 0 : 1];
    const auto kind = std::find(kinds.begin(), kinds.end(), pair);
    const bool extreme = win.how == std::string{">"} || win.how == std::string{"<"};
    voices.push_back({who, extreme ? pair[0] : static_cast<int>(kind - kinds.begin()), time});
    if (kind == kinds.end()) kinds.push_back(pair);
  }
  const auto value = winner(win.how, voices);
  if (!value) return std::nullopt;
  std::vector<Numbers> winners;
  for (std::size_t i = 0; i < voices.size(); ++i) {
    const Numbers& pair = said.at(voices[i].who);
    if (voices[i].value == *value &&
        std::find(winners.begin(), winners.end(), pair) == winners.end())
      winners.push_back(pair);
  }
  return winners.size() == 1 ? std::optional{winners.front()} : std::nullopt;
}

std::string show(const World& w, std::size_t field) {
  const auto now = [&](std::size_t site) {
    return w.now[site] ? std::to_string((*w.now[site])[field]) : std::string{"-"};
  };
  return "head " + std::to_string(w.head[field]) + ", shop " + std::to_string(w.shadow[0][field]) +
         " > " + now(0) + ", erp " + std::to_string(w.shadow[1][field]) + " > " + now(1);
}

std::vector<int> lost_values(const Result& result, std::size_t field) {
  std::vector<int> lost;
  for (const Lost& one : result.lost) {
    if (one.field == field) lost.push_back(one.value);
  }
  lost.erase(std::unique(lost.begin(), lost.end()), lost.end());
  return lost;
}

}  // namespace miroir::test
