// Why a site has refused a record, in a word, from what its database said. Pure.
#pragma once

#include <string>
#include <string_view>

namespace miroir {

// "too_long", "duplicate", ... "other": the texts cause.* say it to people.
std::string cause_of(std::string_view reason);

}  // namespace miroir
