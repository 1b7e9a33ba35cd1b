// What answers would change at each site, by what the store knows now: for `held answer`, before
// anything is asked, and for the page. Asks no site.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "mirror/cli/asking.hpp"

namespace miroir {

// Of one field, or of a record whose deletion is in question.
struct AnswerEffect {
  OpenHeld held;
  PerSite<Value> before, after;  // Of a field.
  PerSite<bool> there{};         // Of a record: whether the site has it,
  bool stays = true;             // and whether it stays there.
};
// Empty for a wish that is no answer.
std::vector<AnswerEffect> effects_of(const Wish& wish, const Store& store);

// Which sites have the record, or get it as things are.
PerSite<bool> has_or_gets(RecordId record, const Store& store);

nlohmann::ordered_json effects_json(const std::vector<Wish>& wishes, const Store& store,
                                    const Mapping& mapping);
std::string effects_text(const std::vector<Wish>& wishes, const Store& store,
                         const Mapping& mapping);

}  // namespace miroir
