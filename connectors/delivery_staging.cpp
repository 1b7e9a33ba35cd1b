// The staging tables of a batch: what they are, what is uploaded into them, and how they are
// emptied.
#include <fmt/format.h>

#include <algorithm>

#include "connectors/delivery.hpp"

namespace miroir {

std::string DeliverySql::numbered(char prefix, std::size_t number) {
  return fmt::format("{}{}", prefix, number);
}

TableName DeliverySql::batch_table() const { return dialect_.staging_table("miroir_batch"); }
TableName DeliverySql::roots_table() const {
  return dialect_.staging_table(fmt::format("miroir_roots_{}", root_.raw()));
}
TableName DeliverySql::rows_table(EntityId entity) const {
  return dialect_.staging_table(fmt::format("miroir_rows_{}", entity.raw()));
}

std::vector<std::string> DeliverySql::batch_columns() const {
  return {"batch", "cycle", "store", "forget", "entity", "part"};
}

std::vector<std::string> DeliverySql::roots_columns() const {
  std::vector<std::string> columns{"seq", "w"};
  for (std::size_t i = 0; i < table(root_).key.size(); ++i) columns.push_back(numbered('k', i));
  return columns;
}

std::vector<Statement> DeliverySql::create_staging() const {
  using Columns = std::vector<Dialect::StagedColumn>;
  const auto number = [](std::string name) {
    return Dialect::StagedColumn{std::move(name), "0", ValueKind::integer};
  };
  const TableName marker = dialect_.own_tables().marker;
  std::vector<Statement> out;
  const auto create = [&](const TableName& staging, const TableName& of, const Columns& columns) {
    for (Statement& one : dialect_.create_staging(staging, of, columns))
      out.push_back(std::move(one));
  };
  create(batch_table(), marker,
         {{"batch", quote("batch"), ValueKind::integer},
          {"cycle", quote("cycle"), ValueKind::integer},
          {"store", quote("store"), ValueKind::text},
          {"forget", quote("batch"), ValueKind::integer},
          number("entity"),
          {"part", "''", ValueKind::text},
          number("since")});
  create(dialect_.staging_table("miroir_lost"), marker, {number("w"), number("why")});
  const auto keys = [&](Columns& columns, EntityId entity) {
    const SiteTable& of = table(entity);
    for (std::size_t i = 0; i < of.key.size(); ++i) {
      const Column& column = of.columns[of.key[i].column];
      columns.push_back({numbered('k', i), quote(column.name), column.kind});
    }
  };
  Columns roots{number("seq"), number("w"), number("locked")};
  keys(roots, root_);
  create(roots_table(), table(root_).name, roots);
  for (const EntityId entity : entities()) {
    Columns rows{number("seq"),    number("w"),     number("r"),        number("shape"),
                 number("locked"), number("dirty"), number("otherwise")};
    keys(rows, entity);
    const std::vector<Column>& columns = table(entity).columns;
    for (const char prefix :
         {'o', 'n', 'b'}) {  // Expected, given (later: stored), and as it stood before.
      for (std::size_t i = 0; i < columns.size(); ++i) {
        rows.push_back({numbered(prefix, i), quote(columns[i].name), columns[i].kind});
      }
    }
    create(rows_table(entity), table(entity).name, rows);
  }
  return out;
}

// To truncate a table costs as much as to write a few hundred rows: only where there may be many.
std::vector<Statement> DeliverySql::empty_staging() const {
  std::vector<Statement> out;
  for (const TableName& small :
       {batch_table(), dialect_.staging_table("miroir_lost"), roots_table()}) {
    add(out, "DELETE FROM " + dialect_.quote(small));
  }
  for (const EntityId entity : entities()) {
    const bool filled = std::any_of(shapes_.begin(), shapes_.end(),
                                    [&](const Shape& shape) { return shape.entity == entity; });
    add(out, filled ? dialect_.empty_staging(rows_table(entity))
                    : "DELETE FROM " + dialect_.quote(rows_table(entity)));
  }
  return out;
}

std::vector<std::size_t> DeliverySql::expected_columns(const Shape& shape) const {
  std::vector<std::size_t> columns;
  for (std::size_t i = 0; i < table(shape.entity).columns.size(); ++i) {
    const bool compared =
        std::find(shape.compared.begin(), shape.compared.end(), i) != shape.compared.end();
    const bool whole = shape.verb == Verb::remove && !is_key(shape.entity, i);
    if (compared || whole) columns.push_back(i);
  }
  return columns;
}

std::vector<std::size_t> DeliverySql::given_columns(const Shape& shape) const {
  std::vector<std::size_t> columns;
  for (std::size_t i = 0; i < table(shape.entity).columns.size(); ++i) {
    const bool whole = shape.verb == Verb::insert && !is_key(shape.entity, i);
    if (is_written(shape, i) || whole) columns.push_back(i);
  }
  return columns;
}

std::vector<std::size_t> DeliverySql::otherwise_columns(const Shape& shape) const {
  std::vector<std::size_t> columns = given_columns(shape);
  if (shape.verb == Verb::update) {
    std::erase_if(columns, [&](std::size_t c) { return table(shape.entity).columns[c].counter; });
  }
  return columns;
}

std::vector<std::string> DeliverySql::rows_columns(const Shape& shape) const {
  std::vector<std::string> columns = shape.counted ? counted_row_columns : staged_row_columns;
  for (std::size_t i = 0; i < table(shape.entity).key.size(); ++i)
    columns.push_back(numbered('k', i));
  for (const std::size_t i : expected_columns(shape)) columns.push_back(numbered('o', i));
  for (const std::size_t i : given_columns(shape)) columns.push_back(numbered('n', i));
  return columns;
}

}  // namespace miroir
