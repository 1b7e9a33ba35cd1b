// Step 2. Divides a root entity's work into chunks and reads each from both sites at once, one
// chunk ahead: while the engine merges a chunk, the sites read the next.
//
// A record is in exactly one chunk: whatever either site's capture or re-read list names is asked
// of both, by the keys that the record has there, together with all its journal rows and its whole
// aggregate.
#pragma once

#include <chrono>
#include <optional>
#include <set>
#include <string>

#include "mirror/crew.hpp"
#include "mirror/pace.hpp"
#include "mirror/stages.hpp"
#include "mirror/state/store.hpp"

namespace miroir {

class Extraction {
 public:
  Extraction(EntityId entity, Crew& crew, const Store& store, const Mapping& mapping,
             std::size_t roots_max);
  // nullopt at the end. What it gave before must have been acknowledged. What is journaled behind
  // the cursors meanwhile waits for the next cycle.
  std::optional<Changes> next();
  // Waits for what is under way and forgets it.
  void stop();

 private:
  struct Position {
    PerSite<std::string> cursor;
    PerSite<bool> listed{};  // The journal's roots are all listed.
    PerSite<std::int64_t> reread_after{};
  };
  struct TimedExtract {
    Extract extract;
    std::vector<TakenOver> taken_over;
    std::chrono::steady_clock::duration took{};
  };
  // A chunk that the sites are reading.
  struct Ahead {
    Position begin;  // Where it was listed from.
    Chunk chunk;
    Crew::Answers<TimedExtract> answers;
  };

  std::optional<Chunk> next_chunk();
  Chunk list_chunk();
  void add_reread(SiteId site, Chunk& chunk);
  void add_other_side(Chunk& chunk) const;
  std::vector<std::pair<SiteId, Key>> family(
      SiteId site, const Key& key, std::set<std::pair<std::size_t, std::string>>& asked) const;
  void read_ahead();
  void fit_next(const Changes& changes);
  Changes collect(Ahead ahead);
  bool was_read(const Changes& changes) const;
  void remember(const Changes& changes, Chunk chunk);

  EntityId entity_;
  Crew& crew_;
  const Store& store_;
  const Mapping& mapping_;
  std::size_t roots_max_;
  std::size_t roots_now_;  // Of the next chunk, for each site: what the lines carry soon.
  Pace pace_{64'000, 16'000'000};  // The first takes four seconds at 128 kbit/s.
  std::int64_t reread_up_to_ = 0;
  Position position_;
  std::optional<Ahead> ahead_;
  // Of the chunk that was given last: what it named, what of the re-read list it answers, and all
  // journal rows that came with it.
  PerSite<std::set<Key>> roots_;
  PerSite<std::set<Key>> whole_;
  PerSite<std::set<JournalId>> read_;
};

}  // namespace miroir
