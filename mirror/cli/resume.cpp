// miroir resume: ends a pause. Like pause it is written straight into the store; the next cycle
// does the rest.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "mirror/cli/asking.hpp"
#include "mirror/cli/output.hpp"
#include "mirror/cli/pausing.hpp"
#include "mirror/cli/remapping.hpp"
#include "mirror/cli/report.hpp"
#include "mirror/cli/sites.hpp"

namespace miroir {
namespace {

// What is paused still may be why the person thought that this was.
std::string to_text(const Pausable& what, const std::optional<Pause>& ended,
                    const std::vector<Pause>& left, const Mapping& mapping) {
  const std::string& name = name_of(what, mapping);
  std::string text = ended ? fmt::format(
                                 "{} is resumed; it was paused since {} by {}: {}\n"
                                 "  the next cycle brings everything that waited\n",
                                 name, ended->since, ended->by, ended->reason)
                           : fmt::format("{} is not paused; nothing was changed\n", name);
  if (!left.empty()) text += "\n" + to_text(left, mapping);
  return text;
}

nlohmann::ordered_json to_json(const std::optional<Pause>& ended, const std::vector<Pause>& left,
                               const Mapping& mapping) {
  nlohmann::ordered_json object{{"outcome", name_of(Exit::done)},
                                {"resumed", nullptr},  // It was not paused.
                                {"paused", to_json(left, mapping)}};
  if (ended) object["resumed"] = to_json(*ended, mapping);
  return object;
}

}  // namespace

Exit run_verb(Context& context, const ResumeVerb& verb) {
  use_mapping_of_state(context);
  const auto& [config, mapping] = context.setting;
  const Pausable what = chosen_pausable(mapping, verb.site, verb.entity);
  require_state(context);
  Store store = Store::open(config.state, mapping, NoStore::refused);
  const auto ended = store.resume(what, {login_name(), now_as_text()});
  const auto left = store.pauses();
  print(context.json ? to_line(to_json(ended, left, mapping))
                     : to_text(what, ended, left, mapping));
  return Exit::done;
}

}  // namespace miroir
