// Where passwords come from: a file that nobody else can read, a credential of systemd's, or the
// environment. Never a command line, never the configuration itself. What is said about one never
// shows it.
#pragma once

#include <filesystem>
#include <string>
#include <variant>

namespace miroir {

// The members of the configuration that name it; at most one of them is not empty.
struct SecretSource {
  std::string file;        // password_file, relative to the configuration's folder
  std::string variable;    // password_env
  std::string credential;  // password_credential: a file's name in $CREDENTIALS_DIRECTORY
};

// Why there is none: of which member (empty: of several), and what to do.
struct NoSecret {
  std::string member, wrong, right;
};

// Empty: none is named.
std::variant<std::string, NoSecret> read_secret(const SecretSource& source,
                                                const std::filesystem::path& folder);

}  // namespace miroir
