// Step 6. The captures forget what the store durably holds: exactly that, never "everything up to
// n", since a transaction with a smaller number may commit later.
#pragma once

#include "mirror/crew.hpp"
#include "mirror/stages.hpp"
#include "mirror/state/store.hpp"

namespace miroir {

// Of one chunk, under way at the sites that it has rows of. What a site is asked afterwards it does
// afterwards - also where it could not forget.
class Acknowledgement {
 public:
  Acknowledgement(const Incorporated& kept, Crew& crew, const Store& store, CycleNumber cycle);
  // Once: waits for the sites, drops the one that could not, and notes in the store what they have
  // forgotten. Before the store takes another chunk.
  void finish(Crew& crew, Store& store);

 private:
  CycleNumber cycle_;
  Crew::Answers<bool> answers_;
};

}  // namespace miroir
