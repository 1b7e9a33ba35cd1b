// What a person's request does, judged by what the store holds once both sites have been read: the
// effect, or the reason why not. Pure.
//
// Whoever asks was shown something, and the request says what. If that has moved, it is refused: he
// may want something else now. Heads move, shadows do not, so that loop two writes whatever a site
// is behind, guarded as always.
#pragma once

#include "mirror/stages.hpp"
#include "mirror/state/store.hpp"

namespace miroir {

// All that the store keeps of it, in one transaction with the request's end.
struct Effect {
  Merged merged;
  std::optional<RecordId> record;  // In whose story it is told.
  std::string message;             // What is to be known besides.
  bool incomplete = false;         // Of several records some were refused; the message says which.
  struct Proposal {
    RecordId record;
    std::size_t field = 0;
    Value value;
  };
  std::vector<Proposal> proposals;  // Of questions that it opens.
  // Nobody asks about their deletion any more. What lives on at one site alone comes back to the
  // other one, or goes, with what does so because of it (restore.hpp).
  std::vector<RecordId> kept, removed;
  std::vector<std::pair<RecordId, std::string>> in_question;  // Their deletion, and why.
  std::vector<std::pair<RecordId, RecordId>> dissolved;       // Into which.
  std::optional<RecordId> referred_to;  // What refers to it is looked at anew.
  std::vector<std::int64_t> undone;     // Decisions.
  std::optional<std::int64_t> retried;  // What was set aside.
};
// Waits: for a site or an entity that sits this cycle out; the request stays.
using Decided = std::variant<Effect, Refused, Waits>;

// A record's aggregate as both sites have left it in this cycle.
struct Situation {
  const Mapping& mapping;
  CycleNumber cycle;
  std::vector<RecordState> states;
  Links links;                   // Of what heads and shadows refer to.
  std::size_t referrers = 0;     // Alive records that refer to the root, and would stay without it.
  std::int64_t last_change = 0;  // Store::last_change

  const RecordState* find(RecordId id) const;
};

// Why a site cannot hold the value that a person wants for a field; nullopt: both can.
std::optional<std::string> unfit(const Entity& entity, std::size_t field, const Value& value,
                                 const Links& links, const Mapping& mapping);

// Why a decision about this field can never be undone; nullopt: nothing in the field's kind forbids.
std::optional<std::string> never_undone(const Field& field);

// `items` are those of the answer's choices; nullopt where there is none any more.
Decided decide_answer(const Request& request, const std::vector<std::optional<OpenHeld>>& items,
                      RecordId record, const Situation& now);
Decided decide_deletion(const Request& request, const std::optional<OpenHeld>& item,
                        const Situation& now);
// `decisions`: the one that is to be undone, and all others about its record. `changed_since`:
// something has happened to the record after its cycle.
Decided decide_undo(const Request& request, const LoggedConflict& decision,
                    const std::vector<LoggedConflict>& decisions, bool changed_since,
                    const Situation& now);

}  // namespace miroir
