// miroir held ignore, miroir held unignore: what waits troubles nobody until it changes, and why; or
// it waits again. Done at once.
#include <nlohmann/json.hpp>

#include "mirror/cli/ignoring.hpp"
#include "mirror/cli/output.hpp"
#include "mirror/cli/report.hpp"

namespace miroir {

Exit run_verb(Context& context, const HeldIgnoreVerb& verb) {
  Store store = open_to_ask(context);
  const Mapping& mapping = context.setting.mapping;
  const auto wishes = ignore_wishes(store, mapping, verb);
  const std::string by = named_or_login(verb.by);
  const auto done = ignore(store, wishes, by, verb.reason);
  if (context.json) {
    print(to_line({{"outcome", name_of(Exit::done)}, {"requests", to_json(done, store, mapping)}}));
    return Exit::done;
  }
  print(to_text(done, store, mapping) +
        (verb.ignored ? "Both sites keep what they have. It waits again as soon as it changes, or by "
                        "`miroir held unignore`.\n"
                      : "It waits for a person again: `miroir held list`.\n"));
  return Exit::done;
}

}  // namespace miroir
