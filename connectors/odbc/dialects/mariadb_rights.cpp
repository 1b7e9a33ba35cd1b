#include "connectors/odbc/dialects/mariadb_rights.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "connectors/odbc/dialects/mariadb_dialect.hpp"

namespace miroir {
namespace {

constexpr std::array own_rights{"SELECT", "INSERT", "UPDATE", "DELETE"};

// What SHOW GRANTS writes, word by word.
class GrantReader {
 public:
  explicit GrantReader(std::string_view text) : text_{text} {}

  bool skip(std::string_view word) {
    if (!rest().starts_with(word)) return false;
    text_.remove_prefix(word.size());
    return true;
  }
  // "CREATE TEMPORARY TABLES": up to what follows a right.
  std::string right() {
    std::size_t end = text_.size();
    for (const std::string_view follows : {",", " (", " ON "})
      end = std::min(end, text_.find(follows));
    const std::string word{text_.substr(0, end)};
    text_.remove_prefix(end);
    return word;
  }
  // `a ``name```, with the quotes that the session's sql_mode wants; or *, which is "".
  std::string name() {
    if (skip("*") || text_.empty()) return {};
    const char quote = text_.front();
    std::string out;
    std::size_t at = 1;
    for (; at < text_.size(); ++at) {
      if (text_[at] == quote && (at + 1 == text_.size() || text_[++at] != quote)) break;
      out += text_[at];
    }
    text_.remove_prefix(at);
    return out;
  }
  std::string_view rest() const { return text_; }

 private:
  std::string_view text_;
};

// As LIKE does; a backslash takes the next character as it is.
bool is_like(std::string_view text, std::string_view pattern) {
  if (pattern.empty()) return text.empty();
  if (pattern.front() == '%')
    return is_like(text, pattern.substr(1)) || (!text.empty() && is_like(text.substr(1), pattern));
  const bool any = pattern.front() == '_';
  if (pattern.front() == '\\' && pattern.size() > 1) pattern.remove_prefix(1);
  return !text.empty() && (any || text.front() == pattern.front()) &&
         is_like(text.substr(1), pattern.substr(1));
}

std::string in_ticks(std::string_view name) { return mariadb_dialect().quote(name); }

// In a GRANT on a database alone, _ and % would stand for others.
std::string as_pattern(const std::string& database) {
  std::string out;
  for (const char c : database)
    out += (c == '_' || c == '%') ? std::string{'\\', c} : std::string{c};
  return in_ticks(out);
}

std::string on_table(const std::string& database, const TableName& table) {
  const std::string& in = table.schema.empty() ? database : table.schema;
  return (in.empty() ? "" : in_ticks(in) + ".") + in_ticks(table.name);
}

std::string column_list(const std::vector<std::string>& columns) {
  std::string list;
  for (const std::string& column : columns) list += (list.empty() ? "" : ", ") + in_ticks(column);
  return " (" + list + ")";
}

std::string runner_rights(const TableRights& rights) {
  std::string text = "SELECT";
  if (!rights.inserted.empty()) text += ", INSERT" + column_list(rights.inserted);
  if (!rights.updated.empty()) text += ", UPDATE" + column_list(rights.updated);
  if (rights.deletes) text += ", DELETE";
  return text + (rights.mirrored ? ", TRIGGER" : "");
}

std::vector<TableName> own_tables() {
  const OwnTables own = mariadb_dialect().own_tables();
  return {own.journal, own.marker, own.site};
}

class Script {
 public:
  explicit Script(const AccountNames& accounts) : accounts_{accounts} {}
  std::string text(const std::vector<TableRights>& rights) {
    const std::string runner = in_ticks(accounts_.runner) + "@`%`";
    const std::string installer = in_ticks(accounts_.installer) + "@`%`";
    add_accounts(runner, installer);
    text_ +=
        "-- Only for `miroir install` and `miroir uninstall`. The triggers run with its rights: "
        "it\n"
        "-- must stay, and may be locked again.\n";
    for (const TableRights& one : rights) {
      if (one.mirrored) grant("SELECT, TRIGGER", one.table, installer);
    }
    for (const TableName& own : own_tables()) grant("SELECT, INSERT, CREATE, DROP", own, installer);
    text_ +=
        "-- For everything else. Temporary tables carry what is written; TRIGGER shows what "
        "becomes of\n-- miroir's triggers.\n";
    text_ +=
        fmt::format("GRANT CREATE TEMPORARY TABLES ON {}* TO {};\n",
                    accounts_.database.empty() ? "" : as_pattern(accounts_.database) + ".", runner);
    for (const TableRights& one : rights) grant(runner_rights(one), one.table, runner);
    // Only CREATE can be granted on what is not there yet.
    for (const TableName& own : own_tables()) {
      grant(fmt::format("{}, CREATE", fmt::join(own_rights, ", ")), own, runner);
      text_ +=
          fmt::format("REVOKE CREATE ON {} FROM {};\n", on_table(accounts_.database, own), runner);
    }
    return text_;
  }

 private:
  void add_accounts(const std::string& runner, const std::string& installer) {
    text_ +=
        "-- For the mariadb client, as an administrator; again after every change of the mapping.\n"
        "-- '%' lets miroir in from anywhere: better write its machine's address instead. Nobody\n"
        "-- can log in before there is a password:\n";
    for (const std::string& account : {runner, installer}) {
      text_ += fmt::format("--   ALTER USER {} IDENTIFIED BY '...' ACCOUNT UNLOCK;\n", account);
    }
    text_ +=
        "-- With binary logging, `miroir install` also needs log_bin_trust_function_creators=1.\n";
    for (const std::string& account : {runner, installer}) {
      text_ += fmt::format("CREATE USER IF NOT EXISTS {} ACCOUNT LOCK;\n", account);
    }
  }
  void grant(const std::string& rights, const TableName& table, const std::string& account) {
    text_ += fmt::format("GRANT {} ON {} TO {};\n", rights, on_table(accounts_.database, table),
                         account);
  }

  const AccountNames& accounts_;
  std::string text_;
};

// What the session's account has, in the database that it is connected to.
class Has {
 public:
  explicit Has(Session& session) {
    const std::array two{ValueKind::text, ValueKind::text};
    const auto base =
        all_rows(session, {"SELECT CURRENT_USER(), COALESCE(DATABASE(), '')", {}}, two);
    account_ = std::get<std::string>(base.at(0).at(0));
    database_ = std::get<std::string>(base.at(0).at(1));
    session.query({"SHOW GRANTS", {}}, std::array{ValueKind::text}, [&](Row&& row) {
      if (auto grant = parse_grant(std::get<std::string>(row.at(0))))
        grants_.push_back(std::move(*grant));
    });
  }

  std::string account() const { return account_; }
  const std::string& database() const { return database_; }
  const std::vector<MariadbGrant>& grants() const { return grants_; }

  std::string quoted_account() const {
    const std::size_t at = account_.rfind('@');
    if (at == std::string::npos) return in_ticks(account_);
    return in_ticks(account_.substr(0, at)) + "@" + in_ticks(account_.substr(at + 1));
  }
  bool has(const std::string& right, const TableName& table, const std::string& column = {}) const {
    const std::string& in = table.schema.empty() ? database_ : table.schema;
    return std::any_of(grants_.begin(), grants_.end(), [&](const MariadbGrant& grant) {
      return grant.covers(in, table.name) && grant.gives(right, column);
    });
  }

 private:
  std::string account_, database_;
  std::vector<MariadbGrant> grants_;
};

class Lacking {
 public:
  explicit Lacking(const Has& has) : has_{has} {}

  void want(const TableName& table, const std::string& right) {
    if (!has_.has(right, table)) rights_.push_back(right);
  }
  void want(const TableName& table, const std::string& right,
            const std::vector<std::string>& columns) {
    std::vector<std::string> missing;
    for (const std::string& column : columns) {
      if (!has_.has(right, table, column)) missing.push_back(column);
    }
    if (!missing.empty()) rights_.push_back(right + column_list(missing));
  }
  // One finding with one GRANT for all that was wanted since.
  void tell(const std::string& on, RightsFound& found) {
    if (rights_.empty()) return;
    const std::string rights = fmt::format("{}", fmt::join(rights_, ", "));
    found.lacking.push_back({rights + " on " + on, fmt::format("GRANT {} ON {} TO {}", rights, on,
                                                               has_.quoted_account())});
    rights_.clear();
  }

 private:
  const Has& has_;
  std::vector<std::string> rights_;
};

void add_excess(const Has& has, RightsFound& found) {
  for (const MariadbGrant& grant : has.grants()) {
    std::string rights;
    for (const auto& [right, columns] : grant.rights) {
      if (grant.database.empty() && right != "USAGE")
        rights += (rights.empty() ? "" : ", ") + right;
    }
    if (!rights.empty())
      found.too_much.push_back({"has " + rights + " on all databases (*.*)", narrower_account});
    if (grant.may_grant)
      found.too_much.push_back(
          {"may give its rights to others (WITH GRANT OPTION)", narrower_account});
  }
}

class MariadbAccounts final : public AccountRules {
 public:
  std::string script(const AccountNames& accounts,
                     const std::vector<TableRights>& rights) const override {
    return Script{accounts}.text(rights);
  }

  RightsFound compare(Session& session, const std::vector<TableRights>& rights) const override {
    const Has has{session};
    RightsFound found{.account = has.account(), .lacking = {}, .too_much = {}};
    Lacking lacking{has};
    lacking.want({}, "CREATE TEMPORARY TABLES");
    lacking.tell(as_pattern(has.database()) + ".*", found);
    for (const TableRights& one : rights) {
      if (session.describe(one.table).columns.empty() && has.has("SELECT", one.table)) continue;
      lacking.want(one.table, "SELECT");
      lacking.want(one.table, "INSERT", one.inserted);
      lacking.want(one.table, "UPDATE", one.updated);
      if (one.deletes) lacking.want(one.table, "DELETE");
      if (one.mirrored) lacking.want(one.table, "TRIGGER");
      lacking.tell(on_table(has.database(), one.table), found);
    }
    for (const TableName& own : own_tables()) {
      for (const char* right : own_rights) lacking.want(own, right);
      lacking.tell(on_table(has.database(), own), found);
    }
    add_excess(has, found);
    return found;
  }
};

}  // namespace

bool MariadbGrant::covers(std::string_view in_database, std::string_view of_table) const {
  if (database.empty()) return true;
  if (table.empty()) return is_like(in_database, database);
  return database == in_database && table == of_table;
}

bool MariadbGrant::gives(const std::string& right, const std::string& column) const {
  if (rights.contains("ALL PRIVILEGES")) return true;
  const auto found = rights.find(right);
  if (found == rights.end()) return false;
  const std::vector<std::string>& columns = found->second;
  return columns.empty() ||
         (!column.empty() && std::find(columns.begin(), columns.end(), column) != columns.end());
}

std::optional<MariadbGrant> parse_grant(std::string_view line) {
  GrantReader reader{line};
  if (!reader.skip("GRANT ")) return std::nullopt;
  MariadbGrant grant;
  do {
    std::vector<std::string>& columns = grant.rights[reader.right()];
    if (!reader.skip(" (")) continue;
    do columns.push_back(reader.name());
    while (reader.skip(", "));
    reader.skip(")");
  } while (reader.skip(", "));
  if (!reader.skip(" ON ")) return std::nullopt;  // A role.
  const bool named = reader.rest().starts_with('*') || reader.rest().starts_with('`') ||
                     reader.rest().starts_with('"');
  if (!named) return std::nullopt;  // Somebody's proxy, a procedure.
  grant.database = reader.name();
  if (!reader.skip(".")) return std::nullopt;
  grant.table = reader.name();
  grant.may_grant = reader.rest().ends_with("WITH GRANT OPTION");
  return grant;
}

const AccountRules& mariadb_accounts() {
  static const MariadbAccounts accounts;
  return accounts;
}

}  // namespace miroir
