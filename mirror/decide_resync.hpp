// What it does to declare one site right for a record, judged by what the store holds once both
// sites have been read again: the effect, or the reason why not. Pure.
//
// Whoever declares it was shown the rows of both sites; if one of them has moved since, it is
// refused. What loses is logged, so that it can be undone.
#pragma once

#include "mirror/decide_request.hpp"

namespace miroir {

// `root`: one of the request's; `record`: the one that it is by now.
Decided decide_resync(const Request& request, const Resync::Root& root, SiteId from,
                      RecordId record, const Situation& now);

// Where nobody was declared right, what has drifted is merged as any change is, which is no conflict:
// of what a cycle did to a record (`lines`), what the other site lost by it, as decisions that can be
// undone. `decided`: those of the cycle that are logged already.
std::vector<Conflict> overwritten(const std::vector<HistoryLine>& lines,
                                  const std::vector<Conflict>& decided, const Mapping& mapping,
                                  const std::string& by);

}  // namespace miroir
