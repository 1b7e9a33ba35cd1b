// What must hold before a batch's writes: rows locked, and the site as the shadow says. All guards
// are judged before anything is written; a write that fails one leaves the staging tables with all
// its rows.
#include <fmt/format.h>

#include <algorithm>

#include "connectors/delivery.hpp"
#include "connectors/journal.hpp"

namespace miroir {
namespace {

std::string taken() { return std::to_string(static_cast<int>(Lost::taken)); }
std::string moved() { return std::to_string(static_cast<int>(Lost::moved)); }
std::string busy() { return std::to_string(static_cast<int>(Lost::busy)); }

}  // namespace

void DeliverySql::lose(std::vector<Statement>& out, const std::string& why,
                       const std::string& rest) const {
  add(out, fmt::format("INSERT INTO {} ({}, {}) SELECT s.{}, {} FROM {}",
                       dialect_.quote(dialect_.staging_table("miroir_lost")), quote("w"),
                       quote("why"), quote("w"), why, rest));
}

// The row as it stands before the writes: what guards look at, and what tells afterwards what the
// site's triggers did besides.
std::vector<std::pair<std::string, std::string>> DeliverySql::before_columns(
    EntityId entity) const {
  std::vector<std::pair<std::string, std::string>> copies;
  for (std::size_t i = 0; i < table(entity).columns.size(); ++i) {
    if (!is_key(entity, i)) copies.emplace_back(before(i), quote(table(entity).columns[i].name));
  }
  return copies;
}

// Roots before parts, always in the order of the batch. What another transaction holds is left out.
void DeliverySql::add_locks(std::vector<Statement>& out) const {
  const auto lock = [&](EntityId entity, const std::string& staging, const std::string& filter,
                        std::vector<std::pair<std::string, std::string>> copies) {
    for (std::string& text :
         dialect_.lock_rows({target(entity), staging, same_key(entity, target(entity), "s"), filter,
                             quote("seq"), quote("locked"), std::move(copies)})) {
      add(out, std::move(text));
    }
  };
  if (changes_parts()) lock(root_, dialect_.quote(roots_table()), "s." + quote("w") + " >= 0", {});
  for (const EntityId entity : entities()) {
    const std::string shapes = shapes_of(entity, {Verb::update, Verb::remove});
    if (shapes == no_shapes) continue;
    lock(entity, staged(entity), "s." + quote("shape") + " " + shapes, before_columns(entity));
  }
}

void DeliverySql::add_guards(std::vector<Statement>& out) const {
  if (changes_parts()) add_root_guard(out);
  for (const Shape& shape : shapes_) {
    switch (shape.verb) {
      case Verb::insert:
        add_insert_guard(out, shape);
        add_reuse_guard(out, shape);
        add_referral_guard(out, shape);
        break;
      case Verb::absent:
        add_insert_guard(out, shape);
        add_reuse_guard(out, shape);
        break;
      case Verb::update:
        add_row_guard(out, shape);
        add_reuse_guard(out, shape);
        add_referral_guard(out, shape);
        break;
      case Verb::remove:
        add_row_guard(out, shape);
        add_reuse_guard(out, shape);
        add_referral_guard(out, shape);
        add_removal_guards(out, shape);
        break;
    }
  }
  for (const EntityId entity : entities()) add_uniqueness_guard(out, entity);
  for (const EntityId entity : entities()) {
    add(out,
        fmt::format("DELETE FROM {} WHERE {} IN (SELECT {} FROM {})", staged(entity), quote("w"),
                    quote("w"), dialect_.quote(dialect_.staging_table("miroir_lost"))));
  }
}

// A part goes nowhere without its root.
void DeliverySql::add_root_guard(std::vector<Statement>& out) const {
  const std::string first = own(target(root_), root_, table(root_).key.front().column);
  lose(out, fmt::format("CASE WHEN {} IS NULL THEN {} ELSE {} END", first, moved(), busy()),
       fmt::format("{} AS s LEFT JOIN {} ON {} WHERE s.{} IS NULL", dialect_.quote(roots_table()),
                   target(root_), same_key(root_, target(root_), "s"), quote("locked")));
}

// The row is there, locked by us, and holds exactly what was expected in every column that is
// guarded.
void DeliverySql::add_row_guard(std::vector<Statement>& out, const Shape& shape) const {
  std::string unchanged = "1 = 1";
  for (const std::size_t column : expected_columns(shape)) {
    unchanged += " AND " + same(shape.entity, column, "s." + before(column),
                                "s." + quote(fmt::format("o{}", column)));
  }
  const std::string here = target(shape.entity);
  lose(
      out,
      fmt::format("CASE WHEN {} IS NULL THEN {} ELSE {} END",
                  own(here, shape.entity, table(shape.entity).key.front().column), moved(), busy()),
      // Joined only where it is not locked, to tell a row that another holds from none.
      fmt::format("{0} AS s LEFT JOIN {1} ON s.{2} IS NULL AND {3} WHERE s.{4} = {5} AND (s.{2} IS "
                  "NULL OR NOT ({6}))",
                  staged(shape.entity), here, quote("locked"), same_key(shape.entity, here, "s"),
                  quote("shape"), shape.number, unchanged));
}

// Nobody else has got the key meanwhile. Values alone cannot tell: whoever has it now may hold the
// same where we write. But the journal knows that a row was deleted, inserted or given another key,
// and it has nothing left of what was extracted before. So it is with a key that is free: whose row
// left it unread would be taken for ours that went there. Where a part's key does not tell its
// root, the database hands out the keys, and not twice.
void DeliverySql::add_reuse_guard(std::vector<Statement>& out, const Shape& shape) const {
  const std::optional<std::string> root = staged_root(shape.entity);
  if (!root) return;
  lose(out, moved(),
       fmt::format("{} AS s WHERE s.{} = {} AND EXISTS (SELECT 1 FROM {} AS j WHERE j.{} = {} AND "
                   "j.{} = {} AND j.{} = {} AND {})",
                   staged(shape.entity), quote("shape"), shape.number,
                   dialect_.quote(dialect_.own_tables().journal), quote("entity"),
                   journal_name(root_), quote("root"), *root, quote("part"),
                   journal_name(shape.entity), changes_hands(staged_key(shape.entity))));
}

// Nor has anybody got the key of whom the row is to refer to, or referred to before it is to refer
// to another or to be removed: the reference would be to him, or was by now, though it says what
// was expected. Not asked where that is a part of something.
void DeliverySql::add_referral_guard(std::vector<Statement>& out, const Shape& shape) const {
  const std::vector<std::size_t> written = given_columns(shape), expected = expected_columns(shape);
  const auto is_one_of = [](std::size_t column, const std::vector<std::size_t>& columns) {
    return std::find(columns.begin(), columns.end(), column) != columns.end();
  };
  for (const Field& field : mapping_.entity(shape.entity).fields) {
    if (!field.refers_to || mapping_.entity(*field.refers_to).is_part()) continue;
    const std::size_t column = field.at[index(site_)].column();
    const bool is_written = is_one_of(column, written);
    if (is_written) add_referral_guard(out, shape, *field.refers_to, numbered('n', column));
    if ((is_written || shape.verb == Verb::remove) && is_one_of(column, expected))
      add_referral_guard(out, shape, *field.refers_to, numbered('o', column));
  }
}

void DeliverySql::add_referral_guard(std::vector<Statement>& out, const Shape& shape,
                                     EntityId target, const std::string& reference) const {
  const std::string key = referred_key(target, reference);
  const std::string name = dialect_.literal(mapping_.entity(target).name, ValueKind::text);
  lose(out, moved(),
       fmt::format("{} AS s WHERE s.{} = {} AND EXISTS (SELECT 1 FROM {} AS j WHERE j.{} = {} "
                   "AND j.{} = {} AND j.{} = {} AND {})",
                   staged(shape.entity), quote("shape"), shape.number,
                   dialect_.quote(dialect_.own_tables().journal), quote("entity"), name,
                   quote("root"), key, quote("part"), name, changes_hands(key)));
}

std::string DeliverySql::referred_key(EntityId target, const std::string& reference) const {
  std::vector<std::string> parts;
  for (const KeyColumn& part : table(target).key) {
    const auto* constant = std::get_if<Constant>(&part.source);
    parts.push_back(
        constant == nullptr
            ? "s." + quote(reference)
            : dialect_.literal(constant->value, table(target).columns[part.column].kind));
  }
  return dialect_.json_key(parts);
}

std::string DeliverySql::changes_hands(const std::string& key) const {
  const auto noted = [&](std::string_view column) { return "j." + quote(column); };
  return fmt::format("{0} IS NULL AND ({1} <> 'U' OR {2} <> {3}) AND {4} IN ({2}, {3})",
                     noted("origin"), noted("op"), noted("old_key"), noted("new_key"), key);
}

// Whether the row (an alias of the entity's table) is taken away by the write that the staging row
// s belongs to; or given another number by it.
std::string DeliverySql::leaves(EntityId entity, const std::string& row, bool renumbered) const {
  const std::optional<std::size_t> number = table(entity).numbered_column();
  std::string leaving = "0";
  for (const Shape& shape : shapes_) {
    const bool freed =
        renumbered && shape.verb == Verb::update && number && is_written(shape, *number);
    if (shape.entity == entity && (shape.verb == Verb::remove || freed)) {
      leaving += fmt::format(", {}", shape.number);
    }
  }
  return fmt::format("EXISTS (SELECT 1 FROM {} AS x WHERE x.{} = s.{} AND x.{} IN ({}) AND {})",
                     staged(entity), quote("w"), quote("w"), quote("shape"), leaving,
                     same_key(entity, row, "x"));
}

// The key is free, unless the database hands it out; and so is the number within the root.
void DeliverySql::add_insert_guard(std::vector<Statement>& out, const Shape& shape) const {
  if (shape.fresh) return;
  const EntityId entity = shape.entity;
  const SiteTable& of = table(entity);
  const auto if_there = [&](const std::string& condition, bool renumbered) {
    lose(out, entity == root_ ? taken() : moved(),
         fmt::format(
             "{} AS s WHERE s.{} = {} AND EXISTS (SELECT 1 FROM {} AS t WHERE {} AND NOT {})",
             staged(entity), quote("shape"), shape.number, target(entity), condition,
             leaves(entity, "t", renumbered)));
  };
  if (!of.generated_column()) if_there(equal_key(entity, "t", "s"), false);
  const std::optional<std::size_t> number = of.numbered_column();
  if (!number || is_key(entity, *number)) return;
  std::string sibling = own("t", entity, *number) + " = s." + given(entity, *number);
  for (const std::size_t column : root_columns(mapping_, entity, site_)) {
    sibling += " AND " + own("t", entity, column) + " = s." + given(entity, column);
  }
  if_there(sibling, true);
}

// Nothing refers to the row any more, and it has no parts but those that this write takes away.
void DeliverySql::add_removal_guards(std::vector<Statement>& out, const Shape& shape) const {
  const auto unless = [&](EntityId child, const std::string& condition) {
    lose(out, moved(),
         fmt::format("{} AS s WHERE s.{} = {} AND EXISTS (SELECT 1 FROM {} AS t WHERE {})",
                     staged(shape.entity), quote("shape"), shape.number, target(child), condition));
  };
  // By its owner's key, and what tells it from others of the same key.
  const auto unless_satellite = [&](EntityId satellite) {
    std::string condition;
    const auto& key = table(satellite).key;
    for (std::size_t i = 0; i < key.size(); ++i) {
      const auto* constant = std::get_if<Constant>(&key[i].source);
      const bool owners = i < table(shape.entity).key.size();
      condition += own("t", satellite, key[i].column) + " = " +
                   (owners ? "s." + quote(numbered('k', i))
                           : dialect_.literal(constant->value,
                                              table(satellite).columns[key[i].column].kind)) +
                   " AND ";
    }
    unless(satellite, condition + "NOT " + leaves(satellite, "t", false));
  };
  for (const auto& [child, field] : mapping_.referenced_by(shape.entity)) {
    const std::size_t column = mapping_.entity(child).fields[field].at[index(site_)].column();
    const std::size_t key = mapping_.reference_key(shape.entity, site_);
    std::string refers = own("t", child, column) + " = s." + quote(fmt::format("k{}", key));
    const bool within = mapping_.entity(child).root.value_or(child) == shape.entity;
    if (within) refers += " AND NOT " + leaves(child, "t", false);  // It may refer to itself.
    unless(child, refers);
  }
  for (const Entity& satellite : mapping_.entities) {
    if (satellite.satellite_of == shape.entity) unless_satellite(satellite.id);
  }
  for (const EntityId part : mapping_.entity(shape.entity).parts) {
    if (mapping_.entity(part).satellite_of) continue;
    const std::vector<std::size_t> columns = root_columns(mapping_, part, site_);
    std::string condition;
    for (std::size_t i = 0; i < columns.size(); ++i) {
      condition += own("t", part, columns[i]) + " = s." + quote(fmt::format("k{}", i)) + " AND ";
    }
    unless(part, condition + "NOT " + leaves(part, "t", false));
  }
}

// A key that is not unique would change more rows than were meant: nothing of such a write happens,
// and it is an error; of a satellite, which nothing need make unique, it has come to that
// meanwhile.
void DeliverySql::add_uniqueness_guard(std::vector<Statement>& out, EntityId entity) const {
  const std::string shapes = shapes_of(entity, {Verb::update, Verb::remove});
  if (shapes == no_shapes) return;
  const bool satellite = mapping_.entity(entity).satellite_of.has_value();
  lose(out, satellite ? moved() : std::to_string(static_cast<int>(Lost::key_not_unique)),
       fmt::format("{} AS s JOIN {} ON {} WHERE s.{} {} GROUP BY s.{}, s.{} HAVING count(*) > 1",
                   staged(entity), target(entity), equal_key(entity, target(entity), "s"),
                   quote("shape"), shapes, quote("w"), quote("seq")));
}

}  // namespace miroir
