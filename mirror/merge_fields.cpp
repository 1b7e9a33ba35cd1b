#include <algorithm>
#include <iterator>

#include "mirror/match_parts.hpp"
#include "mirror/merge.hpp"
#include "schema/overload.hpp"

namespace miroir {
namespace {

bool agree(const std::vector<Candidate>& candidates) {
  return std::all_of(candidates.begin(), candidates.end(), [&](const Candidate& candidate) {
    return candidate.says_the_same_as(candidates.front());
  });
}

const Candidate* from(const std::vector<Candidate>& candidates, std::optional<SiteId> site) {
  const auto found =
      std::find_if(candidates.begin(), candidates.end(),
                   [&](const Candidate& candidate) { return candidate.site == site; });
  return found == candidates.end() ? nullptr : &*found;
}

// The site's own change wins; where it made none, the head's value is what it brought, since the
// other site's changes are candidates themselves.
const Candidate& pick_site(const std::vector<Candidate>& candidates, SiteId winner) {
  if (const Candidate* own = from(candidates, winner)) return *own;
  if (const Candidate* head = from(candidates, std::nullopt)) return *head;
  return candidates.front();
}

// Of those that say the same, the one whose time is known, and the latest of these: nullopt is the
// smallest.
const Candidate& pick_newest(const std::vector<Candidate>& candidates) {
  const auto when = [](const Candidate& candidate) {
    return candidate.changed ? std::optional{candidate.changed->at} : std::nullopt;
  };
  return *std::max_element(
      candidates.begin(), candidates.end(),
      [&](const Candidate& a, const Candidate& b) { return when(a) < when(b); });
}

Verdict with_losers(const Candidate& head, const std::vector<Candidate>& candidates) {
  Verdict verdict{head, {}, false};
  std::vector<const Candidate*> seen{&head};
  for (const Candidate& candidate : candidates) {
    const bool known = std::any_of(seen.begin(), seen.end(), [&](const Candidate* one) {
      return one->says_the_same_as(candidate);
    });
    if (known) continue;
    seen.push_back(&candidate);
    verdict.losers.push_back(candidate);
  }
  return verdict;
}

// `less` orders deciding values. Where two of a group's are equal and the rest differs, there is no
// greatest.
template <class Less>
Verdict pick_greatest(const std::vector<Candidate>& candidates, const Candidate& before,
                      const Less& less) {
  const Candidate& best = *std::max_element(
      candidates.begin(), candidates.end(),
      [&](const Candidate& a, const Candidate& b) { return less(a.value, b.value); });
  const bool tie = std::any_of(candidates.begin(), candidates.end(), [&](const Candidate& one) {
    return !less(one.value, best.value) && !one.says_the_same_as(best);
  });
  return tie ? Verdict{before, {}, true} : with_losers(best, candidates);
}

// Nothing is neither great nor small: it loses against every value.
bool is_less_wanted(const Value& a, const Value& b) {
  if (is_null(a) || is_null(b)) return is_null(a) && !is_null(b);
  return b < a;
}

// A time that is not known, or not told apart from another by the clocks, is no reason to choose.
Verdict pick_latest(const std::vector<Candidate>& candidates, const Candidate& before) {
  const Candidate& last = pick_newest(candidates);
  const bool unclear = std::any_of(candidates.begin(), candidates.end(), [&](const Candidate& one) {
    if (!one.changed) return true;
    if (one.says_the_same_as(last)) return false;
    const std::int64_t margin = one.changed->margin_micros + last.changed->margin_micros;
    return last.changed->at.micros - one.changed->at.micros <= margin;
  });
  return unclear ? Verdict{before, {}, true} : with_losers(last, candidates);
}

bool is_legal_step(const Ladder& ladder, const Candidate& candidate) {
  return !candidate.was || ladder.allows(*candidate.was, candidate.value);
}

// Steps back that the mapping does not allow lose against whatever else was said, and against the
// head as it was.
Verdict climb(const Ladder& ladder, const std::vector<Candidate>& candidates,
              const Candidate& before) {
  std::vector<Candidate> legal;
  std::copy_if(candidates.begin(), candidates.end(), std::back_inserter(legal),
               [&](const Candidate& candidate) { return is_legal_step(ladder, candidate); });
  if (legal.empty()) return with_losers(before, candidates);
  Verdict verdict = pick_greatest(legal, before, [&](const Value& a, const Value& b) {
    return ladder.rank(a) < ladder.rank(b);
  });
  return verdict.hold ? verdict : with_losers(verdict.head, candidates);
}

}  // namespace

Decimal amount(const Value& value) {
  const auto* decimal = std::get_if<Decimal>(&value);
  return decimal == nullptr ? Decimal{} : *decimal;
}

Candidate candidate_of(const Unit& unit, const Row& canonical, std::optional<SiteId> site) {
  Candidate candidate{canonical[unit.front()], site};
  for (std::size_t i = 1; i < unit.size(); ++i) candidate.others.push_back(canonical[unit[i]]);
  return candidate;
}

namespace {

// Whether the site holds what the other one's values become there, and not those themselves.
bool is_echo(const Entity& entity, const Unit& unit, SiteId site, const Present& here,
             const Present& there, const Links& links) {
  const auto same = [&](std::size_t field) {
    return here.canonical[field] == there.canonical[field];
  };
  return !std::all_of(unit.begin(), unit.end(), same) &&
         std::all_of(unit.begin(), unit.end(), [&](std::size_t field) {
           return same(field) ||
                  explains(entity, field, there.canonical[field], site, here.raw, links);
         });
}

}  // namespace

std::vector<Candidate> birth_candidates(const Entity& entity, const Unit& unit,
                                        const PerSite<const Present*>& now,
                                        const std::vector<SiteId>& alive_at, const Links& links) {
  std::vector<Candidate> candidates;
  const auto take = [&](SiteId site) {
    candidates.push_back(candidate_of(unit, now[index(site)]->canonical, site));
    candidates.back().changed = now[index(site)]->changed;
  };
  for (const SiteId site : alive_at) {
    const Present* there = now[index(other(site))];
    if (alive_at.size() == 2 && is_echo(entity, unit, site, *now[index(site)], *there, links))
      continue;
    take(site);
  }
  if (candidates.empty()) take(alive_at.front());  // Each explains the other: they mean the same.
  return candidates;
}

Verdict decide_field(const Policy& policy, const std::vector<Candidate>& candidates,
                     const Candidate& before) {
  const bool climbs = std::holds_alternative<Ladder>(policy);  // A lone step may be illegal.
  if (!climbs && agree(candidates)) return {pick_newest(candidates), {}, false};
  const auto greater = [](const Value& a, const Value& b) { return a < b; };
  return std::visit(
      Overload{
          [&](const SiteWins& rule) {
            return with_losers(pick_site(candidates, rule.site), candidates);
          },
          [&](const Max&) { return pick_greatest(candidates, before, greater); },
          [&](const Min&) { return pick_greatest(candidates, before, is_less_wanted); },
          [&](const Latest&) { return pick_latest(candidates, before); },
          [&](const Ladder& ladder) { return climb(ladder, candidates, before); },
          // Only a field that is new to the mapping comes here: it is computed when its record
          // changes.
          [&](const Derived&) { return pick_greatest(candidates, before, greater); },
          // Only twins come here with a counter: there is no base, so nothing is added.
          [&](const Counter&) { return pick_greatest(candidates, before, greater); },
          [&](const Hold&) {
            return Verdict{before, {}, true};
          },
      },
      policy);
}

}  // namespace miroir
