#include "connectors/dialect.hpp"

namespace miroir {

std::string Dialect::quote(const TableName& table) const {
  return table.schema.empty() ? quote(table.name) : quote(table.schema) + "." + quote(table.name);
}

std::string Dialect::empty_staging(const TableName& staging) const {
  return "DELETE FROM " + quote(staging);
}

std::vector<Statement> Dialect::refresh_statistics(const TableName&) const { return {}; }

}  // namespace miroir
