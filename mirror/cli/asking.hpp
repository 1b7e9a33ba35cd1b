// What the verbs share that ask something of the next cycle: held answer, held retry, undo, link,
// unlink.
//
// A request is written beside a running cycle, as a pause is, and moves nothing itself. With --now
// a cycle is run at once, and its report is what is printed.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "mirror/cli/verbs.hpp"
#include "mirror/state/store.hpp"

namespace miroir {

std::string login_name();  // Who asks.
// As --by says it; empty: whoever is logged in. Throws VerbError as checked_reason().
std::string named_or_login(const std::string& by);
// One line; throws VerbError (usage) for what is longer than anybody reads.
std::string checked_reason(const std::string& given);

// The store, to read and to ask; the context speaks its mapping from here on. Throws VerbError
// where there is nothing mirrored yet.
Store open_to_ask(Context& context);

struct Wish {
  std::optional<RecordId> record;
  Asked what;
};
// Writes all the requests and returns their ids. An answer replaces the same person's that still
// waits. Throws StoreBusy, and VerbError where somebody else's to the same question waits.
std::vector<std::int64_t> ask(Store& store, const Mapping& mapping, const std::vector<Wish>& wishes,
                              const std::string& by, const std::string& reason);
// What --json prints of those that still wait.
nlohmann::ordered_json asked_json(const Store& store, const Mapping& mapping,
                                  const std::vector<std::int64_t>& ids);
// Asks, and runs a cycle if the person wants it; prints what was asked, or the cycle's report.
// `configured`: the context as it was, which is what a cycle goes by.
Exit ask_and_report(const Context& configured, Context& context, Store store,
                    const std::vector<Wish>& wishes, const Asking& asking);
// The same, when it is asked already; `cycle`: what its cycle lets pass.
Exit report_asked(const Context& configured, const Context& context, const Store& store,
                  const std::vector<std::int64_t>& ids, bool now, const CycleVerb& cycle = {});

bool is_replaced(const EndedRequest& one);  // By what the same person has asked later.
// "answer", "undo", "retry", "link", "unlink", "resync", "ignore", "unignore"
std::string_view kind_of(const Request& request);
// "held 3: customer 5, note: 'X'"
std::string described(const Request& request, const Store& store, const Mapping& mapping);
// With how it ended; cycle 0: not yet.
std::string to_text(const std::vector<EndedRequest>& requests, const Store& store,
                    const Mapping& mapping);
nlohmann::ordered_json to_json(const std::vector<EndedRequest>& requests, const Store& store,
                               const Mapping& mapping);
// Those that a cycle has ended, and after them those that still wait.
std::vector<EndedRequest> requests_around(const Store& store, CycleNumber cycle);

}  // namespace miroir
