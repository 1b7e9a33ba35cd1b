#include <stdexcept>

#include "tests/turmoil/line.hpp"

namespace miroir::turmoil {

std::unique_ptr<Line> relayed_line() { throw std::runtime_error{"no relay yet"}; }

}  // namespace miroir::turmoil
