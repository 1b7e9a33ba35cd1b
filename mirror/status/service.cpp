#include "mirror/status/service.hpp"

namespace miroir {
namespace {

std::map<std::string, std::string> names_in(const ServeConfig& serve, const std::string& language) {
  const auto& all = serve.names;
  const auto found = all.find(language);
  return found == all.end() ? std::map<std::string, std::string>{} : found->second;
}

}  // namespace

Service::Service(const Context& started)
    : configured{started.setting.config},
      context_now{started},
      english{"en", names_in(configured.serve, "en")},
      french{"fr", names_in(configured.serve, "fr")},
      runner{configured},
      tasks{configured} {}

}  // namespace miroir
