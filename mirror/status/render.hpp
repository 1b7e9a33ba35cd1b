// Templates filled with values. Everything is escaped for HTML; only a page's own rendered parts
// are put into its frame as they are. The only place that knows the template library.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace miroir {

// The built-in template templates/NAME.mustache; throws std::logic_error for one that is broken.
std::string render(const std::string& name, const nlohmann::json& values);

}  // namespace miroir
