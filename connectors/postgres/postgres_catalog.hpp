// What PostgreSQL's catalogue says of a table: columns with their kinds, and the keys that are
// unique. The statements are read with the kinds given here; the rest is pure.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "connectors/statement.hpp"
#include "schema/mapping_file.hpp"

namespace miroir::postgres {

// Rows of (name, declared type, base type, is enum, nullable, length, computed, has default, may be
// filled by a trigger, is a numeric without digits after the point, compares exactly), in column
// order.
Statement list_columns(const TableName& table);
inline constexpr std::array column_kinds{ValueKind::text,    ValueKind::text,    ValueKind::text,
                                         ValueKind::boolean, ValueKind::boolean, ValueKind::integer,
                                         ValueKind::boolean, ValueKind::boolean, ValueKind::boolean,
                                         ValueKind::boolean, ValueKind::boolean};
// Rows of (index, column name), the primary key first. Partial indexes and those over expressions
// prove nothing, and no index does where another table inherits from this one: its rows are read
// with it.
Statement list_unique_keys(const TableName& table);
inline constexpr std::array unique_key_kinds{ValueKind::integer, ValueKind::text};

CatalogTable catalog_table(const std::vector<Row>& columns, const std::vector<Row>& unique_keys);

}  // namespace miroir::postgres
