// Step 2. Divides a root entity's work into chunks and reads one chunk from both sites at once.
//
// A record is in exactly one chunk: whatever either site's capture or re-read list names is asked
// of both, by the keys that the record has there, together with all its journal rows and its whole
// aggregate.
#pragma once

#include <optional>
#include <set>
#include <string>

#include "mirror/crew.hpp"
#include "mirror/stages.hpp"
#include "mirror/state/store.hpp"

namespace miroir {

class Chunks {
 public:
  Chunks(EntityId entity, Crew& crew, const Store& store, const Mapping& mapping,
         std::size_t roots_max);
  // nullopt at the end. What is journaled behind the cursors meanwhile waits for the next cycle.
  std::optional<Chunk> next();

 private:
  void add_reread(SiteId site, Chunk& chunk);
  void add_other_side(Chunk& chunk);
  std::vector<std::pair<SiteId, Key>> family(
      SiteId site, const Key& key, std::set<std::pair<std::size_t, std::string>>& asked) const;

  EntityId entity_;
  Crew& crew_;
  const Store& store_;
  const Mapping& mapping_;
  std::size_t roots_max_;
  PerSite<std::string> cursor_;
  PerSite<bool> listed_{};  // The journal's roots are all listed.
  PerSite<std::int64_t> reread_after_{};
  std::int64_t reread_up_to_ = 0;
};

Changes extract_changes(const Chunk& chunk, Crew& crew);

}  // namespace miroir
