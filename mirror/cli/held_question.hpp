// One question, all that is known about it, and what can be said to it: for `held show` and the
// page.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "mirror/cli/held_items.hpp"

namespace miroir {

struct Question {
  HeldLine line;
  std::string keys;   // Every key of the record.
  std::string since;  // When the cycle began that asked; "": not known.
  Value agreed;       // What the field is for both until somebody decides.
  std::string agreed_text, proposal_text;
  std::vector<EndedRequest> requests;
};

Question look_up(const OpenHeld& held, const Store& store, const Mapping& mapping);

// The commands that answer it, as they are typed.
std::vector<std::string> answers(const Question& question, const Mapping& mapping);

std::string to_text(const Question& question, const Store& store, const Mapping& mapping);
nlohmann::ordered_json to_json(const Question& question, const Store& store,
                               const Mapping& mapping);

}  // namespace miroir
