#include "schema/condition.hpp"

#include <algorithm>

namespace miroir {
namespace {

struct Holds {
  const Value& value;
  bool is_in(const std::vector<Value>& values) const {
    return std::find(values.begin(), values.end(), value) != values.end();
  }
  bool operator()(const OneOf& test) const { return is_in(test.values); }
  bool operator()(const NoneOf& test) const { return !is_in(test.values); }
  bool operator()(const Within& test) const {
    if (is_null(value)) return false;
    return (!test.from || *test.from <= value) && (!test.before || value < *test.before);
  }
};

}  // namespace

bool Condition::holds(const Value& value) const { return std::visit(Holds{value}, test); }

}  // namespace miroir
