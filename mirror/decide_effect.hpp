// What those that decide requests share: the pieces of an effect. Pure.
#pragma once

#include "mirror/decide_request.hpp"
#include "mirror/history.hpp"

namespace miroir {

// Whatever was refused of the record is tried at once.
Effect effect_on(const RecordState& state);
// The field waits for nobody any more.
void release(RecordState& state, std::size_t field, Merged& merged);
// The record is gone from here on, or back.
void end_existence(RecordState state, bool gone, const Situation& now, Effect& effect);
void log(const RecordState& state, std::optional<std::size_t> field, const Value& winner,
         const Value& loser, std::optional<SiteId> loser_site, const std::string& rule,
         Effect& effect);
std::string refer_to(std::size_t count);  // "2 other records refer to it"
// What is computed from a field that has moved moves with it, and so does what waited for it.
void derive(const Situation& now, Effect& effect);

}  // namespace miroir
