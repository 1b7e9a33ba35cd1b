#include "connectors/dialect.hpp"

namespace miroir {

std::string Dialect::quote(const TableName& table) const {
  return table.schema.empty() ? quote(table.name) : quote(table.schema) + "." + quote(table.name);
}

}  // namespace miroir
