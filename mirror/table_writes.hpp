// A batch's changes as those of a site's tables: the change of a row that has satellites is one of
// its own table and one of each satellite that it touches. Pure.
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "connectors/delivery.hpp"
#include "connectors/satellites.hpp"
#include "mirror/site.hpp"

namespace miroir {

struct TableWrite {
  std::int64_t write = 0, row = 0;  // Of the batch; satellites have their owner's.
  EntityId entity;                  // Of ByTables.
  Verb verb = Verb::update;
  bool fresh = false;                  // See Shape.
  const RowChange* change = nullptr;  // Its columns are the table's.
};

// The row's own table leads, also where nothing of it is written: it must be there, and stay.
class TableWrites {
 public:
  // All must outlive it.
  TableWrites(const Batch& batch, const Mapping& mapping, SiteId site, const ByTables& tables);

  const std::vector<TableWrite>& all() const { return all_; }

 private:
  void add(std::int64_t write, std::int64_t row, const RowChange& change);
  const RowChange& own(const RowChange& change, std::size_t columns);
  void add_satellite(const TableWrite& owner, std::size_t n);
  RowChange part_of(const RowChange& change, EntityId satellite) const;

  const Mapping& mapping_;
  SiteId site_;
  const ByTables& tables_;
  std::vector<TableWrite> all_;
  std::deque<RowChange> made_;
};

// Whether an update may leave the row as it was though it was carried out: a trigger may write
// every name or number in its own form, and so make of it what was there. A counter never is.
bool may_change_nothing(const RowChange& change, const SiteTable& table);

// The row of the mapping as it was given, for what of its tables was stored otherwise to be put in.
Row row_as_given(const RowChange& change, const SiteTable& table);

}  // namespace miroir
