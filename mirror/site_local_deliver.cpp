// Delivery and settling: the batch is uploaded, one transaction does the rest, and what is worth
// knowing is read back.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <sstream>
#include <stdexcept>
#include <tuple>

#include "connectors/delivery.hpp"
#include "mirror/outcome_text.hpp"
#include "mirror/site_local.hpp"
#include "mirror/table_writes.hpp"
#include "schema/row_codec.hpp"

namespace miroir {

struct LocalSite::StagedChange {
  std::int64_t seq = 0;
  TableWrite write;
};

namespace {

std::int64_t signed_of(std::size_t number) { return static_cast<std::int64_t>(number); }
std::size_t index_from(const Value& value) {
  return static_cast<std::size_t>(std::get<std::int64_t>(value));
}

// An increment in the form that the counter's column takes.
Value increment_as(const Value& increment, ValueKind kind) {
  const auto* decimal = std::get_if<Decimal>(&increment);
  if (decimal == nullptr) return increment;
  if (kind == ValueKind::text) return normalize(*decimal).to_string();
  if (kind != ValueKind::integer) return increment;
  const std::optional<Decimal> whole = rescale(*decimal, 0);
  if (!whole) {
    throw DbError{"a counter's column holds whole numbers, the increment is a fraction", "22003",
                  Recovery::refused};
  }
  return static_cast<std::int64_t>(whole->coefficient());
}

// Parts are given only to a root that is there; what a root that is gone has left behind may be
// taken away.
bool needs_root(const AggregateWrite& write, EntityId root) {
  const auto is_root = [&](const RowChange& change) { return change.entity == root; };
  const auto stays = [](const RowChange& change) { return change.op != WriteOp::remove; };
  return std::none_of(write.rows.begin(), write.rows.end(), is_root) &&
         std::any_of(write.rows.begin(), write.rows.end(), stays);
}

DbError with_recovery(const DbError& error, Recovery recovery, std::string hint) {
  return {error.what(), std::string{error.sqlstate()}, recovery, std::move(hint)};
}

DbError written(const DbError& error) {
  return with_recovery(error, Recovery::in_doubt,
                       "the batch was written; its outcome stands in its marker");
}

DbError undone(const DbError& error) {
  if (!was_cancelled(error)) return error;
  return with_recovery(error, Recovery::retry, std::string{error.hint()});
}

std::vector<std::size_t> in_order(std::vector<std::size_t> columns) {
  std::sort(columns.begin(), columns.end());
  return columns;
}

// A batch's changes by the columns that they write and compare; numbers begin at 1.
template <class Change>
std::vector<Shape> shapes_of(const Batch& batch, const TableWrites& writes, const ByTables& tables,
                             SiteId site, std::vector<std::vector<Change>>& changes) {
  using Columns = std::vector<std::size_t>;
  std::map<std::tuple<EntityId, Verb, bool, bool, Columns, Columns>, std::size_t> known;
  std::vector<Shape> shapes;
  std::int64_t seq = 0;
  for (const TableWrite& write : writes.all()) {
    Columns columns, compared;
    bool may_stay = false;
    if (write.verb == Verb::update) {
      columns = in_order(write.change->columns);
      compared = in_order(write.change->compared);
      may_stay = may_change_nothing(*write.change, tables->table(write.entity, site));
    }
    const auto [at, is_new] = known.try_emplace(
        {write.entity, write.verb, write.fresh, may_stay, columns, compared}, shapes.size());
    if (is_new) {
      shapes.push_back({shapes.size() + 1, write.entity, write.verb, std::move(columns), false,
                        std::move(compared), write.fresh, may_stay});
      changes.emplace_back();
    }
    changes[at->second].push_back({++seq, write});
  }
  if (shapes.size() == 1) {
    shapes.front().counted =
        std::all_of(batch.writes.begin(), batch.writes.end(),
                    [](const AggregateWrite& write) { return write.rows.size() == 1; });
  }
  return shapes;
}

}  // namespace

// "... for column `shop`.`miroir_rows_0`.`n1`": a staging table's names say nothing to a person.
DbError LocalSite::with_fields(const DbError& error, const Mapping& tables) const {
  std::string message = error.what();
  const std::size_t at = message.find("`miroir_rows_");
  if (at == std::string::npos) return error;
  std::istringstream rest{message.substr(at + std::string_view{"`miroir_rows_"}.size())};
  std::size_t of = 0, column = 0;
  std::string between;
  rest >> of;
  std::getline(rest, between, '.');
  rest.ignore(2);  // The quote, and which of a column's values it is.
  rest >> column;
  if (!rest || rest.get() != '`' || of >= tables.entities.size()) return error;
  const Entity& entity = tables.entities[of];
  const auto field = std::ranges::find_if(
      entity.fields, [&](const Field& f) { return f.at[index(site_)].holds(column); });
  if (field == entity.fields.end()) return error;
  const std::size_t end = message.size() - static_cast<std::size_t>(rest.rdbuf()->in_avail());
  const std::size_t begin = message.rfind(' ', at) + 1;
  message.replace(begin, end - begin, entity.name + "." + field->name);
  return {message, std::string{error.sqlstate()}, error.recovery(), std::string{error.hint()}};
}

Delivered LocalSite::deliver(const Batch& batch) {
  return guarded([&] {
    const ByTables tables{mapping_, site_};
    const TableWrites writes{batch, mapping_, site_, tables};
    ChangesByShape changes;
    std::vector<Shape> shapes = shapes_of(batch, writes, tables, site_, changes);
    const DeliverySql sql{dialect(), *tables, site_, batch.entity, std::move(shapes)};
    stage_once(sql.rows_table(batch.entity), sql.create_staging());
    session().run_transaction(sql.empty_staging());
    try {
      upload_batch(batch, tables, sql, changes);
    } catch (const DbError& error) {
      throw with_fields(error, *tables);
    }
    try {
      session().run_transaction(sql.transaction());
    } catch (const DbError& error) {
      if (!is_void(batch.id, error)) {
        throw_if_taken(batch, tables, writes, error);
        throw undone(error);
      }
      Delivered voided;
      voided.voided = true;
      return voided;
    }
    has_taken({batch.store, batch.cycle});
    try {
      return read_back(batch, tables, sql);
    } catch (const DbError& error) {
      throw written(error);
    }
  });
}

void LocalSite::upload_batch(const Batch& batch, const ByTables& tables, const DeliverySql& sql,
                             const ChangesByShape& changes) {
  std::vector<EntityId> entities{batch.entity};
  const std::vector<EntityId>& parts = tables->entity(batch.entity).parts;
  entities.insert(entities.end(), parts.begin(), parts.end());
  const Value forget = batch.forget_to ? Value{batch.forget_to->raw()} : Value{Null{}};
  std::size_t next = 0;
  session().upload(sql.batch_table(), sql.batch_columns(), [&](Row& row) {
    if (next == entities.size()) return false;
    const EntityId id = entities[next++];
    row = {batch.id.raw(), batch.cycle.raw(),   batch.store,
           forget,         signed_of(id.raw()), tables->entity(id).name};
    return true;
  });
  upload_roots(batch, sql);
  for (const Shape& shape : sql.shapes())
    upload_changes(tables, sql, shape, changes[shape.number - 1]);
}

void LocalSite::upload_roots(const Batch& batch, const DeliverySql& sql) {
  const auto is_wanted = [&](const AggregateWrite& write) {
    return needs_root(write, batch.entity);
  };
  if (std::none_of(batch.writes.begin(), batch.writes.end(), is_wanted)) return;
  std::size_t next = 0;
  session().upload(sql.roots_table(), sql.roots_columns(), [&](Row& row) {
    while (next < batch.writes.size() && !is_wanted(batch.writes[next])) ++next;
    if (next == batch.writes.size()) return false;
    const Key& root = batch.writes[next].root_key;
    if (root.size() != table(batch.entity).key.size()) {
      throw std::logic_error{"parts are written without their root's key"};
    }
    row = {signed_of(next), signed_of(next)};
    row.insert(row.end(), root.begin(), root.end());
    ++next;
    return true;
  });
}

void LocalSite::upload_changes(const ByTables& tables, const DeliverySql& sql, const Shape& shape,
                               const std::vector<StagedChange>& changes) {
  const std::vector<std::size_t> expected = sql.expected_columns(shape),
                                 given = sql.given_columns(shape);
  const std::vector<Column>& columns = tables->table(shape.entity, site_).columns;
  std::size_t next = 0;
  session().upload(sql.rows_table(shape.entity), sql.rows_columns(shape), [&](Row& row) {
    if (next == changes.size()) return false;
    const StagedChange& staged = changes[next++];
    const RowChange& change = *staged.write.change;
    row = {staged.seq};
    if (!shape.counted)
      row.insert(row.end(), {staged.write.write, staged.write.row, signed_of(shape.number)});
    row.insert(row.end(), change.key.begin(), change.key.end());
    for (const std::size_t i : expected) row.push_back(change.expected.at(i));
    for (const std::size_t i : given) {
      const bool increment = shape.verb == Verb::update && columns[i].counter;
      row.push_back(increment ? increment_as(change.given.at(i), columns[i].kind)
                              : change.given.at(i));
    }
    return true;
  });
}

// Whether a batch whose transaction has failed can never happen. A marker that is there and not
// void is its own: it was sent before, or the server calls cancelled what it had committed. To take
// it for undone would be to write it twice.
bool LocalSite::is_void(BatchId id, const DbError& error) {
  const bool lost =
      error.recovery() == Recovery::reconnect || error.recovery() == Recovery::in_doubt;
  if (lost && !was_cancelled(error)) throw DbError{error};  // Else the marker can be asked for.
  const std::array kinds{ValueKind::integer, ValueKind::text};
  std::vector<Row> found;
  try {
    found = all_rows(session(), read_marker(dialect(), id.raw()), kinds);
  } catch (const DbError& asking) {
    throw with_recovery(asking, Recovery::in_doubt,
                        "whether the batch was written stands in its marker");
  }
  if (found.empty()) return false;
  if (index_from(found[0][0]) == 0) throw written(error);
  return true;
}

Delivered LocalSite::read_back(const Batch& batch, const ByTables& tables, const DeliverySql& sql) {
  Delivered delivered;
  delivered.results.assign(batch.writes.size(), WriteResult::written);
  std::set<std::size_t> stored_otherwise;
  bool is_unique = true;
  const std::array kinds{ValueKind::integer, ValueKind::integer, ValueKind::integer};
  session().query(sql.read_summary(), kinds, [&](Row&& row) {
    if (index_from(row[0]) == 1) {
      stored_otherwise.insert(index_from(row[1]));
      return;
    }
    const auto why = static_cast<Lost>(std::get<std::int64_t>(row[2]));
    is_unique = is_unique && why != Lost::key_not_unique;
    delivered.results.at(index_from(row[1])) = why == Lost::taken  ? WriteResult::taken
                                               : why == Lost::busy ? WriteResult::busy
                                                                   : WriteResult::moved;
  });
  if (!is_unique) {
    throw std::logic_error{"a key of " + entity(batch.entity).name + " is not unique at the site"};
  }
  for (const Shape& shape : sql.shapes()) {
    const SiteTable& of = tables->table(shape.entity, site_);
    if (shape.verb == Verb::insert && of.generated_column()) read_keys(sql, shape, delivered);
    if (stored_otherwise.contains(shape.number))
      read_otherwise(batch, tables, sql, shape, delivered);
  }
  return delivered;
}

void LocalSite::read_keys(const DeliverySql& sql, const Shape& shape, Delivered& delivered) {
  std::vector<ValueKind> kinds{ValueKind::integer, ValueKind::integer};
  const std::vector<ValueKind> key = table(shape.entity).key_kinds();
  kinds.insert(kinds.end(), key.begin(), key.end());
  session().query(sql.read_keys(shape), kinds, [&](Row&& row) {
    delivered.keys.push_back(
        {index_from(row[0]), index_from(row[1]), Key{row.begin() + 2, row.end()}});
  });
}

// The row as a whole, whichever of its tables has it otherwise.
Row& LocalSite::stored_row(const Batch& batch, std::size_t write, std::size_t row,
                           Delivered& delivered) const {
  for (StoredOtherwise& one : delivered.otherwise) {
    if (one.write == write && one.row == row) return one.stored;
  }
  const RowChange& change = batch.writes.at(write).rows.at(row);
  StoredOtherwise& made = delivered.otherwise.emplace_back(
      StoredOtherwise{write, row, row_as_given(change, table(change.entity))});
  for (const LearntKey& learnt : delivered.keys) {
    const auto& key = table(change.entity).key;
    for (std::size_t i = 0; learnt.write == write && learnt.row == row && i < key.size(); ++i)
      made.stored[key[i].column] = learnt.key[i];
  }
  return made.stored;
}

void LocalSite::read_otherwise(const Batch& batch, const ByTables& tables, const DeliverySql& sql,
                               const Shape& shape, Delivered& delivered) {
  const SiteTable& of = tables->table(shape.entity, site_);
  const bool satellite = tables.owner(shape.entity).has_value();
  std::vector<std::size_t> columns;
  if (shape.verb == Verb::insert) {
    for (const KeyColumn& part : of.key) columns.push_back(part.column);
  }
  const std::size_t keys = columns.size();
  for (const std::size_t column : sql.otherwise_columns(shape)) columns.push_back(column);
  std::vector<ValueKind> kinds{ValueKind::integer, ValueKind::integer};
  for (const std::size_t column : columns) kinds.push_back(of.columns[column].kind);
  session().query(sql.read_otherwise(shape), kinds, [&](Row&& row) {
    Row& stored = stored_row(batch, index_from(row[0]), index_from(row[1]), delivered);
    for (std::size_t i = satellite ? keys : 0; i < columns.size(); ++i)
      stored[tables.in_row(shape.entity, columns[i])] = std::move(row[i + 2]);
  });
}

Settled LocalSite::read_outcome(BatchId id, const Value& said) const {
  try {
    const auto* text = std::get_if<std::string>(&said);
    return outcome_from_text(text == nullptr ? "" : *text, mapping_, site_);
  } catch (const CodecError& error) {
    throw DbError{
        fmt::format("the marker of batch {} cannot be read: {}", id.raw(), error.what()), "22023",
        Recovery::misconfigured, "who else writes to miroir's own tables there?"};
  }
}

// The void marker either goes in, and then the batch can never happen; or a marker is there
// already, and tells. That the wait for one still under way runs out, or the line breaks, leaves it
// in doubt.
Settled LocalSite::settle(BatchId id, CycleNumber now) {
  try {
    return guarded([&]() -> Settled {
      try {
        if (session().run(void_marker(dialect(), id.raw(), now.raw())) == 1)
          return {Settled::Kind::never, {}, {}};
        throw DbError{"no store has claimed the site", "55000", Recovery::misconfigured,
                      "run seed"};
      } catch (const DbError& error) {
        if (error.recovery() != Recovery::refused) throw;
      }
      const std::array kinds{ValueKind::integer, ValueKind::text};
      const std::vector<Row> found = all_rows(session(), read_marker(dialect(), id.raw()), kinds);
      if (found.empty()) return {};
      if (index_from(found[0][0]) == 1) return {Settled::Kind::never, {}, {}};
      return read_outcome(id, found[0][1]);
    });
  } catch (const DbError& error) {
    if (error.recovery() == Recovery::refused || error.recovery() == Recovery::misconfigured) throw;
    return {};
  }
}

}  // namespace miroir
