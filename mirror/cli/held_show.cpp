// miroir held show: one question or set-aside record, all that is known about it, and what can be
// done.
#include <fmt/format.h>

#include <charconv>

#include "mirror/cli/held_items.hpp"
#include "mirror/cli/held_question.hpp"
#include "mirror/cli/output.hpp"
#include "mirror/cli/remapping.hpp"
#include "mirror/cli/report.hpp"
#include "mirror/cli/sites.hpp"

namespace miroir {
namespace {

Exit show(const Context& context, const OpenSetAside& item) {
  const Mapping& mapping = context.setting.mapping;
  const Exit exit = item.ignored ? Exit::done : Exit::waiting;
  if (context.json) {
    print(to_line({{"outcome", name_of(exit)}, {"item", to_json(item, mapping)}}));
  } else {
    print(to_text(item, mapping));
  }
  return exit;
}

std::optional<std::int64_t> number_of(const std::string& id) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(id.data(), id.data() + id.size(), number);
  return error == std::errc{} && end == id.data() + id.size() ? std::optional{number}
                                                              : std::nullopt;
}

}  // namespace

Exit run_verb(Context& context, const HeldShowVerb& verb) {
  require_state(context);
  use_mapping_of_state(context);
  const Mapping& mapping = context.setting.mapping;
  const Store store = Store::open_read_only(context.setting.config.state, mapping);
  bind_from_store_alone(context, store);
  for (const OpenSetAside& item : store.set_aside()) {
    if (spoken_id(item) == verb.id) return show(context, item);
  }
  const auto number = number_of(verb.id);
  const auto held = number ? store.held(*number) : std::nullopt;
  if (!held) {
    throw VerbError{Exit::usage, fmt::format("there is no held item {}", verb.id),
                    "`miroir held list` shows what waits"};
  }
  const Question question = look_up(*held, store, mapping);
  const Exit exit = held->closed || held->ignored ? Exit::done : Exit::waiting;
  if (context.json) {
    print(to_line({{"outcome", name_of(exit)}, {"item", to_json(question, store, mapping)}}));
  } else {
    print(to_text(question, store, mapping));
  }
  return exit;
}

}  // namespace miroir
