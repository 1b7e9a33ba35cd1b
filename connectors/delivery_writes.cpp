// The writes of a batch's transaction, and the comparison of what was stored with what was given.
#include <fmt/format.h>

#include <algorithm>

#include "connectors/delivery.hpp"

namespace miroir {
namespace {

// Of "otherwise", where 1 is any row that was not stored as given.
constexpr int unchanged = 2;

}  // namespace

// A counter that was never written counts as zero: an increment must not vanish in a NULL.
std::string DeliverySql::more(EntityId entity, std::size_t column, const std::string& value,
                              const std::string& increment) const {
  const Column& counter = table(entity).columns[column];
  const std::string zero = counter.kind == ValueKind::text ? "'0'" : "0";
  return dialect_.incremented("coalesce(" + value + ", " + zero + ")", increment,
                              counter.counter_scale);
}

// The columns of the parts that name their new root, whose key is known by now.
void DeliverySql::add_parents(std::vector<Statement>& out) const {
  if (shapes_of(root_, {Verb::insert}) == no_shapes) return;
  for (const EntityId part : mapping_.entity(root_).parts) {
    const std::string shapes = shapes_of(part, {Verb::insert, Verb::absent});
    if (shapes == no_shapes) continue;
    const std::string rows = staged(part);
    for (const auto& [key, column] : table(part).parent_columns()) {
      const std::string filled = given(part, column);
      add(out, dialect_.update_from(
                   rows, {{filled, "s." + quote(fmt::format("k{}", key))}}, staged(root_),
                   fmt::format("{0}.{1} = s.{1} AND s.{2} {3} AND {0}.{2} {4} AND {0}.{5} IS NULL",
                               rows, quote("w"), quote("shape"), shapes_of(root_, {Verb::insert}),
                               shapes, filled)));
    }
  }
}

// Parts go first and the root that loses them last; otherwise the root leads, since its parts refer
// to it. What an insert needs free (a line's number) has been freed by then.
void DeliverySql::add_writes(std::vector<Statement>& out) const {
  const auto run = [&](bool parts, Verb verb) {
    for (const Shape& shape : shapes_) {
      if ((shape.entity != root_) == parts && shape.verb == verb) add_write(out, shape);
    }
  };
  run(true, Verb::remove);
  run(false, Verb::update);
  run(false, Verb::insert);
  add_parents(out);
  run(true, Verb::update);
  run(true, Verb::insert);
  run(false, Verb::remove);
}

void DeliverySql::add_write(std::vector<Statement>& out, const Shape& shape) const {
  const EntityId entity = shape.entity;
  const SiteTable& of = table(entity);
  switch (shape.verb) {
    case Verb::remove: {
      std::vector<std::string> theirs, ours;
      for (std::size_t i = 0; i < of.key.size(); ++i) {
        theirs.push_back(quote(of.columns[of.key[i].column].name));
        ours.push_back("s." + quote(fmt::format("k{}", i)));
      }
      return add(out,
                 dialect_.delete_staged(target(entity), theirs, staged(entity), ours,
                                        fmt::format("s.{} = {}", quote("shape"), shape.number)));
    }
    case Verb::absent:
      return;
    case Verb::update: {
      if (shape.columns.empty()) return;
      const auto left_out = unnoted(entity);
      if (left_out) add(out, left_out->before);
      std::vector<std::pair<std::string, std::string>> sets;
      for (const std::size_t i : shape.columns) {
        const std::string value = "s." + quote(fmt::format("n{}", i));
        sets.emplace_back(
            quote(of.columns[i].name),
            of.columns[i].counter ? more(entity, i, own(target(entity), entity, i), value) : value);
      }
      add(out, dialect_.update_from(target(entity), sets, staged(entity),
                                    fmt::format("s.{} = {} AND {}", quote("shape"), shape.number,
                                                same_key(entity, target(entity), "s"))));
      if (left_out) add(out, left_out->after);
      return;
    }
    case Verb::insert: {
      const Dialect::StagedInsert insert = staged_insert(shape);
      if (insert.generated.empty()) return add(out, dialect_.insert_staged(insert));
      for (std::string& text : dialect_.insert_generated(insert)) add(out, std::move(text));
      return;
    }
  }
}

Dialect::StagedInsert DeliverySql::staged_insert(const Shape& shape) const {
  const EntityId entity = shape.entity;
  const SiteTable& of = table(entity);
  Dialect::StagedInsert insert;
  insert.table = of.name;
  insert.staging = staged(entity);
  insert.row_column = quote("seq");
  insert.filter = fmt::format("s.{} = {}", quote("shape"), shape.number);
  for (std::size_t i = 0; i < of.columns.size(); ++i) {
    if (of.columns[i].only_read) continue;
    insert.columns.push_back(quote(of.columns[i].name));
    insert.values.push_back("s." + given(entity, i));
  }
  for (const auto& [column, value] : of.on_insert) {
    insert.columns.push_back(quote(column.name));
    insert.values.push_back(dialect_.literal(value, column.kind));
  }
  if (const auto column = of.generated_column()) {
    insert.generated = of.columns[*column].name;
    insert.generated_kind = of.columns[*column].kind;
    insert.staged_column = given(entity, *column);
    insert.key_text = staged_key(entity);
    insert.noted = ours_since(entity);
    for (std::size_t i = 0; i < of.key.size(); ++i) {
      if (of.key[i].column == *column) insert.key_place = i;
    }
  }
  return insert;
}

void DeliverySql::add_comparisons(std::vector<Statement>& out) const {
  if (std::optional<std::string> now = dialect_.constraints_now()) add(out, std::move(*now));
  for (const Shape& shape : shapes_) {
    if (shape.verb == Verb::absent)
      add_stray(out, shape);
    else if (shape.verb != Verb::remove)
      add_otherwise(out, shape);
    add_dirty(out, shape);
  }
  for (const EntityId entity : entities()) {
    refuse_missing(out, entity);
    refuse_kept(out, entity);
    refuse_unchanged(out, entity);
  }
}

// What differs from what was given takes its place in staging, to be read back. What ended as it
// stood before, though something else was given, is marked: see refuse_unchanged.
void DeliverySql::add_otherwise(std::vector<Statement>& out, const Shape& shape) const {
  const std::string rows = staged(shape.entity);
  const auto staging = [&](char prefix, std::size_t column) {
    return rows + "." + quote(fmt::format("{}{}", prefix, column));
  };
  std::vector<std::pair<std::string, std::string>> sets;
  std::string as_given = "1 = 1", as_before = "1 = 1";
  for (const std::size_t i : given_columns(shape)) {
    const bool increment = shape.verb == Verb::update && table(shape.entity).columns[i].counter;
    const std::string stored = own("s", shape.entity, i), given = staging('n', i);
    as_given += " AND " + same(shape.entity, i, stored,
                               increment ? more(shape.entity, i, staging('b', i), given) : given);
    as_before += " AND " + same(shape.entity, i, stored, staging('b', i));
    if (!increment) sets.emplace_back(quote(fmt::format("n{}", i)), stored);
  }
  const bool tells = shape.verb == Verb::update && !shape.may_stay;
  sets.emplace_back(
      quote("otherwise"),
      tells ? fmt::format("CASE WHEN {} THEN {} ELSE 1 END", as_before, unchanged) : "1");
  add(out,
      dialect_.update_from(rows, sets, target(shape.entity),
                           fmt::format("{}.{} = {} AND {} AND NOT ({})", rows, quote("shape"),
                                       shape.number, same_key(shape.entity, "s", rows), as_given)));
}

// A row that was not to be there.
void DeliverySql::add_stray(std::vector<Statement>& out, const Shape& shape) const {
  add(out, fmt::format("UPDATE {} AS s SET {} = 1 WHERE s.{} = {} AND EXISTS (SELECT 1 FROM {} AS t "
                       "WHERE {})",
                       staged(shape.entity), quote("otherwise"), quote("shape"), shape.number,
                       target(shape.entity), same_key(shape.entity, "t", "s")));
}

// A row that is gone, is there again, or was changed in columns that we did not write: its journal
// rows are no mere echo.
void DeliverySql::add_dirty(std::vector<Statement>& out, const Shape& shape) const {
  const EntityId entity = shape.entity;
  std::string there = fmt::format("EXISTS (SELECT 1 FROM {} AS t WHERE {}", target(entity),
                                  same_key(entity, "t", "s"));
  for (std::size_t i = 0; i < table(entity).columns.size(); ++i) {
    const bool besides = shape.verb == Verb::update && !is_written(shape, i) && !is_key(entity, i);
    if (besides) there += " AND " + same(entity, i, own("t", entity, i), "s." + before(i));
  }
  there += ")";
  std::string unexpected = "NOT " + there;
  if (shape.verb == Verb::remove || shape.verb == Verb::absent) {
    std::string again;
    for (std::size_t i = 0; i < table(entity).key.size(); ++i) {
      again += fmt::format(" AND x.{0} = s.{0}", quote(fmt::format("k{}", i)));
    }
    unexpected =
        fmt::format("{} AND NOT EXISTS (SELECT 1 FROM {} AS x WHERE x.{} {}{})", there,
                    staged(entity), quote("shape"), shapes_of(entity, {Verb::insert}), again);
  }
  add(out, fmt::format("UPDATE {} AS s SET {} = 1 WHERE s.{} = {} AND {}", staged(entity),
                       quote("dirty"), quote("shape"), shape.number, unexpected));
}

void DeliverySql::refuse(std::vector<Statement>& out, EntityId entity, const std::string& condition,
                         const std::string& why) const {
  for (std::string& text : dialect_.refuse_where(staged(entity), condition, why))
    add(out, std::move(text));
}

// A trigger or a rule of the site's can leave a new row out, or give it another key, without a
// word. Taken for written, the row would count as deleted there when it is read again; under
// another key it would be one more record.
void DeliverySql::refuse_missing(std::vector<Statement>& out, EntityId entity) const {
  const std::string shapes = shapes_of(entity, {Verb::insert});
  if (shapes == no_shapes) return;
  std::string key;
  for (const KeyColumn& part : table(entity).key)
    key += (key.empty() ? "'" : ", '") + table(entity).columns[part.column].name + "'";
  refuse(out, entity, fmt::format("s.{} = 1 AND s.{} {}", quote("dirty"), quote("shape"), shapes),
         fmt::format("a new {} is not there under its key ({}): a trigger or a rule there leaves "
                     "it out, or gives it another key",
                     mapping_.entity(entity).name, key));
}

// So they can keep a row that is to go: here it would stay, and the other site has none. Not asked
// where some rows are not mirrored: there, a trigger may mark what is deleted, and its parts stay.
void DeliverySql::refuse_kept(std::vector<Statement>& out, EntityId entity) const {
  const std::string shapes = shapes_of(entity, {Verb::remove});
  const EntityId root = mapping_.entity(entity).root.value_or(entity);
  if (shapes == no_shapes || table(entity).has_conditions() || table(root).has_conditions()) return;
  refuse(
      out, entity, fmt::format("s.{} = 1 AND s.{} {}", quote("dirty"), quote("shape"), shapes),
      fmt::format("a {} that was deleted is still there: a trigger or a rule there keeps the row",
                  mapping_.entity(entity).name));
}

// Or leave a row as it was. What was given is lost there, and the old value would come back as a
// change of the site's and undo that of the other one.
void DeliverySql::refuse_unchanged(std::vector<Statement>& out, EntityId entity) const {
  const bool any = std::any_of(shapes_.begin(), shapes_.end(), [&](const Shape& shape) {
    return shape.entity == entity && shape.verb == Verb::update && !shape.columns.empty() &&
           !shape.may_stay;
  });
  if (!any) return;
  refuse(
      out, entity, fmt::format("s.{} = {}", quote("otherwise"), unchanged),
      fmt::format("a {} is as it was, though it was given other values: a trigger or a rule there "
                  "leaves the row so",
                  mapping_.entity(entity).name));
}

}  // namespace miroir
