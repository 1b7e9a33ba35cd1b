#include "mirror/status/service.hpp"

namespace miroir {
namespace {

std::map<std::string, std::string> names_in(const Context& context, const std::string& language) {
  const auto& all = context.setting.config.serve.names;
  const auto found = all.find(language);
  return found == all.end() ? std::map<std::string, std::string>{} : found->second;
}

}  // namespace

Service::Service(const Context& configured)
    : context{configured},
      english{"en", names_in(configured, "en")},
      french{"fr", names_in(configured, "fr")},
      runner{configured.setting.config},
      tasks{configured.setting.config} {}

}  // namespace miroir
