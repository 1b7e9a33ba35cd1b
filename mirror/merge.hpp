// Step 4. What both sites changed becomes the head. Pure: no connection, clock or log.
//
// Both sites' changes are judged by the head as it was before either, so that swapping the sites
// swaps the result. A change made at a site that the head had not yet reached is a conflict, never
// a silent overwrite: the head's own value stays a candidate unless a site that changed the field
// had seen it.
#pragma once

#include "mirror/match.hpp"
#include "mirror/stages.hpp"

namespace miroir {

// `prefer`: whose value a twin's field takes where the two differ; nullopt: the field's policy
// decides.
Merged merge_pairs(const Pairs& pairs, const Known& known, const Mapping& mapping,
                   CycleNumber cycle, std::optional<SiteId> prefer);

// ---- One field of one record
// -----------------------------------------------------------------------------------

// A value that wants to be the head; the head's own has no site. Of a group it is the deciding
// field's, with the other fields' beside it.
struct Candidate {
  Value value;
  std::optional<SiteId> site;
  Row others{};
  std::optional<Value> was{};  // What the site held before; nullopt: it had no row.
  std::optional<ChangeTime> changed{};

  bool says_the_same_as(const Candidate& other) const {
    return value == other.value && others == other.others;
  }
};

// What a site did with a field: whether it changed it, and whether it had seen the head when it
// did.
struct Moved {
  bool moved = false;
  bool saw = false;
};

// The head's own value stays a candidate unless somebody who changed the field had seen it.
constexpr bool head_stands(Moved first, Moved second) {
  return !(first.moved && first.saw) && !(second.moved && second.saw);
}
static_assert(!head_stands({true, true}, {}));  // Changed by someone who had seen it.
static_assert(head_stands({true, false}, {}));  // Written before the head had reached that site.
static_assert(!head_stands({true, false}, {true, true}));  // One of the two had seen it.
static_assert(head_stands({true, false}, {true, false}));

// Fields that are decided together, the deciding one first (Entity::decided_with).
using Unit = std::vector<std::size_t>;

// What a row says of these fields.
Candidate candidate_of(const Unit& unit, const Row& canonical, std::optional<SiteId> site);

// The fields of a record that is born at these sites. A site that holds what the other's value
// becomes there, shortened as the mapping declares, has no candidate of its own.
std::vector<Candidate> birth_candidates(const Entity& entity, const Unit& unit,
                                        const PerSite<const Present*>& now,
                                        const std::vector<SiteId>& alive_at, const Links& links);

// What a counter stands at; NULL counts as zero.
Decimal amount(const Value& value);

struct Verdict {
  Candidate head;
  std::vector<Candidate> losers;  // Distinct values that are not the head; empty: a fast-forward.
  bool hold = false;              // A person must decide; head is what it was.
};

// At least one candidate; `before` is what the head was, and stays where a person must decide, or
// where nobody has taken a legal step.
Verdict decide_field(const Policy& policy, const std::vector<Candidate>& candidates,
                     const Candidate& before);

}  // namespace miroir
