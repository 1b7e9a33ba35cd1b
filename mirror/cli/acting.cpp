#include "mirror/cli/acting.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "mirror/cli/verbs.hpp"

namespace miroir {

std::string described(const Act& act) {
  switch (act.kind) {
    case ActKind::accept:
      return "confirmed " + act.about;
    case ActKind::synchronise:
      return "started a cycle on the page";
    case ActKind::pause:
      return "paused " + act.about.substr(act.about.find(':') + 1);
    case ActKind::resume:
      return "resumed " + act.about.substr(act.about.find(':') + 1);
    case ActKind::forget:
      return fmt::format("had {} record {} forgotten", act.about,
                         act.record ? act.record->raw() : 0);
    case ActKind::user_add:
      return fmt::format("let {} sign in as {}", act.about, act.role);
    case ActKind::user_role:
      return fmt::format("gave {} the role {}", act.about, act.role);
    case ActKind::user_password:
      return fmt::format("gave {} another password", act.about);
    case ActKind::user_token:
      return fmt::format("gave {} a new token", act.about);
    case ActKind::user_token_remove:
      return fmt::format("took the token of {} away", act.about);
    case ActKind::user_remove:
      return fmt::format("removed the account {}", act.about);
  }
  return {};
}

nlohmann::ordered_json to_json(const std::vector<Act>& acts) {
  auto list = nlohmann::ordered_json::array();
  for (const Act& act : acts) {
    list.push_back({{"id", act.id},
                    {"time", act.actor.time},
                    {"by", act.actor.name},
                    {"kind", name_of(act.kind)},
                    {"about", act.about},
                    {"record", nullptr},
                    {"role", act.role},
                    {"reason", act.reason}});
    if (act.record) list.back()["record"] = act.record->raw();
  }
  return list;
}

ActKind chosen_act_kind(const std::string& name) {
  if (const auto kind = act_kind_named(name)) return *kind;
  std::string all;
  for (int i = 0; i <= static_cast<int>(ActKind::user_remove); ++i)
    all += (i == 0 ? "" : ", ") + std::string{name_of(static_cast<ActKind>(i))};
  throw VerbError{Exit::usage, "there is no kind '" + name + "'", "one of " + all};
}

}  // namespace miroir
