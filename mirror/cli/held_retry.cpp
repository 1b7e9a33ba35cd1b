// miroir held retry: what was set aside is tried by the next cycle, whenever it would have been.
#include <fmt/format.h>

#include "mirror/cli/asking.hpp"
#include "mirror/cli/held_items.hpp"

namespace miroir {

Exit run_verb(Context& context, const HeldRetryVerb& verb) {
  const Context configured = context;
  Store store = open_to_ask(context);
  if (verb.all == verb.id.has_value()) {
    throw VerbError{Exit::usage, "either one item or --all is tried again",
                    "miroir held retry S1, or miroir held retry --all"};
  }
  std::vector<Wish> wishes;
  for (const OpenSetAside& item : store.set_aside()) {
    const Wish wish{std::nullopt, Retry{item.id}};
    if (verb.all || spoken_id(item) == *verb.id) wishes.push_back(wish);
  }
  if (wishes.empty()) {
    throw VerbError{Exit::usage, verb.all ? "nothing is set aside" : *verb.id + " is not set aside",
                    "`miroir held list` shows what is, with IDs as S1"};
  }
  return ask_and_report(configured, context, std::move(store), wishes, verb.asking);
}

}  // namespace miroir
