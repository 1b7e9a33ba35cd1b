// What a person wants, as requests to the next cycle: checked against what the store holds now, and
// carrying it. For the verbs and the page; all throw VerbError (usage) for what cannot be asked.
#pragma once

#include <vector>

#include "mirror/cli/asking.hpp"

namespace miroir {

std::vector<Wish> answer_wishes(const Store& store, const Mapping& mapping,
                                const HeldAnswerVerb& verb);
std::vector<Wish> retry_wishes(const Store& store, const HeldRetryVerb& verb);
std::vector<Wish> undo_wishes(const Store& store, const Mapping& mapping, const UndoVerb& verb);

// The open questions about fields that are decided together with this one, itself included.
std::vector<OpenHeld> asked_together(const Store& store, const Mapping& mapping,
                                     const OpenHeld& held);

}  // namespace miroir
