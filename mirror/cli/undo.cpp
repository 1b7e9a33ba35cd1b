// miroir undo: what a decision made lose comes back, on both sides; or the decisions, with the IDs
// that it takes.
#include <nlohmann/json.hpp>

#include "mirror/cli/naming.hpp"
#include "mirror/cli/output.hpp"
#include "mirror/cli/remapping.hpp"
#include "mirror/cli/report.hpp"
#include "mirror/cli/sites.hpp"
#include "mirror/cli/table.hpp"
#include "mirror/cli/wishes.hpp"
#include "mirror/state/log_pages.hpp"

namespace miroir {
namespace {

using nlohmann::ordered_json;

LogFilter filter_of(const UndoVerb& verb, const Store& store, const Mapping& mapping) {
  LogFilter filter{.limit = verb.limit};
  if (verb.since) filter.from = typed_time(*verb.since);
  if (verb.site) filter.lost_at = chosen_site(mapping, *verb.site);
  if (!verb.entity) return filter;
  const Entity& entity = chosen_entity(mapping, *verb.entity);
  // What belongs to a record is found with it; a field is the entity's own.
  if (verb.key) filter.records = {find_record(store, entity, *verb.key)};
  if (!verb.key || verb.field) filter.entity = entity.id;
  if (verb.field) filter.field = chosen_field(entity, *verb.field);
  return filter;
}

ordered_json to_json(const LoggedConflict& logged, const Decision& decision,
                     const Mapping& mapping) {
  ordered_json one = miroir::to_json(decision);
  const auto& lost_at = logged.conflict.loser_site;
  one["lost_at"] = lost_at ? ordered_json(mapping.sites[index(*lost_at)]) : ordered_json(nullptr);
  one["undone"] = logged.undone ? ordered_json(logged.undone->raw()) : ordered_json(nullptr);
  return one;
}

std::string to_text(const std::vector<LoggedConflict>& logged, const Store& store,
                    const Mapping& mapping) {
  if (logged.empty()) return "No such decision is known.\n";
  Table table{{"ID", "TIME", "ENTITY", "KEY", "FIELD", "KEPT", "LOST", "OF", "UNDONE", "RULE"}};
  for (const LoggedConflict& one : logged) {
    const Decision d = decision_of(one, store, mapping);
    const auto& lost_at = one.conflict.loser_site;
    table.add({std::to_string(d.id), d.time, d.entity, d.key,
               d.field.empty() ? "(record)" : d.field, display(d.winner), display(d.loser),
               lost_at ? mapping.sites[index(*lost_at)] : "",
               one.undone ? "cycle " + std::to_string(one.undone->raw()) : "", d.rule});
  }
  return table.text() + "what lost comes back: miroir undo ID\n";
}

Exit list_decisions(Context& context, const UndoVerb& verb) {
  require_state(context);
  use_mapping_of_state(context);
  const auto& [config, mapping] = context.setting;
  const Store store = Store::open_read_only(config.state, mapping);
  require_seeded(store);
  bind_from_store_alone(context, store);
  const auto logged = LogPages{config.state, mapping}.decisions(filter_of(verb, store, mapping));
  if (!context.json) {
    print(to_text(logged, store, mapping));
    return Exit::done;
  }
  ordered_json object{{"outcome", name_of(Exit::done)}, {"decisions", ordered_json::array()}};
  for (const LoggedConflict& one : logged)
    object["decisions"].push_back(to_json(one, decision_of(one, store, mapping), mapping));
  print(to_line(object));
  return Exit::done;
}

}  // namespace

Exit run_verb(Context& context, const UndoVerb& verb) {
  if (verb.list) return list_decisions(context, verb);
  const Context configured = context;
  Store store = open_to_ask(context);
  const std::vector<Wish> wishes = undo_wishes(store, context.setting.mapping, verb);
  return ask_and_report(configured, context, std::move(store), wishes, verb.asking);
}

}  // namespace miroir
