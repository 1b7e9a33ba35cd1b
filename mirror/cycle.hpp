// One cycle: the whole of mirroring, once. run_cycle reads as the protocol in mirror/README.md.
//
// The caller holds the store's cycle lock (StoreLock). Sites must outlive the call - except one
// that hangs: its thread is abandoned at the deadline and Outcome::abandoned says so; the process
// must then end by std::_Exit.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "mirror/exit_code.hpp"
#include "mirror/site.hpp"
#include "mirror/stages.hpp"
#include "mirror/state/store.hpp"
#include "schema/mapping.hpp"

namespace miroir {

// Up to `count` of an entity's records in one cycle always pass; more than that pass while they are
// at most this share of the entity's records.
struct BrakeLimit {
  std::size_t count = 0;
  double share = 0;
};
// What passes in one cycle. A price list that comes every night changes a whole small table, or
// much of a large one; what changes nearly all of a large one is a forgotten WHERE.
struct EntityLimits {
  BrakeLimit deletions{20, 0.05};
  BrakeLimit updates{10'000, 0.9};
  BrakeLimit inserts{10'000, 1.0};  // Of no effect while there are fewer records than `count`.
};
struct BrakeLimits {
  EntityLimits all;
  std::map<std::string, EntityLimits> of{};       // By the name of a root entity, instead of `all`.
  std::chrono::milliseconds clock_jump{600'000};  // Of a site's clock, between two cycles.

  const EntityLimits& limits_of(const std::string& entity) const {
    const auto own = of.find(entity);
    return own == of.end() ? all : own->second;
  }
};

struct Limits {
  std::size_t chunk_roots = 1'000;     // Bounds memory: roots of one chunk, for each site.
  std::size_t batch_aggregates = 500;  // One slow site statement must not hold locks for long.
  std::chrono::milliseconds deadline{600'000};
  // For what a site still has under way when somebody wants the cycle to end.
  std::chrono::milliseconds farewell{3'000};
  int tries = 3;  // Of a call that the site undid: Recovery::retry.
  // Of a call whose line was lost, and for how long: of a site that the cycle had reached before,
  // and of one that it had not.
  int tries_lost = 12;
  std::chrono::milliseconds regain{10'000}, reach{5'000};
  std::chrono::milliseconds retry_pause{100};  // The first; see Backoff (trying.hpp).
  unsigned chance = std::random_device{}();    // Seeds what of the pauses is left to chance.
  BrakeLimits brakes;
  Retention retention{};
};

enum class Writes : std::uint8_t { forbidden, allowed };
// reading: loop one alone; what is behind stays behind.
enum class Extent : std::uint8_t { whole, reading };

struct Progress {
  std::string stage;  // "reading customer", "writing sales_order to erp"
  std::size_t done = 0;
  std::size_t total = 0;  // 0: unknown.
};

Instant machine_clock();

// Tells how long something took; never set, unlike a clock.
using Stopwatch = std::function<std::chrono::steady_clock::time_point()>;
// Since when somebody wants the cycle to end; nullopt: nobody does. Asked often.
using StopAsked = std::function<std::optional<std::chrono::steady_clock::time_point>()>;
inline std::optional<std::chrono::steady_clock::time_point> nobody_asked_to_stop() {
  return std::nullopt;
}

struct CycleOptions {
  Writes writes = Writes::forbidden;
  Limits limits{};
  Extent extent = Extent::whole;
  // Whose value a twin's field takes where the two differ; nullopt: its policy decides.
  std::optional<SiteId> prefer{};
  // This machine's clock, which the sites' clocks are compared with.
  std::function<Instant()> now = machine_clock;
  Stopwatch stopwatch = std::chrono::steady_clock::now;
  StopAsked stop_asked = nobody_asked_to_stop;
  // Brake ids that a person let pass, this once; for a seed: of stores that are lost
  // (lost_store_id).
  std::set<std::string> accepted{};
  std::string accepted_by{};
  std::string started{};  // ISO, UTC: the time of all that the cycle decides, for the history.
  std::function<void(const Progress&)> progress = [](const Progress&) {};
  // Rehearsal only: what would be written, aggregate by aggregate.
  std::function<void(SiteId, EntityId, RecordId, const Planned&)> planned =
      [](SiteId, EntityId, RecordId, const Planned&) {};
  // Simulation only: sites are called on the engine's thread, so that a schedule can be replayed.
  bool one_thread = false;
  // Tests only: called at every step boundary with its name; may throw or end the process.
  std::function<void(const char*)> at_step = [](const char*) {};
};

// Why a site dropped out of the cycle.
struct SiteTrouble {
  SiteId site = SiteId::first;
  Exit exit = Exit::unreachable;
  std::string message;
  std::string hint;
};

// Why a cycle ended before it had come to its end: the next one goes on.
enum class CutShort : std::uint8_t { no, by_time, by_signal };
std::string_view name_of(CutShort why);  // "", "time", "signal".

struct Outcome {
  CycleNumber cycle;
  Exit exit = Exit::done;
  double seconds = 0;
  PerSite<std::size_t>
      extracted{};  // Aggregates with a change that entered a head, by the site it came from.
  PerSite<std::size_t> delivered{};  // Aggregates written.
  PerSite<std::size_t> behind{};     // Aggregates still to be written after the cycle.
  std::size_t conflicts = 0;         // Fields decided in this cycle.
  std::size_t held = 0;              // Questions that wait after it.
  std::size_t set_aside = 0;         // As those.
  std::size_t ignored = 0;           // Of both, those that are open and do not wait.
  std::vector<Brake> brakes;
  std::vector<SiteTrouble> troubles;
  CutShort cut_short = CutShort::no;
  PerSite<std::optional<ClockOffset>> clocks{};  // Measured where the mapping decides by times.
  std::vector<Pause> pauses;  // What this cycle left alone because a person wanted it so.
  bool abandoned = false;     // A site's thread still hangs: end with std::_Exit.

  // Not everything that was to be done was done: a site is away, a brake holds, or time ran out.
  bool is_cut() const { return exit != Exit::done && exit != Exit::waiting; }
};

using Sites = PerSite<Site*>;

Outcome run_cycle(const Sites& sites, Store& store, const Mapping& mapping,
                  const CycleOptions& options);

// The first meeting: claims both sites, finds twins, and reads everything in; nothing is delivered
// before all of it is read, since a row that was not read yet may be the twin of one that would be
// delivered. Resumable at any point; the store is seeded when it returns without refusals and
// uncut. Then run_cycle delivers. With Writes::forbidden a rehearsal, for a store that is thrown
// away.
struct SeedReport {
  std::vector<std::pair<EntityId, PerSite<std::size_t>>> counts;
  std::vector<std::string> refusals;  // Not empty: nothing was done.
  Outcome read;                       // How reading ended.
};
// What a person accepts so that a site goes over from that store to the one that is seeded.
std::string lost_store_id(const std::string& store);
SeedReport seed(const Sites& sites, Store& store, const Mapping& mapping,
                const CycleOptions& options);

}  // namespace miroir
