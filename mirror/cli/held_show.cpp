// miroir held show: one question, all that is known about it, and what can be said to it.
#include <fmt/format.h>

#include "mirror/cli/held_question.hpp"
#include "mirror/cli/output.hpp"
#include "mirror/cli/remapping.hpp"
#include "mirror/cli/report.hpp"
#include "mirror/cli/sites.hpp"

namespace miroir {

Exit run_verb(Context& context, const HeldShowVerb& verb) {
  require_state(context);
  use_mapping_of_state(context);
  const Mapping& mapping = context.setting.mapping;
  const Store store = Store::open_read_only(context.setting.config.state, mapping);
  bind_from_store_alone(context, store);
  const auto held = store.held(verb.id);
  if (!held) {
    throw VerbError{Exit::usage, fmt::format("there is no held item {}", verb.id),
                    "`miroir held list` shows what waits"};
  }
  const Question question = look_up(*held, store, mapping);
  const Exit exit = held->closed || held->ignored ? Exit::done : Exit::waiting;
  if (context.json) {
    print(to_line({{"outcome", name_of(exit)}, {"item", to_json(question, store, mapping)}}));
  } else {
    print(to_text(question, store, mapping));
  }
  return exit;
}

}  // namespace miroir
