// What waits for a person, and is to trouble nobody until it changes. It is done at once, beside a
// running cycle, since it moves nothing: for the verbs `held ignore` and `held unignore`, and the
// page. All throw VerbError (usage) for what cannot be.
#pragma once

#include <string>
#include <vector>

#include "mirror/cli/asking.hpp"

namespace miroir {

// A question with the fields that are decided together with it; what was set aside. As they are
// now: what has moved before it is done is refused.
Wish ignore_wish(const Store& store, const Mapping& mapping, const OpenHeld& held, bool ignored);
Wish ignore_wish(const Store& store, const Mapping& mapping, const OpenSetAside& item,
                 bool ignored);
std::vector<Wish> ignore_wishes(const Store& store, const Mapping& mapping,
                                const HeldIgnoreVerb& verb);

// All of them or none; returns the requests, which are done. To ignore takes a reason. Throws
// StoreBusy as well.
std::vector<EndedRequest> ignore(Store& store, const std::vector<Wish>& wishes,
                                 const std::string& by, const std::string& reason);

}  // namespace miroir
