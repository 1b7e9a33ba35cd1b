// What can happen to a record, as a line of its history calls it. The store takes no other word, so
// that whoever tells a history knows them all.
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

namespace miroir {

inline constexpr std::array<std::string_view, 19> history_events{
    "born",       "changed",  "deleted", "restored",
    "delivered",   // It was written to the site, which had no row of it, and has this key there.
    "renumbered",  // Somebody gave it another key there.
    "recognised",  // A row that is there already is this record, with this key.
    "kept",        // One site has it no more, and it lives on at the other.
    "missed",      // Its row was not there when it was read; a second look will tell.
    "moved",       // It was found where the mapping says that it may go.
    "left",        // It is none of those any more that are mirrored at the site,
    "returned",    // and is one again.
    "linked",     "unlinked",
    "answered",  // By a person, as the next: a question, a decision that was set back.
    "undone",
    "remapped",  // It stands otherwise by a changed mapping.
    "reopened",  // What somebody had ignored about it waits again, since it has changed.
    "forgotten"};

constexpr bool is_history_event(std::string_view word) {
  return std::find(history_events.begin(), history_events.end(), word) != history_events.end();
}

// Those that tell of a key at a site: nothing of the record itself has changed. store_log.cpp names
// them in SQL as well (last_change, changed_after).
constexpr bool has_key(std::string_view word) {
  return word == "delivered" || word == "renumbered" || word == "recognised";
}

}  // namespace miroir
