// Compares both sites and the store: how many records are equal, on their way, drifted, missing.
//
// Every row of a site is read once, page by page in the order of keys, and compared with the
// site's shadow of it; then the store's records are gone through, for heads that a site does not
// hold and rows that were not seen. What seems to differ is looked at again (looking.hpp) before it
// is said. Values are compared, never sums of them. Writes nothing, takes no lock for longer than a
// page, and runs beside a cycle; its memory is a page, what it looks at again, and three bits for
// each record. The mapping must be bound; the sites must be connected.
#pragma once

#include <array>
#include <functional>
#include <vector>

#include "mirror/cycle.hpp"
#include "mirror/looking.hpp"

namespace miroir {

struct VerifyOptions {
  std::vector<EntityId> entities;   // Roots; in the order in which they are to be told.
  PerSite<bool> asked{true, true};  // A paused site is not asked.
  // Instead of everything: these, of one entity; or so many of each entity, drawn at random from
  // the store's, so that rows which no record knows are not found.
  std::vector<Suspect> only{};
  std::optional<std::size_t> sample{};
  std::function<void(const Progress&)> progress = [](const Progress&) {};
  // Every record that is not equal, as it is found; the rows only of what needs attention.
  std::function<void(const Look&)> found = [](const Look&) {};
  std::size_t page_rows = 2'000;    // Bounds memory, as the next one does.
  std::size_t looked_at_max = 200;  // Records that are looked at again at once.
  bool one_thread = false;          // Simulation only: a site is called on the caller's thread.
};

// Records (an order with its lines is one) by what they are.
struct Standings {
  EntityId entity;
  std::array<std::size_t, std::size(all_standings)> counts{};
  PerSite<std::size_t> missing_at{};

  std::size_t of(Standing standing) const { return counts[static_cast<std::size_t>(standing)]; }
};

// Throws DbError, StoreError.
std::vector<Standings> verify_sites(const Sites& sites, const Store& store, const Mapping& mapping,
                                    const VerifyOptions& options);

}  // namespace miroir
