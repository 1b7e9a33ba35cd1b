// miroir link: two records, one at each site, are one; also rows that wait because nobody could
// tell which of several they are.
#include <fmt/format.h>

#include "mirror/cli/asking.hpp"
#include "mirror/cli/naming.hpp"
#include "mirror/cli/rehearsal.hpp"

namespace miroir {

Exit run_verb(Context& context, const LinkVerb& verb) {
  const Context configured = context;
  Store store = open_to_ask(context);
  const Mapping& mapping = context.setting.mapping;
  const Entity& entity = chosen_entity(mapping, verb.entity);
  if (entity.root) {
    throw VerbError{Exit::usage,
                    fmt::format("{} is a part of {}, and goes where that goes", entity.name,
                                mapping.entity(*entity.root).name),
                    "link the whole: miroir link " + mapping.entity(*entity.root).name};
  }
  Link link{entity.name, {}};
  for (const SiteId site : both_sites) {
    const std::string& text = verb.keys[index(site)];
    const auto key = typed_key(entity.table[index(site)], text);
    const bool known =
        key && (store.find(site, entity.id, *key) || store.is_set_aside(site, entity.id, *key));
    if (!known) {
      throw VerbError{
          Exit::usage,
          fmt::format("miroir knows no {} {} at {}", entity.name, text, mapping.sites[index(site)]),
          fmt::format("the keys are given in this order: {}, {}", mapping.sites[0],
                      mapping.sites[1])};
    }
    link.keys[index(site)] = *key;
  }
  const auto record = store.find(SiteId::first, entity.id, link.keys[0]);
  if (verb.dry_run) return rehearse_wish(context, {record, link}, {link.keys[0], link.keys[1]});
  return ask_and_report(configured, context, std::move(store), {{record, link}}, verb.asking);
}

}  // namespace miroir
