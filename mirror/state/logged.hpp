// What the store keeps for people to read: open items, decisions, history, cycles. Plain values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "mirror/stages.hpp"

namespace miroir {

// That somebody does not want to be troubled with it, until it changes.
struct Ignored {
  std::string by;
  std::string reason;
  std::string since;  // ISO, UTC
};
// What is open for a person, as `status` shows it.
struct OpenHeld {
  std::int64_t id = 0;
  RecordId record;
  EntityId entity;
  std::optional<std::size_t> field;  // nullopt: a deletion.
  std::optional<HoldReason> why;     // nullopt: a deletion.
  std::string reason;                // In words.
  PerSite<Value> candidates;
  CycleNumber since;
  std::optional<Value> proposal;      // What an undone decision had made lose.
  std::optional<CycleNumber> closed;  // It waits no more.
  std::optional<Ignored> ignored{};   // It is open, and does not wait.
  // In which cycle each site's value came in, and when it was changed there, by this machine's
  // clock; nullopt: not known.
  PerSite<std::optional<CycleNumber>> came{};
  PerSite<std::optional<Instant>> changed{};
};
// What was in vain with a record that is set aside.
enum class Attempt { read, insert, update, remove };
struct OpenSetAside {
  std::int64_t id = 0;          // Of those that are open now; used again when it is over.
  SiteId site = SiteId::first;  // Where it could not be written, or where it came from.
  EntityId entity;
  std::string key;  // key_text of the root at one of the sites.
  std::string reason;
  CycleNumber since;
  int tries = 0;
  std::optional<Ignored> ignored{};
  Attempt attempt = Attempt::read;
  // When it is tried again, unless it changes before; nullopt: by every cycle.
  std::optional<CycleNumber> next{};
  // Others that refer to it and cannot be written there before it is.
  std::size_t waiting = 0;
};
struct LoggedConflict {
  std::int64_t id = 0;
  CycleNumber cycle;
  std::string time;                   // When its cycle began; "": not known.
  std::optional<CycleNumber> undone;  // The cycle that brought the loser back.
  Conflict conflict;          // With the numbers of the mapping that held when it was logged:
  std::string entity, field;  // ... and what they meant then; "": the record itself.
};
// One line of a record's history, with the fields' numbers of the mapping that held in its cycle.
struct LoggedHistory {
  std::int64_t id = 0;
  CycleNumber cycle;
  std::string time;
  HistoryLine line;
};
struct LoggedCycle {
  CycleNumber cycle;
  std::string started;  // ISO, UTC
  double seconds = 0;
  std::string outcome;  // name_of(Exit)
  std::string summary;  // The JSON that `cycle --json` printed.
};

// Alive records of an entity.
struct Tally {
  std::size_t both = 0;
  PerSite<std::size_t> only{};  // That one site has and the other has not, or not yet.
  std::size_t differing = 0;    // With a field that was decided, or is held.
  std::size_t set_aside = 0;    // Rows that cannot come in.
};

// How many lines were erased.
struct Forgotten {
  std::int64_t history = 0, decisions = 0, questions = 0, requests = 0;
  bool whole = false;  // The record itself as well.
};

}  // namespace miroir
