// miroir status: what the store knows. Asks no site, so it answers while both are away and while a
// cycle runs.
#include "mirror/cli/status_report.hpp"

#include <algorithm>

#include "mirror/cli/naming.hpp"
#include "mirror/cli/output.hpp"

namespace miroir {
namespace {

void keep_only(const Entity& entity, Status& status) {
  std::erase_if(status.held, [&](const HeldLine& line) { return line.entity != entity.name; });
  std::erase_if(status.set_aside, [&](const OpenSetAside& i) { return i.entity != entity.id; });
  std::erase_if(status.decisions, [&](const Decision& d) { return d.entity != entity.name; });
}

}  // namespace

Exit run_verb(Context& context, const StatusVerb& verb) {
  Status status = read_status(context);
  if (verb.entity) keep_only(chosen_entity(context.setting.mapping, *verb.entity), status);
  if (context.json)
    print(to_line(to_json(status, context)));
  else
    print(verb.brief ? to_brief_text(status, context) : to_text(status, context));
  return exit_of(status);
}

}  // namespace miroir
