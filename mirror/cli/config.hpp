// The configuration file: where the two databases are, which mapping joins them, where the state
// is, the limits.
//
// read_setting() reads it and the mapping that it names, and finds every mistake of both in one go.
// It refuses what would leak or be ambiguous: a password in the connection text, a password file
// that others can read, both a file and a variable. Touches nothing but the two files, the password
// files and the environment.
#pragma once

#include <array>
#include <chrono>
#include <filesystem>
#include <map>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "connectors/rights.hpp"
#include "connectors/session.hpp"
#include "mirror/cli/notify_config.hpp"
#include "mirror/cycle.hpp"
#include "schema/mapping.hpp"
#include "schema/mapping_file.hpp"

namespace miroir {

// Where and how one site is reached. Never printed as a whole: it holds the password.
struct SiteConfig {
  std::string name;
  std::string connector;   // "postgres" or "odbc"
  std::string dialect;     // For odbc: "sqlite".
  std::string connection;  // Without the password; SQLite's Database is absolute.
  std::string password;    // Empty: none.
  AccountNames accounts;       // As they are called, or will be.
};

// The status page, and when cycles run.
struct ServeConfig {
  std::string listen = "127.0.0.1:8650";
  std::string address;        // What people type, where a proxy with TLS stands before it.
  std::string language = "";  // "": what the browser asks for.
  std::chrono::minutes every{15};
  bool runs_cycles = false;  // Or cron does.
  // By language: what the page calls entities, fields ("customer.email") and sites.
  std::map<std::string, std::map<std::string, std::string>> names{};
  std::set<std::string> personal{};  // "customer.email": fields whose values readers do not see.
};

struct Config {
  std::filesystem::path file;
  std::array<SiteConfig, 2> sites;  // In the order of Mapping::sites.
  std::filesystem::path mapping;
  std::filesystem::path state;
  SessionLimits session;
  Limits limits;
  std::string log_level = "info";
  ServeConfig serve{};
  NotifyConfig notify{};
};

struct Setting {
  Config config;
  Mapping mapping;  // Not bound to the sites' catalogues yet.
};

// Mistakes of the configuration, the mapping, or the mapping against a site's catalogue: all of
// them.
class ConfigError : public std::runtime_error {
 public:
  explicit ConfigError(std::vector<Mistake> mistakes);
  const std::vector<Mistake>& mistakes() const { return mistakes_; }

 private:
  std::vector<Mistake> mistakes_;
};

// As whom the sites are to be reached: `installer` is another account where the configuration names
// one. `nobody` reads no password: what only prints needs none.
enum class Login : std::uint8_t { runner, installer, nobody };

Setting read_setting(const std::filesystem::path& file, Login login);  // Throws ConfigError.

}  // namespace miroir
