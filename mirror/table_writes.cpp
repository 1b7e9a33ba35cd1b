#include "mirror/table_writes.hpp"

#include <algorithm>
#include <stdexcept>

namespace miroir {
namespace {

Verb verb_of(WriteOp op) {
  switch (op) {
    case WriteOp::insert:
      return Verb::insert;
    case WriteOp::update:
      return Verb::update;
    case WriteOp::remove:
      return Verb::remove;
  }
  throw std::logic_error{"an unknown kind of write"};
}

bool contains(const std::vector<std::size_t>& columns, std::size_t column) {
  return std::find(columns.begin(), columns.end(), column) != columns.end();
}

}  // namespace

TableWrites::TableWrites(const Batch& batch, const Mapping& mapping, SiteId site,
                         const ByTables& tables)
    : mapping_{mapping}, site_{site}, tables_{tables} {
  for (std::size_t w = 0; w < batch.writes.size(); ++w) {
    for (std::size_t r = 0; r < batch.writes[w].rows.size(); ++r)
      add(static_cast<std::int64_t>(w), static_cast<std::int64_t>(r), batch.writes[w].rows[r]);
  }
}

void TableWrites::add(std::int64_t write, std::int64_t row, const RowChange& change) {
  const SiteTable& table = mapping_.table(change.entity, site_);
  TableWrite one{write, row, change.entity, verb_of(change.op), false, &change};
  const TableWrite whole = one;
  if (!table.satellites.empty() && change.op == WriteOp::update)
    one.change = &own(change, table.own_columns());
  all_.push_back(one);
  for (std::size_t n = 0; n < table.satellites.size(); ++n) add_satellite(whole, n);
}

// Of an update: inserts and removals say of which columns by themselves.
const RowChange& TableWrites::own(const RowChange& change, std::size_t columns) {
  RowChange& made = made_.emplace_back(change);
  const auto is_elsewhere = [&](std::size_t column) { return column >= columns; };
  std::erase_if(made.columns, is_elsewhere);
  std::erase_if(made.compared, is_elsewhere);
  return made;
}

void TableWrites::add_satellite(const TableWrite& owner, std::size_t n) {
  const RowChange& change = *owner.change;
  const std::size_t rows = mapping_.table(change.entity, site_).satellites[n].rows;
  TableWrite one{owner.write, owner.row, tables_.satellite(change.entity, n), owner.verb,
                 change.op == WriteOp::insert, nullptr};
  const RowChange& made = made_.emplace_back(part_of(change, one.entity));
  one.change = &made;
  const bool written = contains(change.columns, rows), known = contains(change.compared, rows);
  switch (change.op) {
    case WriteOp::insert:
      if (change.given.at(rows) == Value{std::int64_t{0}}) one.verb = Verb::absent;
      break;
    case WriteOp::remove:
      if (change.expected.at(rows) == Value{std::int64_t{0}}) return;
      break;
    case WriteOp::update:
      if (!written && !known && made.columns.empty() && made.compared.empty()) return;
      if (!written && !known)
        throw std::logic_error{"a satellite is written, and not said whether it is there"};
      if (change.expected.at(rows) == Value{std::int64_t{0}})
        one.verb = written ? Verb::insert : Verb::absent;
      break;
  }
  all_.push_back(one);
}

RowChange TableWrites::part_of(const RowChange& change, EntityId satellite) const {
  const SiteTable& table = tables_->table(satellite, site_);
  RowChange made{change.record, satellite, change.op, change.key, {}, {}, {}, {}};
  for (std::size_t i = made.key.size(); i < table.key.size(); ++i)
    made.key.push_back(std::get<Constant>(table.key[i].source).value);
  Row key = made.key;
  key.resize(table.columns.size(), Null{});
  if (!change.expected.empty()) made.expected = key;
  if (!change.given.empty()) made.given = key;
  for (std::size_t i = table.key.size(); i < table.columns.size(); ++i) {
    const std::size_t place = tables_.in_row(satellite, i);
    if (contains(change.columns, place)) made.columns.push_back(i);
    if (contains(change.compared, place)) made.compared.push_back(i);
    if (!change.expected.empty()) made.expected[i] = change.expected.at(place);
    if (!change.given.empty()) made.given[i] = change.given.at(place);
  }
  return made;
}

bool may_change_nothing(const RowChange& change, const SiteTable& table) {
  return std::none_of(change.columns.begin(), change.columns.end(), [&](std::size_t column) {
    return table.columns[column].counter && change.given.at(column) != Value{Decimal{}};
  });
}

// Of an update only what was written, without counters, of which nobody knows what they hold now.
Row row_as_given(const RowChange& change, const SiteTable& table) {
  if (change.op == WriteOp::insert) return change.given;
  Row row(table.columns.size(), Null{});
  for (const std::size_t column : change.columns) {
    if (!table.columns[column].counter) row[column] = change.given.at(column);
  }
  return row;
}

}  // namespace miroir
