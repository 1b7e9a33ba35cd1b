// A statement: text written by a named function of ours, and the values bound to its placeholders.
// Values are never pasted into text; names are quoted by the dialect. There is no way to run a bare
// string.
#pragma once

#include <string>
#include <vector>

#include "schema/value.hpp"

namespace miroir {

struct Statement {
  std::string text;
  std::vector<Value> parameters;
};

}  // namespace miroir
