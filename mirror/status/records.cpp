#include "mirror/status/records.hpp"

#include "mirror/cli/remapping.hpp"
#include "mirror/cli/sites.hpp"
#include "mirror/status/visit.hpp"

namespace miroir {
namespace {

Context speaking_of_state(const Context& configured) {
  Context context = configured;
  require_state(context);
  use_mapping_of_state(context);
  return context;
}

}  // namespace

Records::Records(const Context& now)
    : context{speaking_of_state(now)},
      store{Store::open_read_only(context.setting.config.state, context.setting.mapping)} {
  require_seeded(store);
  bind_from_store_alone(context, store);
}

Records::Records(const Visit& visit) : Records{visit.context()} {
  masking = visit.masking(context.setting.mapping);
}

}  // namespace miroir
