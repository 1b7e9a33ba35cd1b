// miroir held answer: what a person decides about a question, or about all that wait for one
// reason. The values that he was shown go with it: if they move before the cycle, it is refused,
// each of many by itself.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "mirror/cli/answer_effect.hpp"
#include "mirror/cli/installing.hpp"
#include "mirror/cli/output.hpp"
#include "mirror/cli/report.hpp"
#include "mirror/cli/table.hpp"
#include "mirror/cli/wishes.hpp"

namespace miroir {
namespace {

// Many records are gone at once only where somebody has seen which.
void require_consent(const Context& context, const HeldAnswerVerb& verb, const Store& store,
                     const std::vector<Wish>& wishes) {
  if (!verb.all || !verb.remove || verb.yes) return;
  const std::string many = counted(wishes.size(), "record", "records");
  if (!context.json && on_terminal()) {
    print(effects_text(wishes, store, context.setting.mapping));
    if (confirmed("Delete " + many + " at both sites?")) return;
    throw VerbError{Exit::usage, "nothing was asked", "--dry-run shows what would be"};
  }
  throw VerbError{Exit::usage, many + " would be deleted", "--dry-run shows which; --yes does it"};
}

}  // namespace

Exit run_verb(Context& context, const HeldAnswerVerb& verb) {
  const Context configured = context;
  Store store = open_to_ask(context);
  const Mapping& mapping = context.setting.mapping;
  const std::vector<Wish> wishes = answer_wishes(store, mapping, verb);
  if (verb.dry_run) {
    print(context.json ? to_line({{"outcome", name_of(Exit::done)},
                                  {"effects", effects_json(wishes, store, mapping)}})
                       : effects_text(wishes, store, mapping));
    return Exit::done;
  }
  require_consent(context, verb, store, wishes);
  return ask_and_report(configured, context, std::move(store), wishes, verb.asking);
}

}  // namespace miroir
