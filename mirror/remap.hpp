// A changed mapping: the store, made with one mapping, goes over to another.
//
// One transaction of the store: either all of it speaks the new mapping or nothing does, whenever
// the process is killed. Nothing is written at a site; what is behind afterwards is delivered by a
// cycle like any other, and what differs merely because the mapping was changed waits for a person.
// The caller has settled what was in doubt by the old mapping, and has seen that the journals watch
// what the new one reads. On a copy of the store it is a rehearsal.
#pragma once

#include <functional>
#include <map>

#include "mirror/cycle.hpp"
#include "mirror/remap_record.hpp"

namespace miroir {

struct RemapOptions {
  // What the sites' catalogues say, to be remembered with the new mapping.
  PerSite<std::optional<std::string>> catalogs{};
  std::optional<Act> accepted{};  // Noted in the same transaction.
  std::function<void(const RemapDifference&)> difference = [](const RemapDifference&) {};
  std::function<void(const Progress&)> progress = [](const Progress&) {};
  // Tests only, as in CycleOptions.
  std::function<void(const char*)> at_step = [](const char*) {};
};

struct RemapReport {
  // By entity and field of the new mapping: how many records differ in which way.
  std::map<std::pair<std::size_t, std::size_t>, std::map<RemapDifference::Kind, std::size_t>>
      counts;
  std::size_t conflicts = 0;  // Fields that a policy has decided; logged.
};

// `sites` are bound to the new mapping, and called only if it reads more than the old one. Throws
// DbError, StoreError; then the store is as it was. `now` must outlive the store.
RemapReport remap_store(const Sites& sites, Store& store, const Mapping& before, const Mapping& now,
                        const MappingComparison& comparison, const RemapOptions& options);

// Settles, by the old mapping, what a cycle has left in doubt; `sites` are bound to it, and those
// without such a batch are not called. False: something is still in doubt, and the store must not
// go over. Throws DbError, StoreError.
bool settle_by_old(const Sites& sites, Store& store, const Mapping& before,
                   const CycleOptions& options);

}  // namespace miroir
