#include "mirror/suspects.hpp"

#include <algorithm>
#include <utility>

namespace miroir {

Suspects::Shape Suspects::shape_of(const RowChange& change) {
  std::vector<std::size_t> columns = change.columns;
  std::sort(columns.begin(), columns.end());
  return {change.entity, change.op, std::move(columns)};
}

void Suspects::passed(const AggregateWrite& write) {
  in_a_row_ = 0;
  for (const RowChange& change : write.rows) passed_.insert(shape_of(change));
}

void Suspects::failed(const AggregateWrite& write, bool again) {
  if (!again || !is_the_row(write)) ++in_a_row_;
}

bool Suspects::hopeless() const {
  constexpr std::size_t max = 20;
  return in_a_row_ >= max;
}

bool Suspects::is_the_row(const AggregateWrite& write) const {
  return std::all_of(write.rows.begin(), write.rows.end(),
                     [&](const RowChange& change) { return passed_.contains(shape_of(change)); });
}

}  // namespace miroir
