#include "mirror/cli/secrets.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <vector>

namespace miroir {
namespace {

namespace fs = std::filesystem;
using Secret = std::variant<std::string, NoSecret>;

constexpr auto a_file = "a file that holds the password";
constexpr std::size_t length_max = 4096;

// An open file: what is asked of it and what is read are the same file's.
class OpenFile {
 public:
  explicit OpenFile(const fs::path& file)
      : descriptor_{::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)}, error_{errno} {
    if (descriptor_ >= 0 && ::fstat(descriptor_, &status_) != 0) status_ = {};
  }
  ~OpenFile() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;

  bool is_open() const { return descriptor_ >= 0; }
  std::string error() const { return std::strerror(error_); }
  bool is_regular() const { return S_ISREG(status_.st_mode); }
  bool is_for_its_owner_alone() const { return (status_.st_mode & (S_IRWXG | S_IRWXO)) == 0; }
  // root may use what belongs to the user that miroir runs as.
  bool is_ours() const {
    const uid_t us = ::geteuid();
    return us == 0 || status_.st_uid == us || status_.st_uid == 0;
  }
  std::string contents() const {
    std::string text(length_max, '\0');
    const ssize_t length = ::read(descriptor_, text.data(), text.size());
    text.resize(static_cast<std::size_t>(std::max<ssize_t>(length, 0)));
    while (text.ends_with('\n') || text.ends_with('\r')) text.pop_back();
    return text;
  }

 private:
  int descriptor_, error_;
  struct stat status_ {};
};

Secret from_file(const std::string& member, const fs::path& file, bool guarded_by_us) {
  const std::string name = file.string();
  const auto none = [&](std::string wrong, std::string right) {
    return NoSecret{member, std::move(wrong), std::move(right)};
  };
  const OpenFile open{file};
  if (!open.is_open()) {
    std::error_code error;
    if (!fs::exists(file, error) && !error) return none("there is no file " + name, a_file);
    return none(name + " cannot be read: " + open.error(),
                "it must belong to the user that runs miroir");
  }
  if (!open.is_regular()) return none(name + " is no file", a_file);
  if (guarded_by_us && !open.is_ours())
    return none(name + " belongs to another user, who can read it",
                "chown it to the user that runs miroir");
  if (guarded_by_us && !open.is_for_its_owner_alone())
    return none("others can read " + name, "chmod 600 " + name);
  std::string password = open.contents();
  if (password.empty()) return none(name + " is empty", a_file);
  if (password.find('\0') != std::string::npos || password.find('\n') != std::string::npos)
    return none(name + " holds more than one line", "the password, and nothing else");
  return password;
}

// systemd guards its credentials by itself: their mode says nothing.
Secret from_credential(const std::string& name) {
  const std::string member = "password_credential";
  const char* folder = std::getenv("CREDENTIALS_DIRECTORY");
  if (folder == nullptr || *folder == '\0')
    return NoSecret{member, "there are no credentials: systemd did not start this",
                    "LoadCredential=" + name + ":/etc/miroir/" + name +
                        " in the unit; by hand, systemd-run with -p LoadCredential=..."};
  if (name.find('/') != std::string::npos)
    return NoSecret{member, "a credential's name is no path", "as in LoadCredential=NAME:FILE"};
  return from_file(member, fs::path{folder} / name, false);
}

Secret from_environment(const std::string& variable) {
  const char* password = std::getenv(variable.c_str());
  if (password != nullptr && *password != '\0') return password;
  // What is no name may be the password itself.
  const bool is_name = std::all_of(variable.begin(), variable.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '_';
  });
  return NoSecret{"password_env",
                  is_name ? "the environment variable " + variable + " is not set"
                          : "this is no name of an environment variable",
                  "set it where miroir is started, or use password_file"};
}

}  // namespace

std::variant<std::string, NoSecret> read_secret(const SecretSource& source,
                                                const fs::path& folder) {
  std::vector<std::string> named;
  if (!source.file.empty()) named.emplace_back("password_file");
  if (!source.variable.empty()) named.emplace_back("password_env");
  if (!source.credential.empty()) named.emplace_back("password_credential");
  if (named.size() > 1)
    return NoSecret{"", "both " + named[0] + " and " + named[1], "one of the two"};
  if (!source.file.empty())
    return from_file("password_file", (folder / source.file).lexically_normal(), true);
  if (!source.credential.empty()) return from_credential(source.credential);
  return source.variable.empty() ? Secret{std::string{}} : from_environment(source.variable);
}

}  // namespace miroir
