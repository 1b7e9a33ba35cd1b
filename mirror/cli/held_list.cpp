// miroir held list: the questions that wait for a person, and what was set aside. Asks no site.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "mirror/cli/asking.hpp"
#include "mirror/cli/held_items.hpp"
#include "mirror/cli/naming.hpp"
#include "mirror/cli/output.hpp"
#include "mirror/cli/remapping.hpp"
#include "mirror/cli/report.hpp"
#include "mirror/cli/sites.hpp"

namespace miroir {

Exit run_verb(Context& context, const HeldListVerb& verb) {
  require_state(context);
  use_mapping_of_state(context);
  const Mapping& mapping = context.setting.mapping;
  if (verb.entity) chosen_entity(mapping, *verb.entity);
  if (verb.rule) require_rule(*verb.rule);
  const Store store = Store::open_read_only(context.setting.config.state, mapping);
  bind_from_store_alone(context, store);
  const Which which = verb.ignored ? Which::ignored : Which::waiting;
  std::vector<HeldLine> held = open_held(store, mapping, which);
  std::vector<OpenSetAside> set_aside = open_set_aside(store, which);
  std::erase_if(held, [&](const HeldLine& line) {
    return (verb.entity && line.entity != *verb.entity) ||
           (verb.rule && rule_of(line.held) != *verb.rule);
  });
  std::erase_if(set_aside, [&](const OpenSetAside& item) {
    return verb.rule || (verb.entity && mapping.entity(item.entity).name != *verb.entity);
  });
  const Exit exit = exit_of(held, set_aside);
  const std::size_t ignored = store.count_ignored();
  if (context.json) {
    print(to_line(to_json(held, set_aside, ignored, mapping)));
  } else if (verb.ignored) {
    print(ignored_text(held, set_aside, mapping));
  } else {
    const std::string text = to_text(held, mapping) + to_text(set_aside, mapping);
    print((text.empty() ? "Nothing waits for a person.\n" : text) + to_text_of_ignored(ignored));
  }
  return exit;
}

}  // namespace miroir
