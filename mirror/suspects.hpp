// Whether a row, or the site's settings, is to blame for an error that looks like a matter for a
// person: a trigger whose error has no code of its own. Where other writes of the very same columns
// pass, it is the row.
#pragma once

#include <cstddef>
#include <optional>
#include <set>
#include <tuple>
#include <vector>

#include "connectors/errors.hpp"
#include "mirror/stages.hpp"

namespace miroir {

class Suspects {
 public:
  struct Suspect {
    Batch batch;  // Of one aggregate.
    DbError error;
  };

  void passed(const AggregateWrite& write);
  // A write failed alone. One that has passed for others does not count once more (`again`).
  void failed(const AggregateWrite& write, bool again);
  // So many in a row, and nothing passed between them, that more tries are of no use.
  bool hopeless() const;
  // To be judged at the end, when all else was sent.
  void add(const Batch& batch, const DbError& error) { all_.push_back({batch, error}); }
  const std::vector<Suspect>& all() const { return all_; }
  bool is_the_row(const AggregateWrite& write) const;

 private:
  using Shape = std::tuple<EntityId, WriteOp, std::vector<std::size_t>>;
  static Shape shape_of(const RowChange& change);

  std::set<Shape> passed_;
  std::vector<Suspect> all_;
  std::size_t in_a_row_ = 0;
};

}  // namespace miroir
