// Every small world of one field, against a specification that was written by hand; and of two
// fields, alone and as a group.
#include <algorithm>
#include <catch2/catch.hpp>
#include <map>

#include "tests/mirror/merge_world.hpp"

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
// Who wins among several with different values: the first of these that has a say, the extreme
// value, or nobody. Steps down a ladder that are not legal have no say.
struct Win {
  const char* policy;
  const char* how;
};
constexpr Win wins[] = {
    {"shop wins", "SHE"}, {"erp wins", "EHS"}, {"max", ">"},    {"min", "<"},
    {"hold", "?"},        {"latest", "time"},  {"ladder", ">"},
};
// From the shadow's state to the new one: which steps the ladder of policy_mapping() allows.
constexpr bool legal_steps[3][3] = {{true, true, true}, {false, true, true}, {false, true, true}};

// ---- Its interpreter

struct Voice {
  char who = ' ';
  int value = 0;
  std::optional<ChangeTime> time;
};

Did what_did(const World& world, std::size_t site) {
  if (!world.now[site] || (*world.now[site])[0] == world.shadow[site][0]) return Did::nothing;
  return world.shadow[site][0] == world.head[0] ? Did::knowing : Did::unknowing;
}

std::vector<Voice> voices_in(const World& world) {
  const Did shop = what_did(world, 0), erp = what_did(world, 1);
  const auto* say = std::find_if(std::begin(says), std::end(says), [&](const Say& one) {
    return one.shop == shop && one.erp == erp;
  });
  std::vector<Voice> voices;
  for (const char* who = say->who; *who != '\0'; ++who) {
    if (*who == 'S') voices.push_back({'S', (*world.now[0])[0], world.changed[0]});
    if (*who == 'E') voices.push_back({'E', (*world.now[1])[0], world.changed[1]});
    if (*who == 'H') voices.push_back({'H', world.head[0], world.head_changed});
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

struct Expected {
  int head = 0;
  bool held = false;
  std::vector<int> lost;
};

Expected expected(const Win& win, const World& world) {
  const std::vector<Voice> all = voices_in(world);
  std::vector<Voice> voices = all;
  if (win.policy == std::string{"ladder"}) {
    std::erase_if(voices, [&](const Voice& one) {
      const std::size_t site = one.who == 'S' ? 0 : 1;
      return one.who != 'H' && !legal_steps[world.shadow[site][0]][one.value];
    });
  }
  Expected wanted{world.head[0], false, {}};
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

// ---- All worlds

constexpr int values = 3;

template <class F>
void for_all_worlds(const F& test) {
  for (int w = 0; w < values * values * values * (values + 1) * (values + 1); ++w) {
    int rest = w;
    const auto draw = [&](int count) {
      const int drawn = rest % count;
      rest /= count;
      return drawn;
    };
    World world;
    world.head[0] = draw(values);
    for (auto& shadow : world.shadow) shadow[0] = draw(values);
    for (auto& now : world.now) {
      const int drawn = draw(values + 1);
      if (drawn < values) now = Numbers{drawn, 0};
    }
    test(world);
  }
}

std::string show(const World& w) {
  const auto now = [&](std::size_t site) {
    return w.now[site] ? std::to_string((*w.now[site])[0]) : std::string{"-"};
  };
  return "head " + std::to_string(w.head[0]) + ", shop " + std::to_string(w.shadow[0][0]) + " > " +
         now(0) + ", erp " + std::to_string(w.shadow[1][0]) + " > " + now(1);
}

std::vector<int> lost_values(const Result& result) {
  std::vector<int> lost;
  for (const Lost& one : result.lost) lost.push_back(one.value);
  lost.erase(std::unique(lost.begin(), lost.end()), lost.end());
  return lost;
}

// Asserting costs more than merging: only what differs is told.
void compare(const Win& win, const World& world, const Result& result) {
  const Expected wanted = expected(win, world);
  if (result.head[0] == wanted.head && result.held[0] == wanted.held &&
      lost_values(result) == wanted.lost)
    return;
  INFO(win.policy << ": " << show(world));
  CHECK(result.head[0] == wanted.head);
  CHECK(result.held[0] == wanted.held);
  CHECK(lost_values(result) == wanted.lost);
}

TEST_CASE("every small world of one field is decided as the specification says", "[merge]") {
  for (const Win& win : wins) {
    const Mapping mapping = policy_mapping(win.policy);
    for_all_worlds([&](const World& world) { compare(win, world, merge_world(mapping, world)); });
  }
}

TEST_CASE("every small world of a field decided by times is, whoever's are known", "[merge]") {
  const Win& latest = *std::find_if(std::begin(wins), std::end(wins),
                                    [](const Win& win) { return win.how == std::string{"time"}; });
  const Mapping mapping = policy_mapping(latest.policy);
  // Unknown; two that the clocks do not tell apart; a later one.
  const std::array<std::optional<ChangeTime>, 4> times{std::nullopt, ChangeTime{{1'000'000}, 30},
                                                       ChangeTime{{1'000'060}, 30},
                                                       ChangeTime{{1'000'061}, 30}};
  for (const auto& shop : times) {
    for (const auto& erp : times) {
      for (const auto& head : times) {
        for_all_worlds([&](World world) {
          world.changed = {shop, erp};
          world.head_changed = head;
          compare(latest, world, merge_world(mapping, world));
        });
      }
    }
  }
}

TEST_CASE("swapping the sites swaps the result, in every small world", "[merge]") {
  const std::map<std::string, std::string> mirrored{{"shop wins", "erp wins"},
                                                    {"erp wins", "shop wins"}};
  for (const Win& win : wins) {
    const auto other_way = mirrored.find(win.policy);
    const Mapping here = policy_mapping(win.policy);
    const Mapping there =
        policy_mapping(other_way == mirrored.end() ? win.policy : other_way->second);
    for_all_worlds([&](World world) {
      world.changed = {ChangeTime{{5}, 1}, ChangeTime{{9}, 1}};
      const Result one = merge_world(here, world);
      const Result two = swapped(merge_world(there, swapped(world)));
      if (one.head == two.head && one.held == two.held && lost_values(one) == lost_values(two))
        return;
      INFO(win.policy << ": " << show(world));
      CHECK(one.head == two.head);
      CHECK(one.held == two.held);
      CHECK(lost_values(one) == lost_values(two));
    });
  }
}

TEST_CASE("a counter's head moves by what both sites did, in every small world", "[merge]") {
  const Mapping mapping = thing_mapping({R"("type": "counter")", R"("type": "integer")"});
  for_all_worlds([&](const World& world) {
    int wanted = world.head[0];
    for (const std::size_t site : {0U, 1U}) {
      if (world.now[site]) wanted += (*world.now[site])[0] - world.shadow[site][0];
    }
    const Result result = merge_world(mapping, world);
    if (result.head[0] == wanted && result.lost.empty() && !result.held[0]) return;
    INFO(show(world));
    CHECK(result.head[0] == wanted);
    CHECK(result.lost.empty());
  });
}

// ---- Two fields

template <class F>
void for_all_pairs(const F& test) {
  for (int w = 0; w < 1 << 10; ++w) {
    int rest = w;
    const auto draw = [&] {
      const int bit = rest & 1;
      rest >>= 1;
      return bit;
    };
    World world;
    world.head = {draw(), draw()};
    for (auto& shadow : world.shadow) shadow = {draw(), draw()};
    for (auto& now : world.now) now = Numbers{draw(), draw()};
    world.changed = {ChangeTime{{5}, 1}, ChangeTime{{9}, 1}};
    world.head_changed = ChangeTime{{7}, 1};
    test(world);
  }
}

World only(std::size_t field, World world) {
  const auto keep = [&](Numbers& numbers) { numbers = {numbers[field], 0}; };
  keep(world.head);
  for (auto& shadow : world.shadow) keep(shadow);
  for (auto& now : world.now) keep(*now);
  return world;
}

TEST_CASE("two fields are decided as each of them is alone", "[merge]") {
  for (const Win& win : wins) {
    if (win.how == std::string{"time"}) continue;  // The head's time is the first field's alone.
    const Mapping mapping = policy_mapping(win.policy);
    for_all_pairs([&](const World& world) {
      const Result both = merge_world(mapping, world);
      for (const std::size_t field : {0U, 1U}) {
        const Result alone = merge_world(mapping, only(field, world));
        if (both.head[field] == alone.head[0] && both.held[field] == alone.held[0]) continue;
        INFO(win.policy << ", field " << field << ": " << show(only(field, world)));
        CHECK(both.head[field] == alone.head[0]);
        CHECK(both.held[field] == alone.held[0]);
      }
    });
  }
}

// A group is one field with more values: its voices are pairs, and who wins is told by the first of
// the two alone.
std::optional<Numbers> group_winner(const Win& win, const World& world) {
  std::vector<Voice> voices;
  std::map<char, Numbers> said;
  std::array<Did, 2> did{};
  for (const std::size_t site : {0U, 1U}) {
    const bool moved = *world.now[site] != world.shadow[site];
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
        who == 'H' ? world.head_changed : world.changed[who == 'S' ? 0 : 1];
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

TEST_CASE("a group is never a mixture, in every small world of two fields", "[merge]") {
  for (const Win& win : wins) {
    const std::string policy = win.policy;
    const std::string by = policy == "ladder" ? R"("type": "enumeration", "policy":
                                    {"ladder": ["low", "mid", "top"], "back": [["top", "mid"]]})"
                                              : R"("type": "integer", "policy": ")" + policy + "\"";
    const Mapping mapping = thing_mapping(
        {by, R"("type": "integer")"}, R"("groups": {"both": {"fields": ["a", "b"], "by": "a"}}, )");
    for_all_pairs([&](const World& world) {
      const Result result = merge_world(mapping, world);
      const auto wanted = group_winner(win, world);
      const bool same = result.held[0] == !wanted && result.held[1] == !wanted &&
                        result.head == wanted.value_or(world.head);
      if (same) return;
      INFO(policy << ": a: " << show(world) << "; b: " << show(only(1, world)));
      CHECK(result.held[0] == !wanted);
      CHECK(result.held[1] == !wanted);
      CHECK(result.head == wanted.value_or(world.head));
    });
  }
}

}  // namespace
}  // namespace miroir::test
