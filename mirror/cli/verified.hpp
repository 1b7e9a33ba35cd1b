// When `verify` last compared all that is mirrored, and what it found: for `status` and the page.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "mirror/cli/verbs.hpp"
#include "mirror/state/store.hpp"

namespace miroir {

struct Verified {
  std::string time;  // ISO, UTC: when it ended.
  std::size_t equal = 0, drifted = 0, missing = 0;
  std::optional<std::size_t> sample;  // So many records of each entity; nullopt: all.

  std::size_t differing() const { return drifted + missing; }
};

// Where the state file cannot be written just now, a line in the log says that it was not noted.
void note_verified(const Context& context, const Verified& verified);
std::optional<Verified> last_verified(const Store& store);  // nullopt: never.

nlohmann::ordered_json to_json(const Verified& verified);
// What that is as text; nullopt: this program has not written it.
std::optional<Verified> verified_from_text(const std::string& text);

}  // namespace miroir
