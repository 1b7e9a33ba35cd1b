// miroir held retry: what was set aside is tried by the next cycle, whenever it would have been.
#include "mirror/cli/wishes.hpp"

namespace miroir {

Exit run_verb(Context& context, const HeldRetryVerb& verb) {
  const Context configured = context;
  Store store = open_to_ask(context);
  const std::vector<Wish> wishes = retry_wishes(store, verb);
  return ask_and_report(configured, context, std::move(store), wishes, verb.asking);
}

}  // namespace miroir
