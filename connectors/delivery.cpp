// The marker and the order of a batch's transaction; see also delivery_staging, delivery_guards and
// delivery_writes.
#include "connectors/delivery.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "connectors/journal.hpp"

namespace miroir {
DeliverySql::DeliverySql(const Dialect& dialect, const Mapping& mapping, SiteId site, EntityId root,
                         std::vector<Shape> shapes)
    : dialect_{dialect}, mapping_{mapping}, site_{site}, root_{root}, shapes_{std::move(shapes)} {}

std::vector<EntityId> DeliverySql::entities() const {
  std::vector<EntityId> all{root_};
  const std::vector<EntityId>& parts = mapping_.entity(root_).parts;
  all.insert(all.end(), parts.begin(), parts.end());
  return all;
}

// Otherwise no write needs the lock of a root that it does not change.
bool DeliverySql::changes_parts() const {
  return std::any_of(shapes_.begin(), shapes_.end(),
                     [&](const Shape& shape) { return shape.entity != root_; });
}

bool DeliverySql::is_key(EntityId entity, std::size_t column) const {
  const auto& key = table(entity).key;
  return std::any_of(key.begin(), key.end(),
                     [&](const KeyColumn& k) { return k.column == column; });
}

bool DeliverySql::is_written(const Shape& shape, std::size_t column) const {
  return std::find(shape.columns.begin(), shape.columns.end(), column) != shape.columns.end();
}

// The staging column that holds what an insert gives: key columns stand with the key.
std::string DeliverySql::given(EntityId entity, std::size_t column) const {
  const auto& key = table(entity).key;
  for (std::size_t i = 0; i < key.size(); ++i) {
    if (key[i].column == column) return quote(numbered('k', i));
  }
  return quote(numbered('n', column));
}

std::string DeliverySql::before(std::size_t column) const { return quote(numbered('b', column)); }

std::string DeliverySql::own(const std::string& alias, EntityId entity, std::size_t column) const {
  return alias + "." + quote(table(entity).columns[column].name);
}

std::string DeliverySql::same(EntityId entity, std::size_t column, const std::string& a,
                              const std::string& b) const {
  return dialect_.same(a, b, table(entity).columns[column].kind);
}

std::string DeliverySql::equal_key(EntityId entity, const std::string& target,
                                   const std::string& staging) const {
  std::string text;
  const auto& key = table(entity).key;
  for (std::size_t i = 0; i < key.size(); ++i) {
    text += (text.empty() ? "" : " AND ") + own(target, entity, key[i].column) + " = " + staging +
            "." + quote(numbered('k', i));
  }
  return text;
}

std::string DeliverySql::same_key(EntityId entity, const std::string& target,
                                  const std::string& staging) const {
  std::vector<KeyPair> pairs;
  const SiteTable& of = table(entity);
  for (std::size_t i = 0; i < of.key.size(); ++i) {
    pairs.push_back({own(target, entity, of.key[i].column), staging + "." + quote(numbered('k', i)),
                     of.columns[of.key[i].column].kind});
  }
  return named_by(dialect_, pairs);
}

std::string DeliverySql::ours_since(EntityId entity) const {
  return fmt::format("{} > {} AND {} = {} AND {} = {}", quote("id"), from_batch("since"),
                     quote("origin"), from_batch("batch"), quote("part"), journal_name(entity));
}

std::string DeliverySql::journal_name(EntityId entity) const {
  return fmt::format("(SELECT {} FROM {} WHERE {} = {})", quote("part"),
                     dialect_.quote(batch_table()), quote("entity"), entity.raw());
}

std::string DeliverySql::staged_key(EntityId entity) const {
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < table(entity).key.size(); ++i) {
    parts.push_back("s." + quote(numbered('k', i)));
  }
  return dialect_.json_key(parts);
}

std::optional<std::string> DeliverySql::staged_root(EntityId entity) const {
  if (entity == root_) return staged_key(entity);
  std::vector<std::string> parts;
  const auto& key = table(entity).key;
  for (const std::size_t column : root_columns(mapping_, entity, site_)) {
    const auto found = std::find_if(key.begin(), key.end(),
                                    [&](const KeyColumn& k) { return k.column == column; });
    if (found == key.end()) return std::nullopt;
    parts.push_back("s." + quote(numbered('k', static_cast<std::size_t>(found - key.begin()))));
  }
  return dialect_.json_key(parts);
}

// Whoever leaves a note out must be able to make it after all.
std::optional<Dialect::Unnoted> DeliverySql::unnoted(EntityId entity) const {
  if (!staged_root(entity)) return std::nullopt;
  return dialect_.leave_unnoted(journal_name(entity), target(entity));
}

std::string DeliverySql::from_batch(const std::string& column) const {
  return fmt::format("(SELECT max({}) FROM {})", quote(column), dialect_.quote(batch_table()));
}

// "IN (1, 4)": the shapes of an entity with one of these verbs; "IN (0)" is none, numbers begin
// at 1.
std::string DeliverySql::shapes_of(EntityId entity, const std::vector<Verb>& verbs) const {
  std::string list;
  for (const Shape& shape : shapes_) {
    const bool wanted = std::find(verbs.begin(), verbs.end(), shape.verb) != verbs.end();
    if (shape.entity == entity && wanted)
      list += fmt::format("{}{}", list.empty() ? "" : ", ", shape.number);
  }
  return list.empty() ? std::string{no_shapes} : "IN (" + list + ")";
}

bool DeliverySql::generates(const Shape& shape) const {
  return shape.verb == Verb::insert && table(shape.entity).generated_column().has_value();
}

std::vector<Statement> DeliverySql::transaction() const {
  std::vector<Statement> out;
  add_marker(out);
  add_counted(out);
  add_locks(out);
  add_guards(out);
  add_writes(out);
  add_comparisons(out);
  add_echo(out);
  add_unnoted(out);
  add_outcome(out);
  for (Statement& one : write_mark(dialect_, batch_table())) out.push_back(std::move(one));
  for (std::string& text : dialect_.clear_origin()) add(out, std::move(text));
  return out;
}

// First of all: a batch that was voided, or sent before, must fail before it has locked anything.
void DeliverySql::add_marker(std::vector<Statement>& out) const {
  const std::string batch = dialect_.quote(batch_table());
  add(out, fmt::format(
               "INSERT INTO {0} ({1}, {2}, {3}, {4}) SELECT DISTINCT {1}, {2}, {3}, FALSE FROM {5}",
               dialect_.quote(dialect_.own_tables().marker), quote("store"), quote("batch"),
               quote("cycle"), quote("void"), batch));
  // Our own journal rows come after all that are there now: what follows need not look at those.
  add(out, fmt::format("UPDATE {} SET {} = (SELECT coalesce(max({}), 0) FROM {})", batch,
                       quote("since"), quote("id"), dialect_.quote(dialect_.own_tables().journal)));
  for (std::string& text : dialect_.set_origin(from_batch("batch"))) add(out, std::move(text));
}

// What need not travel.
void DeliverySql::add_counted(std::vector<Statement>& out) const {
  for (const Shape& shape : shapes_) {
    if (!shape.counted) continue;
    add(out, fmt::format("UPDATE {} SET {} = {} - 1, {} = 0, {} = {}", staged(shape.entity),
                         quote("w"), quote("seq"), quote("r"), quote("shape"), shape.number));
  }
}

// Only what our own statements noted. A key that the site's own trigger gave a row, a row that it
// changed besides, or what ended otherwise than we left it (dirty), is the site's change and stays.
void DeliverySql::add_echo(std::vector<Statement>& out) const {
  const std::string old_key = quote("old_key"), new_key = quote("new_key");
  for (const EntityId entity : entities()) {
    const std::string shapes = shapes_of(entity, {Verb::insert, Verb::update, Verb::remove});
    if (shapes == no_shapes) continue;
    // A table of its own, so that no database makes the keys' texts anew for each of the journal's
    // rows.
    const std::string echo = fmt::format(
        "{} AND ({} IS NULL OR {} IS NULL OR {} = {}) AND (coalesce({}, {}) IN (SELECT k FROM "
        "(SELECT DISTINCT {} AS k FROM {} AS s WHERE s.{} IS NULL) AS own)) IS TRUE",
        ours_since(entity), old_key, new_key, old_key, new_key, new_key, old_key,
        staged_key(entity), staged(entity), quote("dirty"));
    for (std::string& text :
         dialect_.delete_where(dialect_.quote(dialect_.own_tables().journal), quote("id"), echo)) {
      add(out, std::move(text));
    }
  }
}

// What no trigger noted of rows that ended otherwise than we left them.
void DeliverySql::add_unnoted(std::vector<Statement>& out) const {
  for (const EntityId entity : entities()) {
    const std::string shapes = shapes_of(entity, {Verb::update});
    const auto left_out = unnoted(entity);
    if (shapes == no_shapes || !left_out) continue;
    std::string columns;
    for (const char* name : {"entity", "part", "op", "old_key", "new_key", "old_root", "new_root",
                             "root", "tx", "origin"})
      columns += (columns.empty() ? "" : ", ") + quote(name);
    add(out,
        fmt::format("INSERT INTO {0} ({1}) SELECT {2}, {3}, 'U', {4}, {4}, {5}, {5}, {5}, {6}, {7} "
                    "FROM {8} AS s WHERE s.{9} = 1 AND s.{10} {11}",
                    dialect_.quote(dialect_.own_tables().journal), columns, journal_name(root_),
                    journal_name(entity), staged_key(entity), *staged_root(entity),
                    left_out->transaction, from_batch("batch"), staged(entity), quote("dirty"),
                    quote("shape"), shapes));
  }
}

// A void marker keeps a batch from happening that may still be under way. So many cycles later,
// which are weeks, no server has it any more.
constexpr int void_cycles_max = 10'000;

// {"lost": [[write, why], ...], "keys": [[write, row, entity, key], ...]}
void DeliverySql::add_outcome(std::vector<Statement>& out) const {
  const std::string marker = dialect_.quote(dialect_.own_tables().marker);
  const std::string this_batch =
      fmt::format("{} = {} AND {} ", quote("store"), from_batch("store"), quote("batch"));
  const std::string lost =
      fmt::format("(SELECT {} FROM (SELECT {} AS w, max({}) AS why FROM {} GROUP BY {}) AS l)",
                  dialect_.joined("'[' || l.w || ',' || l.why || ']'"), quote("w"), quote("why"),
                  dialect_.quote(dialect_.staging_table("miroir_lost")), quote("w"));
  std::string keys;
  for (const Shape& shape : shapes_) {
    if (!generates(shape)) continue;
    keys += fmt::format(
        "{}SELECT '[' || s.{} || ',' || s.{} || ',{},' || {} || ']' AS learnt FROM {} AS s WHERE "
        "s.{} = {}",
        keys.empty() ? "" : " UNION ALL ", quote("w"), quote("r"), shape.entity.raw(),
        staged_key(shape.entity), staged(shape.entity), quote("shape"), shape.number);
  }
  const std::string learnt =
      keys.empty() ? "NULL"
                   : fmt::format("(SELECT {} FROM ({}) AS k)", dialect_.joined("k.learnt"), keys);
  add(out, fmt::format("UPDATE {} SET {} = '{{\"lost\":[' || coalesce({}, '') || '],\"keys\":[' || "
                       "coalesce({}, '') "
                       "|| ']}}' WHERE {}= {}",
                       marker, quote("outcome"), lost, learnt, this_batch, from_batch("batch")));
  add(out, fmt::format("DELETE FROM {} WHERE {}<= {} AND (NOT {} OR {} < {} - {})", marker,
                       this_batch, from_batch("forget"), quote("void"), quote("cycle"),
                       from_batch("cycle"), void_cycles_max));
}

Statement DeliverySql::read_summary() const {
  std::string text =
      fmt::format("SELECT 0 AS kind, {0}, max({1}) FROM {2} GROUP BY {0}", quote("w"), quote("why"),
                  dialect_.quote(dialect_.staging_table("miroir_lost")));
  for (const EntityId entity : entities()) {
    text += fmt::format(" UNION ALL SELECT 1, {0}, count(*) FROM {1} WHERE {2} = 1 GROUP BY {0}",
                        quote("shape"), staged(entity), quote("otherwise"));
  }
  return {text, {}};
}

// ", k0, k1": the staged key's columns, as they are read.
std::string DeliverySql::read_key(EntityId entity) const {
  std::string columns;
  const std::vector<ValueKind> kinds = table(entity).key_kinds();
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    columns += ", " + dialect_.selected(quote(numbered('k', i)), kinds[i]);
  }
  return columns;
}

Statement DeliverySql::read_keys(const Shape& shape) const {
  std::string columns = quote("w") + ", " + quote("r") + read_key(shape.entity);
  return {fmt::format("SELECT {} FROM {} WHERE {} = {} ORDER BY {}", columns, staged(shape.entity),
                      quote("shape"), shape.number, quote("seq")),
          {}};
}

Statement DeliverySql::read_otherwise(const Shape& shape) const {
  std::string columns = quote("w") + ", " + quote("r");
  if (shape.verb == Verb::insert) columns += read_key(shape.entity);
  for (const std::size_t i : otherwise_columns(shape)) {
    columns +=
        ", " + dialect_.selected(quote(numbered('n', i)), table(shape.entity).columns[i].kind);
  }
  return {fmt::format("SELECT {} FROM {} WHERE {} = {} AND {} = 1 ORDER BY {}", columns,
                      staged(shape.entity), quote("shape"), shape.number, quote("otherwise"),
                      quote("seq")),
          {}};
}

std::vector<Statement> write_mark(const Dialect& dialect, const TableName& staging) {
  const std::string site = dialect.quote(dialect.own_tables().site), store = dialect.quote("store"),
                    cycle = dialect.quote("cycle"), from = dialect.quote(staging);
  return {
      {fmt::format("INSERT INTO {0} ({1}, {2}) SELECT max({1}), max({2}) FROM {3} WHERE NOT EXISTS "
                   "(SELECT 1 FROM {0}) "
                   "HAVING max({1}) IS NOT NULL",
                   site, store, cycle, from),
       {}},
      {fmt::format(
           "UPDATE {0} SET {2} = (SELECT max({2}) FROM {3}) WHERE {1} = (SELECT max({1}) FROM {3}) "
           "AND {2} < (SELECT max({2}) FROM {3})",
           site, store, cycle, from),
       {}}};
}

// The store and the cycle are those that the site knows: a store's batches go only to sites that it
// has claimed.
Statement void_marker(const Dialect& dialect, std::int64_t batch, std::int64_t cycle) {
  return {fmt::format("INSERT INTO {0} ({1}, {2}, {3}, {4}) SELECT {1}, {5}, {6}, TRUE FROM {7}",
                      dialect.quote(dialect.own_tables().marker), dialect.quote("store"),
                      dialect.quote("batch"), dialect.quote("cycle"), dialect.quote("void"),
                      dialect.placeholder(1, ValueKind::integer),
                      dialect.placeholder(2, ValueKind::integer),
                      dialect.quote(dialect.own_tables().site)),
          {batch, cycle}};
}

Statement read_marker(const Dialect& dialect, std::int64_t batch) {
  return {fmt::format("SELECT CASE WHEN {0} THEN 1 ELSE 0 END, {1} FROM {2} WHERE {3} = {4} AND "
                      "{5} IN (SELECT {5} FROM {6})",
                      dialect.quote("void"), dialect.quote("outcome"),
                      dialect.quote(dialect.own_tables().marker), dialect.quote("batch"),
                      dialect.placeholder(1, ValueKind::integer), dialect.quote("store"),
                      dialect.quote(dialect.own_tables().site)),
          {batch}};
}

}  // namespace miroir
