// The mirrored columns of a table and their types, as the store remembers them between two cycles.
// Pure.
#pragma once

#include <map>
#include <optional>
#include <string>

namespace miroir {

std::string columns_to_text(const std::map<std::string, std::string>& types);
// nullopt: this program has not written it.
std::optional<std::map<std::string, std::string>> columns_from_text(const std::string& text);

}  // namespace miroir
