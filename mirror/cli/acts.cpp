// miroir acts: what people did besides answers, the last first.
#include <nlohmann/json.hpp>

#include "mirror/cli/acting.hpp"
#include "mirror/cli/naming.hpp"
#include "mirror/cli/output.hpp"
#include "mirror/cli/remapping.hpp"
#include "mirror/cli/report.hpp"
#include "mirror/cli/sites.hpp"
#include "mirror/cli/table.hpp"
#include "mirror/state/log_pages.hpp"

namespace miroir {
namespace {

std::string to_text(const std::vector<Act>& acts) {
  if (acts.empty()) return "Nobody has done anything but answer.\n";
  Table table{{"TIME", "WHO", "WHAT"}};
  for (const Act& act : acts)
    table.add({act.actor.time, act.actor.name,
               described(act) + (act.reason.empty() ? "" : ": " + act.reason)});
  return table.text();
}

}  // namespace

Exit run_verb(Context& context, const ActsVerb& verb) {
  require_state(context);
  use_mapping_of_state(context);
  LogFilter filter{.limit = verb.limit};
  if (verb.since) filter.from = typed_time(*verb.since);
  if (verb.kind) filter.act = chosen_act_kind(*verb.kind);
  const auto acts = LogPages{context.setting.config.state, context.setting.mapping}.acts(filter);
  print(context.json ? to_line({{"outcome", name_of(Exit::done)}, {"acts", to_json(acts)}})
                     : to_text(acts));
  return Exit::done;
}

}  // namespace miroir
