// Who answers the mirror's questions and takes its decisions back, by what it shows: requests,
// which a later cycle carries out, or refuses because something has moved. What was carried out was
// written by somebody who had seen both values, and the ledger is told so then.
#pragma once

#include <map>
#include <vector>

#include "mirror/state/store.hpp"
#include "tests/storm/event.hpp"
#include "tests/storm/ledger.hpp"

namespace miroir::storm {

class Clerk {
 public:
  Clerk(const Mapping& mapping, Store& store, Ledger& ledger)
      : mapping_{mapping}, store_{store}, ledger_{ledger} {}

  // Whether there was anything to ask for.
  bool answer(const Event& event);
  bool undo(const Event& event);
  // After a cycle.
  void hear();

 private:
  struct Wish {
    Token value;
    std::vector<Token> saw;
  };
  Token token_of(RecordId record, const Field& field, const Value& value) const;
  bool ask(const Asked& what, Wish wish);

  const Mapping& mapping_;
  Store& store_;
  Ledger& ledger_;
  std::map<std::int64_t, Wish> pending_;  // By the request.
};

}  // namespace miroir::storm
