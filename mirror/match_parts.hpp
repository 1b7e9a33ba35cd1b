// The parts of two roots that have just been found to be one: which line here is which line there.
//
// Never by position: first those that say the same, then those that alone agree in a match rule of
// the part, then the last ones left, if one is left at each side. Pure.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "mirror/trail.hpp"

namespace miroir {

struct PartRow {
  const ReadRow* row = nullptr;
  Row canonical;
};

struct PartPairs {
  std::vector<std::pair<const ReadRow*, const ReadRow*>> pairs;  // First site, second site.
  PerSite<std::size_t> left{};                                   // Parts without a partner.
};

// `last`: whether the last ones left are one, if one is left at each side.
PartPairs pair_parts(const Entity& part, std::vector<PartRow> first, std::vector<PartRow> second,
                     const Links& links, bool last);

// The parts, without a record of their own yet, of the roots of one chunk that have just become one
// record, or that have come back to a site.
class Partners {
 public:
  Partners(const Known& known, const Mapping& mapping) : known_{known}, mapping_{mapping} {}

  void add(SiteId site, RecordId root, const ReadRow& row);  // `row` must stay where it is.
  // What a root that comes back to a site still has at the other one, as that was last seen; unless
  // its row is back under its key.
  void remember(RecordId root, SiteId back, const Extract& extract);
  // Of a root and an entity of its parts: how many each site had, and how many of them agree.
  struct Left {
    RecordId root;
    EntityId part;
    PerSite<std::size_t> had{};
    std::size_t agree = 0;
  };
  std::vector<Left> pair();  // Where some are left without a partner.

  void seen(SiteId site, const ReadRow& row, RecordId id) { ids_[row_name_at(site, row)] = id; }
  // The record that the row's partner is, if it was seen by now.
  std::optional<RecordId> partner_of(SiteId site, const ReadRow& row) const;

 private:
  const Known& known_;
  const Mapping& mapping_;
  std::deque<ReadRow> remembered_;
  std::set<RecordId> came_back_;  // Roots: what is left on both sides is not one part.
  std::map<std::pair<RecordId, EntityId>, PerSite<std::vector<PartRow>>> groups_;
  std::map<RowName, RowName> partners_;
  std::map<RowName, RecordId> ids_;
};

// Whether a site's value is what the other's becomes there: equal, or equal but for a loss that the
// mapping declares.
bool explains(const Entity& entity, std::size_t field, const Value& canonical, SiteId there,
              const Row& raw_there, const Links& links);

}  // namespace miroir
