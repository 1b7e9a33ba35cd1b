// miroir undo: what a decision made lose comes back, on both sides.
#include <fmt/format.h>

#include "mirror/cli/asking.hpp"

namespace miroir {

Exit run_verb(Context& context, const UndoVerb& verb) {
  const Context configured = context;
  Store store = open_to_ask(context);
  const auto decision = store.conflict(verb.id);
  if (!decision) {
    throw VerbError{Exit::usage, fmt::format("there is no decision {}", verb.id),
                    "`miroir status` shows the last ones, `miroir trace` those about one record"};
  }
  if (decision->undone) {
    throw VerbError{Exit::usage,
                    fmt::format("decision {} was undone already, in cycle {}", verb.id,
                                decision->undone->raw()),
                    "that is a decision too, and can be undone: `miroir trace` shows its ID"};
  }
  return ask_and_report(configured, context, std::move(store),
                        {{decision->conflict.record, Undo{verb.id}}}, verb.asking);
}

}  // namespace miroir
