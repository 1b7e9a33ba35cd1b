// miroir plan: the next cycle, rehearsed on a copy of the store; nothing is written anywhere.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "mirror/cli/output.hpp"
#include "mirror/cli/planned_change.hpp"
#include "mirror/cli/progress.hpp"
#include "mirror/cli/report.hpp"
#include "mirror/cli/sites.hpp"

namespace miroir {
namespace {

using nlohmann::ordered_json;

constexpr std::size_t decisions_shown_max = 1000;

// What the rehearsal would write, as it comes: text is printed at once, so that a long plan needs
// no memory.
class PlanSheet {
 public:
  PlanSheet(const Context& context, const Store& store) : context_{context}, store_{store} {}

  void add(SiteId site, EntityId entity, RecordId record, const Planned& planned) {
    const Mapping& mapping = context_.setting.mapping;
    const PlannedAggregate aggregate{mapping, site, entity,
                                     spoken_key(store_, mapping, entity, record)};
    if (context_.json) {
      for (auto& entry : aggregate.to_json(planned)) list_.push_back(std::move(entry));
    } else {
      print(aggregate.to_text(planned));
    }
  }
  ordered_json take() { return std::move(list_); }

 private:
  const Context& context_;
  const Store& store_;
  ordered_json list_ = ordered_json::array();
};

}  // namespace

Exit run_verb(Context& context, const PlanVerb&) {
  require_state(context);
  const auto& [config, mapping] = context.setting;
  Store store = Store::copy_of(config.state, mapping);
  require_seeded(store);
  SitePair sites{context};
  bind_from_store(context, sites, store);

  PlanSheet sheet{context, store};
  CycleOptions options{.writes = Writes::forbidden, .limits = config.limits, .accepted = {}};
  options.planned = [&](SiteId site, EntityId entity, RecordId record, const Planned& planned) {
    sheet.add(site, entity, record, planned);
  };
  const Outcome outcome = run_cycle(sites.both(), store, mapping, options);
  const auto decided = decisions(store, mapping, outcome.cycle, decisions_shown_max);
  if (context.json) {
    ordered_json object = to_json(outcome, decided, mapping);
    object["plan"] = sheet.take();
    print(to_line(object));
  } else {
    print(to_text(outcome, decided, mapping) + "Nothing was written: this was a rehearsal.\n");
  }
  return outcome.exit;
}

}  // namespace miroir
