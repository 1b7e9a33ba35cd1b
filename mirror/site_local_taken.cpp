// Whose a unique value is that a site refuses to give once more. No database's message says it in a
// form that all share, or at all: the table's unique keys are read, and the row is asked for.
#include <algorithm>

#include "mirror/site_local.hpp"
#include "mirror/table_writes.hpp"
#include "mirror/taken.hpp"

namespace miroir {
namespace {

// NOT NULL, foreign keys and CHECK have SQLSTATEs of their own, where a database tells at all.
bool may_be_taken(const DbError& error) {
  return error.recovery() == Recovery::refused &&
         (error.sqlstate() == "23505" || error.sqlstate() == "23000");
}

}  // namespace

const std::vector<std::vector<std::string>>& LocalSite::unique_keys(const TableName& name) {
  const auto known = unique_keys_.find(name);
  if (known != unique_keys_.end()) return known->second;
  return unique_keys_[name] = session().describe(name).unique_keys;
}

// SELECT o.key FROM t AS o WHERE o.a = ? AND o.b = (SELECT p.b FROM t AS p WHERE p.key = ?) AND
// NOT (o.key = ?): what an update leaves alone is in its row. nullopt: the write gives the key
// nothing, or part of the key is no column that is known here.
std::optional<Statement> LocalSite::ask_taken(const SiteTable& of, const TableWrite& write,
                                              const std::vector<std::size_t>& columns) {
  Statement ask;
  const auto place = [&](const Value& value, std::size_t column) {
    ask.parameters.push_back(value);
    return dialect().placeholder(ask.parameters.size(), of.columns[column].kind);
  };
  const auto is_row = [&](const std::string& alias) {
    std::string is;
    for (std::size_t i = 0; i < of.key.size(); ++i)
      is += (is.empty() ? "" : " AND ") + alias + quote(of.columns[of.key[i].column].name) + " = " +
            place(write.change->key[i], of.key[i].column);
    return is;
  };
  const bool inserts = write.verb == Verb::insert;
  bool gives = false;
  for (const std::size_t column : columns) {
    const bool given = inserts || std::ranges::find(write.change->columns, column) !=
                                      write.change->columns.end();
    if (given && (is_null(write.change->given[column]) || of.columns[column].counter))
      return std::nullopt;
    gives = gives || given;
    const std::string name = quote(of.columns[column].name);
    ask.text += (ask.text.empty() ? "" : " AND ") + ("o." + name + " = ") +
                (given ? place(write.change->given[column], column)
                       : "(SELECT p." + name + " FROM " + dialect().quote(of.name) +
                             " AS p WHERE " + is_row("p.") + ")");
  }
  if (!gives) return std::nullopt;
  std::string key;
  for (const KeyColumn& part : of.key) {
    const Column& column = of.columns[part.column];
    key += (key.empty() ? "" : ", ") + dialect().selected("o." + quote(column.name), column.kind);
  }
  if (std::ranges::none_of(write.change->key, is_null)) ask.text += " AND NOT (" + is_row("o.") + ")";
  ask.text = "SELECT " + key + " FROM " + dialect().quote(of.name) + " AS o WHERE " + ask.text;
  return ask;
}

std::optional<Taken> LocalSite::find_taken(const ByTables& tables, const TableWrite& write) {
  if (write.verb != Verb::insert && write.verb != Verb::update) return std::nullopt;
  const SiteTable& of = tables->table(write.entity, site_);
  for (const std::vector<std::string>& names : unique_keys(of.name)) {
    std::vector<std::size_t> columns;
    for (const std::string& name : names) {
      if (const auto column = of.find(name)) columns.push_back(*column);
    }
    if (columns.size() < names.size()) continue;
    const auto ask = ask_taken(of, write, columns);
    if (!ask) continue;
    const std::vector<Row> found = all_rows(session(), *ask, of.key_kinds());
    if (found.empty()) continue;
    // A satellite's key begins with its owner's.
    const EntityId owner = tables.owner(write.entity).value_or(write.entity);
    const auto key = static_cast<std::ptrdiff_t>(table(owner).key.size());
    Taken taken{static_cast<std::size_t>(write.row), {}, Key{found[0].begin(), found[0].begin() + key}};
    const std::size_t skipped = tables.owner(write.entity) ? tables.key_columns(write.entity) : 0;
    for (const std::size_t column : columns) {
      if (column >= skipped) taken.columns.push_back(tables.in_row(write.entity, column));
    }
    if (!taken.columns.empty()) return taken;
  }
  return std::nullopt;
}

// Only of one aggregate: a refused batch of several is divided first.
void LocalSite::throw_if_taken(const Batch& batch, const ByTables& tables,
                               const TableWrites& writes, const DbError& error) {
  if (batch.writes.size() != 1 || !may_be_taken(error)) return;
  std::optional<Taken> taken;
  try {
    for (const TableWrite& write : writes.all()) {
      if (!taken) taken = find_taken(tables, write);
    }
  } catch (const DbError& asking) {
    // Only the reason is poorer for it, unless the line is gone: that is for the next call to find.
    lost_ = lost_ || asking.recovery() == Recovery::reconnect ||
            asking.recovery() == Recovery::in_doubt;
  }
  if (taken) throw TakenError{error, std::move(*taken)};
}

}  // namespace miroir
