#include "mirror/cli/rehearsal.hpp"

#include "mirror/cli/held_items.hpp"
#include "mirror/cli/output.hpp"
#include "mirror/cli/plan_sheet.hpp"
#include "mirror/cli/progress.hpp"
#include "mirror/cli/report.hpp"

namespace miroir {
namespace {

using nlohmann::ordered_json;

constexpr std::size_t listed_max = 1'000;
constexpr std::size_t decisions_max = 10'000;  // Of the whole cycle, to find one record's.

// What a cycle on the copy has made of one request.
struct Become {
  std::vector<EndedRequest> requests;
  std::vector<Decision> decisions;
  std::vector<HeldLine> held;
};

bool has_one_of(const Store& store, RecordId root, const PerSite<std::optional<Key>>& keys) {
  const auto its = store.keys(root);
  return std::any_of(std::begin(both_sites), std::end(both_sites), [&](SiteId site) {
    return keys[index(site)] && its[index(site)] == keys[index(site)];
  });
}

Become look_up(const Store& copy, const Mapping& mapping, CycleNumber cycle, std::int64_t request,
               const std::function<bool(RecordId)>& is_meant) {
  const auto concerns = [&](RecordId record) {
    const auto root = copy.root_of(record);
    return root && is_meant(*root);
  };
  Become become{requests_around(copy, cycle),
                decisions(copy, mapping, cycle, decisions_max),
                open_held(copy, mapping)};
  std::erase_if(become.requests,
                [&](const EndedRequest& one) { return one.request.id != request; });
  std::erase_if(become.decisions, [&](const Decision& one) { return !concerns(one.record); });
  std::erase_if(become.held, [&](const HeldLine& one) {
    return one.held.since != cycle || !concerns(one.held.record);
  });
  return become;
}

ordered_json to_json(const Become& become, const Store& copy, const Mapping& mapping) {
  ordered_json object{{"requests", to_json(become.requests, copy, mapping)},
                      {"decisions", ordered_json::array()},
                      {"held", ordered_json::array()}};
  for (const Decision& one : become.decisions) object["decisions"].push_back(to_json(one));
  for (const HeldLine& one : become.held) object["held"].push_back(to_json(one, mapping));
  return object;
}

bool was_refused(const Become& become) {
  return std::any_of(become.requests.begin(), become.requests.end(), [](const EndedRequest& one) {
    return one.end.cycle != CycleNumber{} && !one.end.done;
  });
}

}  // namespace

Rehearsed rehearse(const Context& context, SitePair& sites, Store& copy,
                   const std::function<bool(RecordId root)>& is_meant) {
  const auto& [config, mapping] = context.setting;
  PlanSheet sheet{context, copy};
  Rehearsed rehearsed;
  std::size_t listed = 0;
  CycleOptions options{.writes = Writes::forbidden, .limits = config.limits, .accepted = {}};
  options.planned = [&](SiteId site, EntityId entity, RecordId root, const Planned& planned) {
    if (std::holds_alternative<InSync>(planned) || !is_meant(root)) return;
    if (context.json && ++listed > listed_max)
      ++rehearsed.plan_left_out;
    else
      sheet.add(site, entity, root, planned);
  };
  ProgressDisplay display{context};
  options.progress = [&](const Progress& progress) { display.show(progress); };
  rehearsed.outcome = run_cycle(sites.both(), copy, mapping, options);
  rehearsed.plan = sheet.take();
  return rehearsed;
}

Exit rehearse_wish(Context& context, const Wish& wish, const PerSite<std::optional<Key>>& keys) {
  const auto& [config, mapping] = context.setting;
  Store copy = Store::copy_of(config.state, mapping);
  SitePair sites{context};
  bind_to_read(context, sites, copy);
  const std::int64_t request = ask(copy, mapping, {wish}, login_name(), "").front();
  const auto is_meant = [&](RecordId root) { return has_one_of(copy, root, keys); };
  Rehearsed rehearsed = rehearse(context, sites, copy, is_meant);
  const Become become = look_up(copy, mapping, rehearsed.outcome.cycle, request, is_meant);
  const Exit exit =
      was_refused(become) ? graver(rehearsed.outcome.exit, Exit::waiting) : rehearsed.outcome.exit;
  if (context.json) {
    ordered_json object{{"outcome", name_of(exit)}};
    object.update(to_json(become, copy, mapping));
    object["plan"] = std::move(rehearsed.plan);
    object["left_out"] = rehearsed.plan_left_out;
    print(to_line(object));
  } else {
    print(to_text(become.requests, copy, mapping) + to_text(become.held, mapping) +
          (become.decisions.empty() ? "" : to_text(become.decisions)) +
          "Nothing was written: this was a rehearsal.\n");
  }
  return exit;
}

}  // namespace miroir
