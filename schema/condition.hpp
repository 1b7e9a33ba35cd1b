// A condition on one column of a site's row, in the site's own values: which rows are mirrored, and
// when a new one is ready to be.
#pragma once

#include <cstddef>
#include <optional>
#include <variant>
#include <vector>

#include "schema/value.hpp"

namespace miroir {

struct OneOf {
  std::vector<Value> values;
};
struct NoneOf {
  std::vector<Value> values;
};
// From the first on, before the second; NULL is outside.
struct Within {
  std::optional<Value> from, before;
};

struct Condition {
  std::size_t column = 0;  // Index in SiteTable::columns.
  std::variant<OneOf, NoneOf, Within> test;

  // Values are equal bit by bit; NULL is equal to NULL.
  bool holds(const Value& value) const;
};

}  // namespace miroir
