#include <algorithm>

#include "mirror/match_parts.hpp"
#include "mirror/merge.hpp"

namespace miroir {
namespace {

template <class... F>
struct Overloaded : F... {
  using F::operator()...;
};
template <class... F>
Overloaded(F...) -> Overloaded<F...>;

std::vector<Value> distinct_values(const std::vector<Candidate>& candidates) {
  std::vector<Value> values;
  for (const Candidate& candidate : candidates) {
    if (std::find(values.begin(), values.end(), candidate.value) == values.end())
      values.push_back(candidate.value);
  }
  return values;
}

const Candidate* from(const std::vector<Candidate>& candidates, std::optional<SiteId> site) {
  const auto found =
      std::find_if(candidates.begin(), candidates.end(),
                   [&](const Candidate& candidate) { return candidate.site == site; });
  return found == candidates.end() ? nullptr : &*found;
}

// The site's own change wins; where it made none, the head's value is what it brought, since the
// other site's changes are candidates themselves.
const Value& pick_site(const std::vector<Candidate>& candidates, SiteId winner) {
  if (const Candidate* own = from(candidates, winner)) return own->value;
  if (const Candidate* head = from(candidates, std::nullopt)) return head->value;
  return candidates.front().value;
}

const Value& pick_greatest(const std::vector<Candidate>& candidates) {
  return std::max_element(candidates.begin(), candidates.end(),
                          [](const Candidate& a, const Candidate& b) { return a.value < b.value; })
      ->value;
}

Verdict with_losers(Value head, const std::vector<Candidate>& candidates) {
  Verdict verdict;
  std::vector<Value> seen{head};
  for (const Candidate& candidate : candidates) {
    if (std::find(seen.begin(), seen.end(), candidate.value) != seen.end()) continue;
    seen.push_back(candidate.value);
    verdict.losers.push_back(candidate);
  }
  verdict.head = std::move(head);
  return verdict;
}

}  // namespace

Decimal amount(const Value& value) {
  const auto* decimal = std::get_if<Decimal>(&value);
  return decimal == nullptr ? Decimal{} : *decimal;
}

std::vector<Candidate> birth_candidates(const Entity& entity, std::size_t field,
                                        const PerSite<const Present*>& now,
                                        const std::vector<SiteId>& alive_at, const Links& links) {
  std::vector<Candidate> candidates;
  for (const SiteId site : alive_at) {
    const Present* here = now[index(site)];
    const Present* there = now[index(other(site))];
    const bool differs = there != nullptr && here->canonical[field] != there->canonical[field];
    const bool both = alive_at.size() == 2;
    if (both && differs && explains(entity, field, there->canonical[field], site, here->raw, links))
      continue;
    candidates.push_back({here->canonical[field], site});
  }
  // Each explains the other: they mean the same.
  if (candidates.empty())
    candidates.push_back({now[index(alive_at.front())]->canonical[field], alive_at.front()});
  return candidates;
}

Verdict decide_field(const Policy& policy, const std::vector<Candidate>& candidates,
                     const Value& before) {
  if (distinct_values(candidates).size() == 1) return {candidates.front().value, {}, false};
  return std::visit(
      Overloaded{
          [&](const SiteWins& rule) {
            return with_losers(pick_site(candidates, rule.site), candidates);
          },
          [&](const Max&) { return with_losers(pick_greatest(candidates), candidates); },
          // Only twins come here with a counter: there is no base, so nothing is added.
          [&](const Counter&) { return with_losers(pick_greatest(candidates), candidates); },
          [&](const Hold&) {
            return Verdict{before, {}, true};
          },
      },
      policy);
}

}  // namespace miroir
