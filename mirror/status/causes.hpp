// Why a site has refused a record, in a word, from what its database said; and why a deletion is in
// question. Pure.
#pragma once

#include <string>
#include <string_view>

namespace miroir {

// "too_long", "duplicate", ... "other": the texts cause.* say it to people.
std::string cause_of(std::string_view reason);

// Why it is asked whether a record is to be deleted, from what the engine says: "needed", "one_side",
// "vanished", "restored", "undone", "other": the texts deletion.* say it.
std::string deletion_cause_of(std::string_view reason);

}  // namespace miroir
