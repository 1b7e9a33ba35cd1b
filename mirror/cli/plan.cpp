// miroir plan: the next cycle, rehearsed on a copy of the store; nothing is written anywhere.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "mirror/cli/asking.hpp"
#include "mirror/cli/output.hpp"
#include "mirror/cli/plan_sheet.hpp"
#include "mirror/cli/progress.hpp"
#include "mirror/cli/remapping.hpp"
#include "mirror/cli/report.hpp"
#include "mirror/cli/sites.hpp"

namespace miroir {
namespace {

using nlohmann::ordered_json;

constexpr std::size_t decisions_shown_max = 1000;
constexpr std::size_t differences_shown_max = 20;  // Of each field; as JSON:
constexpr std::size_t differences_listed_max = 1000;

// What taking up a changed mapping would do; done, on the copy, so that the cycle after it can be
// rehearsed as well.
ordered_json rehearse(Context& context, const Remapping& remapping, Store& store) {
  if (!context.json) print(to_text(remapping));
  require_carried(remapping);
  const RemapSheet sheet =
      carry_over(context, remapping, store, Writes::forbidden,
                 context.json ? differences_listed_max : differences_shown_max);
  const Mapping& mapping = context.setting.mapping;
  if (!context.json) print(to_text(sheet, mapping) + "\nThen the cycle would:\n\n");
  ordered_json object = to_json(remapping);
  object.update(to_json(sheet, mapping));
  return object;
}

}  // namespace

Exit run_verb(Context& context, const PlanVerb&) {
  require_state(context);
  const auto& [config, mapping] = context.setting;
  const auto remapping = find_open_remapping(context);
  Store store = Store::copy_of(config.state, remapping ? remapping->before : mapping);
  require_seeded(store);
  ordered_json change;
  if (remapping) change = rehearse(context, *remapping, store);
  SitePair sites{context};
  bind_from_store(context, sites, store);

  PlanSheet sheet{context, store};
  CycleOptions options{.writes = Writes::forbidden, .limits = config.limits, .accepted = {}};
  options.planned = [&](SiteId site, EntityId entity, RecordId record, const Planned& planned) {
    sheet.add(site, entity, record, planned);
  };
  Outcome outcome = run_cycle(sites.both(), store, mapping, options);
  if (remapping) {
    outcome.brakes.push_back(brake_of(*remapping));
    outcome.exit = graver(outcome.exit, Exit::brake);
  }
  const auto decided = decisions(store, mapping, outcome.cycle, decisions_shown_max);
  const auto requests = requests_around(store, outcome.cycle);
  if (context.json) {
    ordered_json object = to_json(outcome, decided, mapping);
    object["requests"] = to_json(requests, store, mapping);
    if (remapping) object["mapping"] = std::move(change);
    object["plan"] = sheet.take();
    print(to_line(object));
  } else {
    print(to_text(outcome, decided, mapping) + to_text(requests, store, mapping) +
          "Nothing was written: this was a rehearsal.\n");
  }
  return outcome.exit;
}

}  // namespace miroir
