// A site refuses a row because another one of the same table has a unique value that it is to get:
// the error that Site::deliver throws where a batch of one aggregate is refused for that, and the
// site could tell whose the value is. What it means for the engine is what DbError says.
#pragma once

#include <string>
#include <vector>

#include "connectors/errors.hpp"
#include "schema/ids.hpp"
#include "schema/value.hpp"

namespace miroir {

struct Taken {
  std::size_t row = 0;               // Of AggregateWrite::rows: the change that is refused.
  std::vector<std::size_t> columns;  // Of the entity's SiteTable::columns; at least one.
  Key by;  // The site's key of the row that has the value: of the same entity, mirrored or not.
};

class TakenError : public DbError {
 public:
  TakenError(const DbError& refused, Taken taken) : DbError{refused}, taken_{std::move(taken)} {}
  const Taken& taken() const noexcept { return taken_; }

 private:
  Taken taken_;
};

}  // namespace miroir
