// What a storm mirrors: items with a stock, customers with a field for each policy, orders with
// lines. Every record carries a mark that nobody edits, by which it is known at both sites whatever
// its keys are.
#pragma once

#include <string>

#include "mirror/stages.hpp"
#include "schema/mapping.hpp"

namespace miroir::storm {

// A field's column at each site.
using Columns = PerSite<std::size_t>;

struct Tables {
  explicit Tables(bool scoped);

  Mapping mapping;
  EntityId item, customer, order, line;
  struct {
    Columns mark, stock;
  } items;
  struct {
    Columns mark, email, name, city, note, points, changed, phone, street, zip;
  } customers;
  struct {
    Columns mark, customer, state, stage;
  } orders;
  struct {
    Columns mark, what, item, order, number;
  } lines;
  std::size_t customer_archived = 0, order_archived = 0;  // At the ERP; 0: not known there.

  // The steps of an order, lowest first, as the site writes them.
  static const std::vector<Value>& stages(SiteId site);
  static std::size_t rank_of(SiteId site, const Value& stage);

  Columns columns_of(EntityId entity, const std::string& field) const;
  Columns mark_of(EntityId entity) const;
  std::size_t column(SiteId site, EntityId entity, const std::string& name) const;
  Row empty_row(SiteId site, EntityId entity) const;  // As the site's blanks are.
};

}  // namespace miroir::storm
