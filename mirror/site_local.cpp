#include "mirror/site_local.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "connectors/delivery.hpp"
#include "connectors/journal.hpp"

namespace miroir {
namespace {

constexpr std::array one_number{ValueKind::integer};

std::size_t size_from(const Value& value) {
  return static_cast<std::size_t>(std::get<std::int64_t>(value));
}

}  // namespace

LocalSite::LocalSite(Open open, const Mapping& mapping, SiteId site,
                     std::chrono::milliseconds statement)
    : open_{std::move(open)}, mapping_{mapping}, site_{site}, statement_{statement} {}

Session& LocalSite::session() {
  if (!session_) throw DbError{"not connected", "08003", Recovery::reconnect};
  return *session_;
}

void LocalSite::connect() {
  if (session_ && !lost_ && session_->connected()) return;
  staged_.clear();
  filled_.clear();
  forget_list_is_empty_ = false;
  unique_keys_.clear();
  lost_ = true;
  if (session_) {
    session_->reconnect();
  } else {
    session_ = open_();
  }
  try {
    require_no_earlier_state();
  } catch (...) {
    session_.reset();  // Nobody speaks to it before it has been looked at.
    throw;
  }
  lost_ = false;
}

// Who comes back may be another server, which has not got all that the first one had, or one that
// was put back from a backup. To write to it would make its mark look sound to the next census.
void LocalSite::require_no_earlier_state() {
  if (mark_.store.empty()) return;
  const SiteMark now = read_mark();
  if (now.store == mark_.store && now.cycle >= mark_.cycle) return;
  throw DbError{"the site was lost, and came back in an earlier state", "08006",
                Recovery::reconnect, "the next cycle looks at it first"};
}

void LocalSite::has_taken(const SiteMark& mark) {
  if (mark_.store == mark.store) mark_.cycle = std::max(mark_.cycle, mark.cycle);
}

// Temporary tables last as long as the connection: created once, emptied before each use.
void LocalSite::stage_once(const TableName& staging, const std::vector<Statement>& create) {
  if (staged_.contains(staging)) return;
  session().run_transaction(create);
  staged_.insert(staging);
}

CatalogTable LocalSite::describe(const TableName& name) {
  return guarded([&] { return session().describe(name); });
}

Instant LocalSite::clock() {
  return guarded([&] {
    const auto rows = all_rows(session(), dialect().now(), std::array{ValueKind::instant});
    return std::get<Instant>(rows.at(0).at(0));
  });
}

bool LocalSite::claim(const SiteMark& mark) {
  return guarded([&] {
    const std::string site = dialect().quote(dialect().own_tables().site);
    const Statement insert{
        fmt::format(
            "INSERT INTO {0} ({1}, {2}) SELECT {3}, {4} WHERE NOT EXISTS (SELECT 1 FROM {0})", site,
            quote("store"), quote("cycle"), dialect().placeholder(1, ValueKind::text),
            dialect().placeholder(2, ValueKind::integer)),
        {mark.store, mark.cycle.raw()}};
    try {
      session().run(insert);
    } catch (const DbError& error) {
      if (error.recovery() != Recovery::refused)
        throw;  // Another store was faster: read its name below.
    }
    if (read_mark().store != mark.store) return false;
    session().run(anchor_journal(dialect()));
    return true;
  });
}

bool LocalSite::take_over(const std::string& from, const SiteMark& mark) {
  guarded([&] {
    mark_ = {};
    const Statement update{
        fmt::format("UPDATE {} SET {} = {}, {} = {} WHERE {} = {}",
                    dialect().quote(dialect().own_tables().site), quote("store"),
                    dialect().placeholder(1, ValueKind::text), quote("cycle"),
                    dialect().placeholder(2, ValueKind::integer), quote("store"),
                    dialect().placeholder(3, ValueKind::text)),
        {mark.store, mark.cycle.raw(), from}};
    return session().run(update);
  });
  return claim(mark);
}

std::vector<ListedRoot> LocalSite::list_roots(EntityId id, const std::string& cursor,
                                              std::size_t limit) {
  return guarded([&] {
    std::vector<ListedRoot> roots;
    const std::array kinds{ValueKind::text};
    session().query(miroir::list_roots(dialect(), entity(id).name, cursor, limit), kinds,
                    [&](Row&& row) {
                      roots.push_back({std::get<std::string>(row[0]), parse_key(row[0], id)});
                    });
    return roots;
  });
}

// The ids and the mark travel in one table: the mark in a row of its own.
void LocalSite::acknowledge(const std::vector<JournalId>& ids, const SiteMark& mark) {
  guarded([&] {
    const TableName staging = dialect().staging_table("miroir_forget");
    stage_once(staging, dialect().create_staging(staging, dialect().own_tables().site,
                                                 {{"id", "0", ValueKind::integer},
                                                  {"store", quote("store"), ValueKind::text},
                                                  {"cycle", quote("cycle"), ValueKind::integer}}));
    const Statement empty{dialect().empty_staging(staging), {}};
    if (!forget_list_is_empty_) session().run(empty);
    forget_list_is_empty_ = false;
    const auto upload = [&](const std::vector<std::string>& columns, std::size_t count,
                            const auto& row_at) {
      std::size_t next = 0;
      session().upload(staging, columns, [&](Row& row) {
        if (next == count) return false;
        row = row_at(next++);
        return true;
      });
    };
    upload({"store", "cycle"}, 1, [&](std::size_t) { return Row{mark.store, mark.cycle.raw()}; });
    upload({"id"}, ids.size(), [&](std::size_t i) { return Row{ids[i].raw()}; });
    std::vector<Statement> transaction{forget_staged(dialect(), staging, "id")};
    for (Statement& one : write_mark(dialect(), staging)) transaction.push_back(std::move(one));
    transaction.push_back(anchor_journal(dialect()));
    transaction.push_back(empty);
    session().run_transaction(transaction);
    forget_list_is_empty_ = true;
    has_taken(mark);
  });
}

std::vector<ValueKind> LocalSite::kinds_of(EntityId id, bool numbered) const {
  std::vector<ValueKind> kinds;
  if (numbered) kinds.push_back(ValueKind::integer);
  for (const Column& column : table(id).columns) kinds.push_back(column.kind);
  return kinds;
}

// The condition that the row t of an entity is the one whose key is staged as k0, k1 ... of s.
std::string LocalSite::staged_key(EntityId id) {
  std::vector<KeyPair> pairs;
  const auto& key = table(id).key;
  for (std::size_t i = 0; i < key.size(); ++i) {
    const Column& column = table(id).columns[key[i].column];
    pairs.push_back({"t." + quote(column.name), "s." + quote(fmt::format("k{}", i)), column.kind});
  }
  return named_by(dialect(), pairs);
}

// A query over the rows whose key has the constants that the mapping asks for, and that meet its
// conditions: what is never mirrored need not travel. Ranges are left to the caller, since not
// every database compares what it holds as its values.
Statement LocalSite::in_scope(EntityId id, const std::string& selected,
                              const std::string& joined) {
  Statement statement{
      fmt::format("SELECT {} FROM {} AS t{} WHERE 1 = 1", selected, dialect().quote(table(id).name),
                  joined),
      {}};
  for (const KeyColumn& part : table(id).key) {
    const auto* constant = std::get_if<Constant>(&part.source);
    if (constant == nullptr) continue;
    const Column& column = table(id).columns[part.column];
    statement.parameters.push_back(constant->value);
    statement.text += " AND t." + quote(column.name) + " = " +
                      dialect().placeholder(statement.parameters.size(), column.kind);
  }
  for (const auto* conditions : {&table(id).where, &table(id).ready_when}) {
    for (const Condition& condition : *conditions) statement.text += asked_for(id, condition);
  }
  return statement;
}

// " AND (t.a = 1 OR t.a = 2)"
std::string LocalSite::asked_for(EntityId id, const Condition& condition) {
  const auto* one = std::get_if<OneOf>(&condition.test);
  const auto* none = std::get_if<NoneOf>(&condition.test);
  if (one == nullptr && none == nullptr) return {};
  const Column& column = table(id).columns[condition.column];
  std::string any;
  for (const Value& value : one != nullptr ? one->values : none->values) {
    any += (any.empty() ? "" : " OR ") + dialect().same("t." + quote(column.name),
                                                        dialect().literal(value, column.kind),
                                                        column.kind);
  }
  return (one != nullptr ? " AND (" : " AND NOT (") + any + ")";
}

// By the key, since not every driver streams: (k1, k2) > (a, b) spelled out, for databases that do
// not use an index for the short form. The first condition alone is the one that an index begins
// at.
std::vector<Row> LocalSite::read_page(EntityId id, const std::optional<Key>& after,
                                      std::size_t limit) {
  return guarded([&] {
    Statement page = in_scope(id, columns_of(id), joined_satellites(id));
    std::vector<std::size_t> free;  // Indexes in the key of the columns that are not constant.
    const auto& key = table(id).key;
    for (std::size_t i = 0; i < key.size(); ++i) {
      if (!std::holds_alternative<Constant>(key[i].source)) free.push_back(i);
    }
    std::string order;
    for (const std::size_t i : free) {
      order +=
          (order.empty() ? " ORDER BY t." : ", t.") + quote(table(id).columns[key[i].column].name);
    }
    if (after) page.text += behind(id, *after, free, page.parameters);
    page.text += order + fmt::format(" LIMIT {}", limit);
    return all_rows(session(), page, kinds_of(id, false));
  });
}

// " AND a >= ? AND (a > ? OR a = ? AND (b > ?))"
std::string LocalSite::behind(EntityId id, const Key& after, const std::vector<std::size_t>& free,
                              std::vector<Value>& parameters) {
  const auto compared = [&](std::size_t i, const char* how) {
    const Column& column = table(id).columns[table(id).key[i].column];
    parameters.push_back(after[i]);
    return "t." + quote(column.name) + how + dialect().placeholder(parameters.size(), column.kind);
  };
  std::string text = " AND " + compared(free.front(), " >= ");
  std::string closing;
  for (std::size_t n = 0; n < free.size(); ++n) {
    text += (n == 0 ? " AND (" : " AND (") + compared(free[n], " > ");
    closing += ')';
    if (n + 1 < free.size()) text += " OR " + compared(free[n], " = ");
  }
  return text + closing;
}

bool LocalSite::has_truncations(EntityId id) {
  return guarded([&] {
    return !all_rows(session(), list_truncations(dialect(), entity(id).name), one_number).empty();
  });
}

std::size_t LocalSite::count(EntityId id) {
  return guarded([&] {
    return size_from(all_rows(session(), in_scope(id, "count(*)", ""), one_number).at(0).at(0));
  });
}

}  // namespace miroir
