// miroir unlink: one record is two, one at each site. What refers to it goes with one of them.
#include <fmt/format.h>

#include "mirror/cli/asking.hpp"
#include "mirror/cli/naming.hpp"
#include "mirror/cli/rehearsal.hpp"

namespace miroir {

Exit run_verb(Context& context, const UnlinkVerb& verb) {
  const Context configured = context;
  Store store = open_to_ask(context);
  const Mapping& mapping = context.setting.mapping;
  const Entity& entity = chosen_entity(mapping, verb.entity);
  if (entity.root) {
    throw VerbError{Exit::usage,
                    fmt::format("{} is a part of {}, and goes where that goes", entity.name,
                                mapping.entity(*entity.root).name),
                    "unlink the whole: miroir unlink " + mapping.entity(*entity.root).name};
  }
  Unlink unlink{find_record(store, entity, verb.key), {}};
  if (verb.references) unlink.keeper = chosen_site(mapping, *verb.references);
  if (verb.dry_run) return rehearse_wish(context, {unlink.record, unlink}, store.keys(unlink.record));
  return ask_and_report(configured, context, std::move(store), {{unlink.record, unlink}},
                        verb.asking);
}

}  // namespace miroir
