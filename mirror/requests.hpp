// Carries out what people have asked for: each request exactly once, since what it does and that it
// is done are one transaction of the store.
//
// After loop one, when the store knows what both sites hold: only then can it be told whether what
// the person saw has moved. What a site changes later fails the guards of loop two, like any other
// change. Links of rows that wait for being told apart come before loop one, which then lets them
// meet, and what is to be read again. A request that concerns a site or an entity that sits out
// stays for the next cycle.
#pragma once

#include <functional>
#include <set>

#include "mirror/crew.hpp"
#include "mirror/decide_request.hpp"

namespace miroir {

// Of all that is asked and has not ended, in order; a page at a time, since a request may name many
// records, with all that was shown of them.
void for_each_request(const Store& store, const std::function<void(const Request&)>& work);

// Used at once: it holds on to what it is given.
class RequestRun {
 public:
  RequestRun(const Scope& scope, const Crew& crew, Store& store, const Mapping& mapping,
             const CycleOptions& options, CycleNumber cycle)
      : scope_{scope},
        crew_{crew},
        store_{store},
        mapping_{mapping},
        options_{options},
        cycle_{cycle} {}

  void prepare();
  std::size_t carry_out() const;  // Returns how many conflicts were logged.

 private:
  void prepare(const Request& request, const Link& link) const;
  void prepare(const Request& request, const Resync& resync);
  bool can_meet(const Entity& entity, const Link& link) const;
  Decided decide(const Request& request) const;
  Decided decide(const Request& request, const AnswerFields& answer) const;
  Decided decide(const Request& request, const AnswerDeletion& answer) const;
  Decided decide(const Request& request, const Undo& undo) const;
  Decided decide(const Request& request, const Retry& retry) const;
  Decided decide(const Request& request, const Link& link) const;
  Decided decide(const Request& request, const Unlink& unlink) const;
  Decided decide(const Request& request, const Resync& resync) const;
  Decided decide(const Request&, const Ignoring&) const {
    return Refused{"no cycle is needed for it"};
  }
  Decided decide(const Request& request, const Entity& entity, SiteId from,
                 const Resync::Root& root) const;
  std::optional<RecordId> record_of(const Entity& entity, const Resync::Root& root) const;

  std::optional<Waits> why_wait(EntityId entity, bool deletes = false) const;
  Situation situation(RecordId record) const;
  std::vector<Conflict> overwritten_of(RecordId root, const std::string& by) const;
  std::size_t end_merged(const Request& request, const Resync& resync) const;
  void keep(const Effect& effect) const;
  void repoint(const Effect& effect, RecordId child) const;
  void end(const Request& request, bool done, const std::string& message,
           std::optional<RecordId> record) const;

  const Scope& scope_;
  const Crew& crew_;
  Store& store_;
  const Mapping& mapping_;
  const CycleOptions& options_;
  CycleNumber cycle_;
  std::set<std::int64_t> read_again_;  // Resyncs that prepare() had read again.
};

}  // namespace miroir
