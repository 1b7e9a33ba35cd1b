// One question, all that is known about it, and what can be said to it: for `held show` and the
// page.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "mirror/cli/held_items.hpp"

namespace miroir {

// When a site's value was changed there, or came to miroir.
struct Arrival {
  std::string time;         // ISO, UTC, by this machine's clock.
  bool by_journal = false;  // As the site's journal noted it; else the cycle that read it began so.
};

struct Question {
  HeldLine line;
  std::string keys;   // Every key of the record.
  std::string since;  // When the cycle began that asked; "": not known.
  // What the field is for both until somebody decides; nullopt: they differed when they met, as far
  // as is known.
  std::optional<Value> agreed;
  std::string agreed_text, proposal_text;
  // Of values that are not what was agreed; nullopt: nobody knows. Who changed it stands in no
  // journal: it was somebody at that site.
  PerSite<std::optional<Arrival>> arrived;
  std::vector<EndedRequest> requests;
};

Question look_up(const OpenHeld& held, const Store& store, const Mapping& mapping);

// The commands that answer it, as they are typed.
std::vector<std::string> answers(const Question& question, const Mapping& mapping);

std::string to_text(const Question& question, const Store& store, const Mapping& mapping);
nlohmann::ordered_json to_json(const Question& question, const Store& store,
                               const Mapping& mapping);

}  // namespace miroir
