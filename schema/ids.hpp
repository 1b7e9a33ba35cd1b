// Strong types for everything that is a number or a text but must never be mixed up.
//
// A Strong has no implicit conversion in either direction; `raw()` is the only way back, so that
// every place where an id leaves the type system can be searched for.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <utility>

namespace miroir {

template <class Tag, class Rep>
class Strong {
 public:
  constexpr Strong() = default;
  constexpr explicit Strong(Rep rep) : rep_{std::move(rep)} {}
  constexpr const Rep& raw() const { return rep_; }
  friend auto operator<=>(const Strong&, const Strong&) = default;

 private:
  Rep rep_{};
};

// A record: one customer, one order, one order line. Unique in a store, never used again.
using RecordId = Strong<struct RecordIdTag, std::int64_t>;
// A batch of writes sent in one transaction. Unique in a store, increasing, never used again.
using BatchId = Strong<struct BatchIdTag, std::int64_t>;
// The number of a cycle; the first is 1.
using CycleNumber = Strong<struct CycleNumberTag, std::int64_t>;
// A row of a site's journal. Never used again at that site.
using JournalId = Strong<struct JournalIdTag, std::int64_t>;
// An entity's place in Mapping::entities: parents stand before children, parts right after their
// root.
using EntityId = Strong<struct EntityIdTag, std::size_t>;

// Which of the two sites. The names that people gave them are in Mapping::sites.
enum class SiteId : std::uint8_t { first = 0, second = 1 };
inline constexpr SiteId both_sites[] = {SiteId::first, SiteId::second};
constexpr std::size_t index(SiteId site) { return static_cast<std::size_t>(site); }
constexpr SiteId other(SiteId site) {
  return site == SiteId::first ? SiteId::second : SiteId::first;
}

}  // namespace miroir

template <class Tag, class Rep>
struct std::hash<miroir::Strong<Tag, Rep>> {
  std::size_t operator()(const miroir::Strong<Tag, Rep>& id) const {
    return std::hash<Rep>{}(id.raw());
  }
};
