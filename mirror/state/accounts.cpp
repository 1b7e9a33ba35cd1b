#include "mirror/state/accounts.hpp"

#include <array>

#include "mirror/state/side_tables.hpp"
#include "schema/instant.hpp"

namespace miroir {
namespace {

constexpr std::array<std::string_view, 3> roles{"reader", "clerk", "administrator"};
constexpr std::int64_t micros_in_second = 1'000'000;

template <class F>
auto explained(F work) {
  return miroir::explained("the accounts", work);
}

void bind(SQLite::Statement& statement, int index, const std::string& value) {
  statement.bind(index, value);
}
void bind(SQLite::Statement& statement, int index, std::int64_t value) {
  statement.bind(index, value);
}
// A token's hash: bytes.
struct Hash {
  const std::string& bytes;
};
void bind(SQLite::Statement& statement, int index, const Hash& hash) {
  statement.bind(index, static_cast<const void*>(hash.bytes.data()),
                 static_cast<int>(hash.bytes.size()));
}

template <class... V>
void bind_all(SQLite::Statement& statement, const V&... values) {
  int index = 0;
  (bind(statement, ++index, values), ...);
}

// How many rows it has changed.
template <class... V>
int run(SQLite::Database& db, const char* sql, const V&... values) {
  SQLite::Statement statement{db, sql};
  bind_all(statement, values...);
  return statement.exec();
}

template <class... V>
std::vector<Account> read(SQLite::Database& db, const std::string& rest, const V&... values) {
  SQLite::Statement row{db,
                        "SELECT a.name, a.role, a.password, a.made, a.token IS NOT NULL, "
                        "ifnull(a.signed_in, '') FROM " +
                            rest};
  bind_all(row, values...);
  std::vector<Account> all;
  while (row.executeStep()) {
    all.push_back({.name = row.getColumn(0).getString(),
                   .role = role_named(row.getColumn(1).getString()).value(),
                   .password = row.getColumn(2).getString(),
                   .made = row.getColumn(3).getString(),
                   .has_token = row.getColumn(4).getInt() != 0,
                   .signed_in = row.getColumn(5).getString()});
  }
  return all;
}

std::optional<Account> only(std::vector<Account> found) {
  return found.empty() ? std::nullopt : std::optional{std::move(found.front())};
}

// One transaction that begins as a writer, so that it waits instead of failing half-way.
template <class F>
void together(SQLite::Database& db, F work) {
  explained([&] {
    SQLite::Transaction transaction{db, SQLite::TransactionBehavior::IMMEDIATE};
    work();
    transaction.commit();
  });
}

void sign_out_everywhere(SQLite::Database& db, const Account& account) {
  run(db, "DELETE FROM session WHERE account = ?", account.name);
}

bool is_last_administrator(SQLite::Database& db, const Account& account) {
  return account.role == Role::administrator &&
         db.execAndGet("SELECT count(*) FROM account WHERE role = 'administrator'").getInt() == 1;
}

}  // namespace

std::string_view name_of(Role role) { return roles.at(static_cast<std::size_t>(role)); }

std::optional<Role> role_named(std::string_view name) {
  for (std::size_t i = 0; i < roles.size(); ++i) {
    if (roles[i] == name) return static_cast<Role>(i);
  }
  return std::nullopt;
}

Accounts::Accounts(const std::filesystem::path& state)
    : db_{explained([&] { return open_side_tables(state); })} {}
Accounts::~Accounts() = default;

std::vector<Account> Accounts::all() const {
  return explained([&] { return read(*db_, "account a ORDER BY a.name"); });
}

std::optional<Account> Accounts::find(const std::string& name) const {
  return explained([&] { return only(read(*db_, "account a WHERE a.name = ?", name)); });
}

bool Accounts::add(const Account& account, const Actor& actor) {
  bool added = false;
  together(*db_, [&] {
    const std::string role{name_of(account.role)};
    added = run(*db_,
                "INSERT INTO account (name, role, password, made) VALUES (?, ?, ?, ?) ON CONFLICT "
                "(name) DO NOTHING",
                account.name, role, account.password, account.made) == 1;
    if (added)
      note_act(*db_,
               {.kind = ActKind::user_add, .actor = actor, .about = account.name, .role = role});
  });
  return added;
}

// `work` is given the account as it is, and changes it.
template <class F>
AccountChange Accounts::change(const std::string& name, F work) {
  AccountChange result = AccountChange::no_such;
  together(*db_, [&] {
    if (const auto account = only(read(*db_, "account a WHERE a.name = ?", name)))
      result = work(*account);
  });
  return result;
}

AccountChange Accounts::set_password(const std::string& name, const std::string& hash,
                                     const Actor& actor) {
  return change(name, [&](const Account& account) {
    sign_out_everywhere(*db_, account);
    run(*db_, "UPDATE account SET password = ? WHERE name = ?", hash, name);
    note_act(*db_, {.kind = ActKind::user_password, .actor = actor, .about = account.name});
    return AccountChange::done;
  });
}

AccountChange Accounts::set_role(const std::string& name, Role role, const Actor& actor) {
  return change(name, [&](const Account& account) {
    if (role == account.role) return AccountChange::done;
    if (is_last_administrator(*db_, account)) return AccountChange::last_administrator;
    const std::string named{name_of(role)};
    sign_out_everywhere(*db_, account);
    run(*db_, "UPDATE account SET role = ? WHERE name = ?", named, name);
    note_act(*db_,
             {.kind = ActKind::user_role, .actor = actor, .about = account.name, .role = named});
    return AccountChange::done;
  });
}

AccountChange Accounts::remove(const std::string& name, const Actor& actor) {
  return change(name, [&](const Account& account) {
    if (is_last_administrator(*db_, account)) return AccountChange::last_administrator;
    sign_out_everywhere(*db_, account);
    run(*db_, "DELETE FROM account WHERE name = ?", name);
    note_act(*db_, {.kind = ActKind::user_remove, .actor = actor, .about = account.name});
    return AccountChange::done;
  });
}

AccountChange Accounts::set_token(const std::string& name, const std::optional<std::string>& hash,
                                  const Actor& actor) {
  return change(name, [&](const Account& account) {
    if (hash)
      run(*db_, "UPDATE account SET token = ? WHERE name = ?", Hash{*hash}, name);
    else
      run(*db_, "UPDATE account SET token = NULL WHERE name = ?", name);
    note_act(*db_, {.kind = hash ? ActKind::user_token : ActKind::user_token_remove,
                    .actor = actor,
                    .about = account.name});
    return AccountChange::done;
  });
}

std::optional<Account> Accounts::with_token(const std::string& hash) const {
  return explained([&] { return only(read(*db_, "account a WHERE a.token = ?", Hash{hash})); });
}

void Accounts::sign_in(const std::string& name, const std::string& token, std::int64_t now,
                       std::int64_t ends) {
  together(*db_, [&] {
    run(*db_, "DELETE FROM session WHERE ends <= ?", now);
    run(*db_, "INSERT INTO session (token, account, ends) VALUES (?, ?, ?)", Hash{token}, name,
        ends);
    run(*db_, "UPDATE account SET signed_in = ? WHERE name = ?",
        to_string(Instant{now * micros_in_second}), name);
  });
}

void Accounts::sign_out(const std::string& token) {
  explained([&] { return run(*db_, "DELETE FROM session WHERE token = ?", Hash{token}); });
}

std::optional<Account> Accounts::signed_in(const std::string& token, std::int64_t now) const {
  return explained([&] {
    return only(read(*db_,
                     "session s JOIN account a ON a.name = s.account WHERE s.token = ? AND s.ends "
                     "> ?",
                     Hash{token}, now));
  });
}

}  // namespace miroir
