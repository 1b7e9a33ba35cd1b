// miroir undo: what a decision made lose comes back, on both sides.
#include "mirror/cli/wishes.hpp"

namespace miroir {

Exit run_verb(Context& context, const UndoVerb& verb) {
  const Context configured = context;
  Store store = open_to_ask(context);
  const std::vector<Wish> wishes = undo_wishes(store, verb);
  return ask_and_report(configured, context, std::move(store), wishes, verb.asking);
}

}  // namespace miroir
