// miroir held answer: what a person decides about a question, or about all that wait for one
// reason. The values that he was shown go with it: if they move before the cycle, it is refused.
#include "mirror/cli/wishes.hpp"

namespace miroir {

Exit run_verb(Context& context, const HeldAnswerVerb& verb) {
  const Context configured = context;
  Store store = open_to_ask(context);
  const std::vector<Wish> wishes = answer_wishes(store, context.setting.mapping, verb);
  return ask_and_report(configured, context, std::move(store), wishes, verb.asking);
}

}  // namespace miroir
