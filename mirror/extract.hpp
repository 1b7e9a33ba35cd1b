// Step 2. Divides a root entity's work into chunks and reads each from both sites at once, one
// chunk ahead: while the engine merges a chunk, the sites read the next.
//
// A record is in exactly one chunk: whatever either site's capture or re-read list names is asked
// of both, by the keys that the record has there, together with all its journal rows and its whole
// aggregate.
#pragma once

#include <chrono>
#include <functional>
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
  // nullopt at the end. The sites must have been asked to forget what it gave before;
  // `finish_acknowledging` is called where the next chunk cannot be read before they have. What is
  // journaled behind the cursors meanwhile waits for the next cycle.
  std::optional<Changes> next(const std::function<void()>& finish_acknowledging);
  // Waits for what is under way and forgets it.
  void stop();

 private:
  struct Position {
    PerSite<std::string> cursor;
    PerSite<bool> listed{};  // The journal's roots are all listed.
    PerSite<std::int64_t> reread_after{};
  };
  // What the journal names next; nullopt: nobody asked.
  struct Page {
    std::optional<std::vector<ListedRoot>> roots;
    std::size_t limit = 0;  // So many were asked for.
  };
  struct TimedExtract {
    Extract extract;
    std::vector<TakenOver> taken_over;
    std::chrono::steady_clock::duration took{};
    Page next;
  };
  // A chunk that the sites are reading.
  struct Ahead {
    Position begin;  // Where it was listed from.
    Chunk chunk;
    Crew::Answers<TimedExtract> answers;
    std::size_t limit = 0;  // Roots that it may have of each site.
  };
  struct Listed {
    Chunk chunk;
    std::size_t limit = 0;
  };

  std::optional<Listed> next_chunk();
  Listed list_chunk();
  static Page list_page(Site& at, SiteId site, EntityId entity, const Position& position,
                        std::size_t limit);
  PerSite<Page> next_pages();
  std::size_t fitting_limit(const PerSite<Page>& pages) const;
  void add_reread(SiteId site, std::size_t limit, Chunk& chunk);
  void add_other_side(Chunk& chunk) const;
  std::vector<std::pair<SiteId, Key>> family(
      SiteId site, const Key& key, std::set<std::pair<std::size_t, std::string>>& asked) const;
  void read_ahead();
  void fit_next(const Changes& changes, std::size_t limit);
  Changes collect(Ahead ahead);
  bool was_read(const Changes& changes) const;
  void remember(const Changes& changes, Chunk chunk);

  EntityId entity_;
  Crew& crew_;
  const Store& store_;
  const Mapping& mapping_;
  std::size_t roots_max_;
  std::size_t roots_now_;          // Of a chunk, for each site: what the lines carry soon.
  Pace pace_{64'000, 16'000'000};  // The first takes four seconds at 128 kbit/s.
  std::int64_t reread_up_to_ = 0;
  Position position_;
  std::optional<Ahead> ahead_;
  PerSite<Page> listed_;  // With the chunk that was collected last.
  // Of the chunk that was given last: what it named, what of the re-read list it answers, and all
  // journal rows that came with it.
  PerSite<std::set<Key>> roots_;
  PerSite<std::set<Key>> whole_;
  PerSite<std::set<JournalId>> read_;
  // Of the one before: a site may have listed what is next before it forgot that.
  PerSite<std::set<Key>> roots_before_;
};

}  // namespace miroir
