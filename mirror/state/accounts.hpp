// Accounts of the status page, and who is signed in: two tables of the state file, which no cycle
// reads and which know nothing of the mapping.
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
};

class Accounts {
 public:
  // Brings an older file's tables up to date. Throws StoreError for what is no state file.
  explicit Accounts(const std::filesystem::path& state);
  ~Accounts();

  std::vector<Account> all() const;
  std::optional<Account> find(const std::string& name) const;
  bool add(const Account& account);  // false: there is one of that name.
  // false: there is none. The first two sign out everybody who uses it.
  bool set_password(const std::string& name, const std::string& hash);
  bool remove(const std::string& name);
  bool set_token(const std::string& name, const std::optional<std::string>& hash);
  std::optional<Account> with_token(const std::string& hash) const;

  // Times are seconds since 1970. Sessions that have ended are forgotten with the next one.
  void sign_in(const std::string& name, const std::string& token, std::int64_t now,
               std::int64_t ends);
  void sign_out(const std::string& token);
  std::optional<Account> signed_in(const std::string& token, std::int64_t now) const;

 private:
  std::unique_ptr<SQLite::Database> db_;
};

}  // namespace miroir
