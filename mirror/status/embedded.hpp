// The files that the program carries within itself: texts, templates, and what browsers ask for.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace miroir {

// By its name below mirror/status ("templates/home.mustache"); throws std::logic_error where there
// is none.
std::string_view embedded(const std::string& name);

// What a browser may ask for, by the last part of its address; nullopt: nothing else is given out.
struct Asset {
  std::string_view body, type;
};
std::optional<Asset> asset(std::string_view name);
// "/assets/page.css?v=1f2e…": another address when the file is another, so that it may be kept.
std::string asset_address(const std::string& name);

}  // namespace miroir
