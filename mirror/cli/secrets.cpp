#include "mirror/cli/secrets.hpp"

#include <sys/stat.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

namespace miroir {
namespace {

namespace fs = std::filesystem;
using Secret = std::variant<std::string, NoSecret>;

Secret from_file(const fs::path& file) {
  const auto none = [](std::string wrong, std::string right) {
    return NoSecret{"password_file", std::move(wrong), std::move(right)};
  };
  struct stat status {};
  if (::stat(file.c_str(), &status) != 0 || !S_ISREG(status.st_mode))
    return none("there is no file " + file.string(), "a file that holds the password");
  if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0)
    return none("others can read " + file.string(), "chmod 600 " + file.string());
  std::ifstream in{file, std::ios::binary};
  std::string password{std::istreambuf_iterator<char>{in}, {}};
  while (password.ends_with('\n') || password.ends_with('\r')) password.pop_back();
  if (password.empty())
    return none(file.string() + " is empty or cannot be read", "a file that holds the password");
  return password;
}

Secret from_environment(const std::string& variable) {
  const char* password = std::getenv(variable.c_str());
  if (password != nullptr && *password != '\0') return password;
  return NoSecret{"password_env", "the environment variable " + variable + " is not set",
                  "set it where miroir is started, or use password_file"};
}

}  // namespace

std::variant<std::string, NoSecret> read_secret(const SecretSource& source,
                                                const fs::path& folder) {
  if (!source.file.empty() && !source.variable.empty())
    return NoSecret{"", "both password_file and password_env", "one of the two"};
  if (!source.file.empty()) return from_file((folder / source.file).lexically_normal());
  return source.variable.empty() ? Secret{std::string{}} : from_environment(source.variable);
}

}  // namespace miroir
