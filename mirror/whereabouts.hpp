// Step 4, within merge.cpp: what becomes of an aggregate whose root is in its table at a site no
// more, or is there again. Pure.
//
// Such a record lives on at the other site alone: it is `outside` at this one, without a shadow
// there, so that nothing is written there any more. While a root is looked for elsewhere it keeps
// its shadow.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "mirror/match.hpp"
#include "mirror/merge_record.hpp"

namespace miroir {

// A record that this one refers to, and that lives on although its row at the site is gone. What
// the same transaction removed there went with it, and so did, as far as anybody can tell, what
// nobody knows the transaction of.
std::optional<RecordId> lost_parent(const Work& work, SiteId site, const Known& known,
                                    const Mapping& mapping);

class Whereabouts {
 public:
  Whereabouts(std::map<RecordId, Work>& work, RecordId root, const Known& known,
              const Mapping& mapping, Merged& merged)
      : work_{work}, root_{root}, known_{known}, mapping_{mapping}, merged_{merged} {}

  // Before anything is merged: where the aggregate is none that is mirrored. Parts go along.
  void look();
  // When everything is merged: what this makes of fields, and of whom is to be asked.
  void settle();

 private:
  bool is_outside(const Work& root, SiteId site);
  bool stays_without(const Work& root, SiteId site) const;
  bool lives_at(const Work& root, SiteId site) const;
  const Deletion& meaning(const Work& root, SiteId site) const;
  void depart(Work& root, SiteId site);
  void search(Work& root, SiteId site, const Missing& missing);
  void conclude(Work& root, SiteId site, const std::optional<std::size_t>& place);
  void leave(SiteId site);
  void tell(const Work& root, SiteId site, const char* event);

  const Entity& entity(const Work& root) const { return mapping_.entity(root.after.entity); }
  const std::string& name_of(SiteId site) const { return mapping_.sites[index(site)]; }

  std::map<RecordId, Work>& work_;
  RecordId root_;
  const Known& known_;
  const Mapping& mapping_;
  Merged& merged_;
  PerSite<bool> departed_{};  // Deleted there in this chunk, and not at the other site.
};

}  // namespace miroir
