// miroir status: what the store knows. Asks no site, so it answers while both are away and while a
// cycle runs.
#include "mirror/cli/status_report.hpp"

#include "mirror/cli/output.hpp"

namespace miroir {

Exit run_verb(Context& context, const StatusVerb&) {
  const Status status = read_status(context);
  print(context.json ? to_line(to_json(status, context)) : to_text(status, context));
  return exit_of(status);
}

}  // namespace miroir
