// Two sites in memory, a store in memory, and the engine between them: what the engine's own tests
// play with.
//
// The shop numbers its rows itself; the ERP takes keys made from them ("W7") and blanks for NULL. A
// customer has an e-mail (shop wins), a name (ERP wins), a city (default: shop wins), a note
// (hold), points (counter) and a last change (max); an order belongs to a customer and has lines.
#pragma once

#include <string>

#include "mirror/cycle.hpp"
#include "tests/support/memory_site.hpp"

namespace miroir::test {

// With an RFC 7396 merge patch on its JSON. Its tables have more columns than it maps: the shop's
// orders a kind and whether they are paid, both sites' orders an agent, the ERP's orders and customers whether they are
// archived, both sites' orders and lines amounts of money. There are tables for satellites of
// customers: the shop's addresses, of which one may be the main one, and an extension of the ERP's.
Mapping small_mapping(const std::string& patch = "{}");

class SmallWorld {
 public:
  explicit SmallWorld(Mapping mapping = small_mapping());

  Outcome cycle();                          // Writes allowed; the limits of `options`.
  int cycles_until_quiet(int at_most = 4);  // Cycles until one writes nothing at any site; fails
                                            // the test if it never does.
  void seed();

  // Both sites hold the same records, field by field through the mapping; the differences in words.
  std::vector<std::string> differences() const;

  Key new_customer(SiteId site, const std::string& name, const std::string& email,
                   std::int64_t points = 0);
  Key new_order(SiteId site, const Key& customer, const std::vector<std::string>& lines);
  Key new_line(SiteId site, const Key& order, std::int64_t number, const std::string& what);
  // A row of the site with these columns, by name; the others NULL. With a satellite if one of
  // them is its.
  Row row(SiteId site, const std::string& entity, const std::map<std::string, Value>& values) const;
  std::size_t column(SiteId site, const std::string& entity, const std::string& name) const;
  void set(SiteId site, const std::string& entity, const Key& key, const std::string& column,
           const Value& value);
  Value get(SiteId site, const std::string& entity, const Key& key,
            const std::string& column) const;
  const MemorySite::Rows& rows(SiteId site, const std::string& entity) const;
  // The key at the other site of the record that has `key` at `site`.
  Key there(SiteId site, const std::string& entity, const Key& key) const;

  const Entity& entity(const std::string& name) const { return *mapping_.find(name); }
  const Mapping& mapping() const { return mapping_; }
  MemorySite& at(SiteId site) { return site == SiteId::first ? shop : erp; }
  const MemorySite& at(SiteId site) const { return site == SiteId::first ? shop : erp; }

 private:
  Mapping mapping_;

 public:
  MemorySite shop, erp;
  Store store;
  CycleOptions options;
};

inline constexpr SiteId at_shop = SiteId::first;
inline constexpr SiteId at_erp = SiteId::second;

}  // namespace miroir::test
