// Accounts of the status page, and who is signed in: two tables of the state file, which no cycle
// reads and which know nothing of the mapping. Who changes an account is noted with it (acts.hpp).
//
// Opens a connection of its own; one thread at a time. What is written waits for a running cycle's
// transactions (StoreBusy after ten seconds). Passwords come in as libsodium has hashed them, and
// tokens as hashes of the secret: whoever reads the file can sign in with neither.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mirror/state/acts.hpp"

namespace SQLite {
class Database;
}

namespace miroir {

// Each may all that the one before may.
enum class Role : std::uint8_t { reader, clerk, administrator };
std::string_view name_of(Role role);
std::optional<Role> role_named(std::string_view name);

struct Account {
  std::string name;  // Told apart without regard to case.
  Role role = Role::reader;
  std::string password;  // The hash.
  std::string made;      // ISO, UTC
  bool has_token = false;
  std::string signed_in{};  // ISO, UTC: the last time; "": never.
};

enum class AccountChange : std::uint8_t {
  done,
  no_such,             // There is no account of that name.
  last_administrator,  // Nobody could manage accounts any more; nothing was changed.
};

class Accounts {
 public:
  // Brings an older file's tables up to date. Throws StoreError for what is no state file.
  explicit Accounts(const std::filesystem::path& state);
  ~Accounts();

  std::vector<Account> all() const;
  std::optional<Account> find(const std::string& name) const;
  bool add(const Account& account, const Actor& actor);  // false: there is one of that name.
  // All but the last sign out everybody who uses it.
  AccountChange set_password(const std::string& name, const std::string& hash, const Actor& actor);
  AccountChange set_role(const std::string& name, Role role, const Actor& actor);
  AccountChange remove(const std::string& name, const Actor& actor);
  AccountChange set_token(const std::string& name, const std::optional<std::string>& hash,
                          const Actor& actor);
  std::optional<Account> with_token(const std::string& hash) const;

  // Times are seconds since 1970. Sessions that have ended are forgotten with the next one.
  void sign_in(const std::string& name, const std::string& token, std::int64_t now,
               std::int64_t ends);
  void sign_out(const std::string& token);
  std::optional<Account> signed_in(const std::string& token, std::int64_t now) const;

 private:
  template <class F>
  AccountChange change(const std::string& name, F work);

  std::unique_ptr<SQLite::Database> db_;
};

}  // namespace miroir
