// The store, opened for one request: a copy of the context that speaks the state file's mapping,
// and a connection of its own that only reads. Never waits for a cycle, and no cycle for it.
#pragma once

#include "mirror/cli/verbs.hpp"
#include "mirror/state/store.hpp"
#include "mirror/status/masking.hpp"

namespace miroir {

struct Visit;

struct Records {
  // Throws VerbError where nothing is mirrored yet, StoreError for a state file that cannot be
  // read.
  explicit Records(const Visit& visit);
  explicit Records(const Context& now);  // For the program itself: nothing is hidden.

  Context context;
  Store store;
  Masking masking;  // What the visitor does not see.
  const Mapping& mapping() const { return context.setting.mapping; }
};

}  // namespace miroir
