#include "mirror/cli/config.hpp"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <optional>

#include "mirror/cli/config_schema.hpp"
#include "mirror/cli/connection_text.hpp"
#include "mirror/cli/secrets.hpp"
#include "schema/json_document.hpp"

namespace miroir {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr std::array dialects{"mariadb", "sqlite"};

std::string joined(const std::vector<Mistake>& mistakes) {
  std::string text;
  for (const Mistake& mistake : mistakes) {
    if (!text.empty()) text += '\n';
    text += to_string(mistake);
  }
  return text;
}

std::optional<std::string> contents(const fs::path& file) {
  std::error_code error;
  if (!fs::is_regular_file(file, error)) return std::nullopt;
  std::ifstream in{file, std::ios::binary};
  if (!in) return std::nullopt;
  return std::string{std::istreambuf_iterator<char>{in}, {}};
}

// A name as a JSON pointer has it.
std::string escaped(const std::string& name) {
  std::string out;
  for (const char c : name) out += c == '~' ? "~0" : c == '/' ? "~1" : std::string{c};
  return out;
}

bool has_blanks_around(const std::string& text) {
  const std::string_view blanks = " \t\r\n\v\f";
  return !text.empty() && (blanks.find(text.front()) != std::string_view::npos ||
                           blanks.find(text.back()) != std::string_view::npos);
}

// Reads one configuration file; every method adds to `mistakes` and goes on.
class Reader {
 public:
  Reader(const fs::path& file, Login login)
      : file_{file}, folder_{fs::absolute(file).parent_path()}, login_{login} {}

  Setting read();
  const std::vector<Mistake>& mistakes() const { return mistakes_; }

 private:
  void wrong(const std::string& pointer, std::string what, std::string right) {
    mistakes_.push_back({file_.string(), pointer, std::move(what), std::move(right)});
  }
  bool parse(const std::string& text);
  void read_mapping_and_sites(Setting& setting);
  void set_days(const char* key, std::chrono::days& kept);
  void read_limits(Config& config);
  void read_brake(const std::string& pointer, BrakeLimit& limit);
  void read_brakes(const Mapping& mapping, BrakeLimits& brakes);
  void check_personal(const Mapping& mapping);
  bool fits_schema(std::string_view part) const;
  void read_serve(ServeConfig& serve);
  std::optional<SiteConfig> read_site(const std::string& name, const json& site);
  void check_dialect(const SiteConfig& site, const std::string& pointer);
  void check_connection(SiteConfig& site, const std::string& pointer, bool has_password);
  void add_tls(SiteConfig& site, const std::string& name, const std::string& pointer);
  std::string read_password(const json& named, const std::string& pointer);
  void read_accounts(SiteConfig& site, const json& given, const std::string& pointer);
  std::string text_at(const json& object, const char* key) const;
  fs::path path_at(const char* key) const {
    return (folder_ / text_at(root_, key)).lexically_normal();
  }
  void set_duration(const char* key, std::chrono::milliseconds& limit);
  void set_count(const char* key, std::size_t& limit);

  fs::path file_, folder_;
  Login login_;
  json root_;
  std::vector<Mistake> mistakes_;
};

std::string Reader::text_at(const json& object, const char* key) const {
  const auto found = object.is_object() ? object.find(key) : object.end();
  if (!object.is_object() || found == object.end() || !found->is_string()) return {};
  return found->get<std::string>();
}

// The structure's mistakes are kept, but the document is read all the same, so that what is wrong
// in the mapping or with a password comes in the same report.
bool Reader::parse(const std::string& text) {
  auto parsed = parse_json(text, file_.string());
  if (auto* unreadable = std::get_if<std::vector<Mistake>>(&parsed)) {
    mistakes_ = std::move(*unreadable);
    return false;
  }
  root_ = std::move(std::get<json>(parsed));
  mistakes_ = check_schema(root_, config_schema(), file_.string());
  return root_.is_object();
}

std::string Reader::read_password(const json& named, const std::string& pointer) {
  if (login_ == Login::nobody) return {};
  if (named.contains("password"))
    wrong(pointer + "/password", "a password stands in the configuration",
          "take it out and name a password_file, password_credential or password_env");
  auto secret = read_secret({.file = text_at(named, "password_file"),
                             .variable = text_at(named, "password_env"),
                             .credential = text_at(named, "password_credential")},
                            folder_);
  if (auto* none = std::get_if<NoSecret>(&secret)) {
    wrong(none->member.empty() ? pointer : pointer + "/" + none->member, none->wrong, none->right);
    return {};
  }
  return std::get<std::string>(std::move(secret));
}

void Reader::check_dialect(const SiteConfig& site, const std::string& pointer) {
  if (site.connector == "postgres" && !site.dialect.empty()) {
    wrong(pointer + "/dialect", "connector postgres takes no dialect", "remove it");
  }
  if (site.connector != "odbc") return;
  std::string known;
  for (const std::string dialect : dialects) {
    if (site.dialect == dialect) return;
    known += (known.empty() ? "" : ", ") + dialect;
  }
  if (site.dialect.empty()) {
    wrong(pointer, "connector odbc needs to know the dialect", "\"dialect\": one of: " + known);
  } else {
    wrong(pointer + "/dialect", "'" + site.dialect + "' is no dialect", "one of: " + known);
  }
}

void Reader::check_connection(SiteConfig& site, const std::string& pointer, bool has_password) try {
  if (site.dialect == "sqlite") {
    site.connection = with_absolute_database(site.connection, folder_);
  }
  if (names_password(site.connector, site.connection)) {
    wrong(pointer + "/connection", "the connection text holds a password",
          "take it out and name a password_file, password_credential or password_env");
  } else if (site.connector == "postgres" && is_address(site.connection) && has_password) {
    wrong(pointer + "/connection", "a password cannot be added to an address (postgresql://...)",
          "host=... dbname=... user=...");
  }
} catch (const std::invalid_argument& error) {
  wrong(pointer + "/connection", error.what(), "Driver=...;Database=...");
}

void Reader::add_tls(SiteConfig& site, const std::string& name, const std::string& pointer) try {
  if (name.empty()) return;
  const fs::path authority = (folder_ / name).lexically_normal();
  std::error_code error;
  if (site.dialect == "sqlite") {
    wrong(pointer, "an SQLite file is reached by no line", "remove it");
  } else if (!fs::is_regular_file(authority, error)) {
    wrong(pointer, "there is no file " + authority.string(),
          "a file with the certificate of the authority that signed the server's");
  } else if (site.connector == "postgres" && is_address(site.connection)) {
    wrong(pointer, "tls_ca cannot be added to an address (postgresql://...)",
          "\"connection\": host=... dbname=... user=...");
  } else if (names_tls(site.connector, site.connection)) {
    wrong(pointer, "both tls_ca and TLS options in the connection text", "one of the two");
  } else {
    site.connection = with_tls(site.connector, site.connection, authority.string());
  }
} catch (const std::invalid_argument&) {
  return;  // check_connection() has said so.
}

// Who mirrors, and who installs: without an account of its own, the same.
void Reader::read_accounts(SiteConfig& site, const json& given, const std::string& pointer) try {
  const json installer = given.value("installer", json::object());
  const std::string name = text_at(installer, "user");
  const std::string runner = user_of(site.connector, site.connection);
  site.accounts = {.runner = runner.empty() ? "miroir" : runner,
                   .installer = name,
                   .database = database_of(site.connector, site.connection)};
  if (name.empty()) site.accounts.installer = site.accounts.runner + "_install";
  if (name.empty() || login_ != Login::installer) {
    site.password = read_password(given, pointer);
  } else if (site.connector == "postgres" && is_address(site.connection)) {
    wrong(pointer + "/installer", "no account can be added to an address (postgresql://...)",
          "\"connection\": host=... dbname=... user=...");
  } else {
    site.connection = with_user(site.connector, site.connection, name);
    site.password = read_password(installer, pointer + "/installer");
  }
  if (site.connector == "odbc" && has_blanks_around(site.password))
    wrong(pointer, "the password begins or ends with a blank, which the ODBC driver takes away",
          "another password");
} catch (const std::invalid_argument&) {
  return;  // check_connection() has said so.
}

std::optional<SiteConfig> Reader::read_site(const std::string& name, const json& site) {
  if (!site.is_object()) return std::nullopt;
  const std::string pointer = "/sites/" + escaped(name);

  SiteConfig config{.name = name,
                    .connector = text_at(site, "connector"),
                    .dialect = text_at(site, "dialect"),
                    .connection = text_at(site, "connection"),
                    .password = {},
                    .accounts = {}};
  check_dialect(config, pointer);
  check_connection(config, pointer,
                   site.contains("password_file") || site.contains("password_env") ||
                       site.contains("password_credential"));
  add_tls(config, text_at(site, "tls_ca"), pointer + "/tls_ca");
  read_accounts(config, site, pointer);
  return config;
}

void Reader::read_mapping_and_sites(Setting& setting) {
  std::vector<SiteConfig> sites;
  if (root_.contains("sites") && root_["sites"].is_object()) {
    for (const auto& [name, site] : root_["sites"].items()) {
      if (auto read = read_site(name, site)) sites.push_back(std::move(*read));
    }
  }
  if (text_at(root_, "mapping").empty()) return;
  setting.config.mapping = path_at("mapping");
  auto mapping = read_mapping_file(setting.config.mapping);
  if (auto* mistakes = std::get_if<std::vector<Mistake>>(&mapping)) {
    mistakes_.insert(mistakes_.end(), mistakes->begin(), mistakes->end());
    return;
  }
  setting.mapping = std::move(std::get<Mapping>(mapping));
  const auto& names = setting.mapping.sites;
  for (SiteConfig& site : sites) {
    const auto id = setting.mapping.site(site.name);
    if (id) {
      setting.config.sites[index(*id)] = std::move(site);
    } else {
      wrong("/sites", "the mapping knows no site '" + site.name + "'",
            "the sites are called " + names[0] + " and " + names[1]);
    }
  }
}

void Reader::set_duration(const char* key, std::chrono::milliseconds& limit) {
  const json::json_pointer pointer{std::string{"/limits/"} + key};
  if (!root_.contains(pointer) || !root_[pointer].is_number()) return;
  limit = std::chrono::milliseconds{std::llround(root_[pointer].get<double>() * 1000)};
}

void Reader::set_count(const char* key, std::size_t& limit) {
  const json::json_pointer pointer{key};
  if (root_.contains(pointer) && root_[pointer].is_number_unsigned()) {
    limit = root_[pointer].get<std::size_t>();
  }
}

void Reader::set_days(const char* key, std::chrono::days& kept) {
  const json::json_pointer pointer{std::string{"/retention/"} + key};
  if (root_.contains(pointer) && root_[pointer].is_number_unsigned())
    kept = std::chrono::days{root_[pointer].get<int>()};
}

void Reader::read_limits(Config& config) {
  set_duration("connect_seconds", config.session.connect);
  set_duration("connect_seconds", config.limits.reach);
  set_duration("lock_wait_seconds", config.session.lock_wait);
  set_duration("statement_seconds", config.session.statement);
  set_duration("idle_in_transaction_seconds", config.session.idle_in_transaction);
  set_duration("dead_line_seconds", config.session.dead_line);
  set_duration("cycle_seconds", config.limits.deadline);
  set_count("/limits/chunk_roots", config.limits.chunk_roots);
  set_count("/limits/batch_aggregates", config.limits.batch_aggregates);
  set_days("history_days", config.limits.retention.history);
  set_days("cycles_days", config.limits.retention.cycles);
  set_days("deleted_days", config.limits.retention.deleted);
  const json::json_pointer level{"/log/level"};
  if (root_.contains(level) && root_[level].is_string()) config.log_level = root_[level];
}

void Reader::read_brake(const std::string& pointer, BrakeLimit& limit) {
  set_count((pointer + "/count").c_str(), limit.count);
  const json::json_pointer share{pointer + "/share"};
  if (root_.contains(share) && root_[share].is_number()) limit.share = root_[share].get<double>();
}

// An entity of its own has what it says, and else what is said of all.
void Reader::read_brakes(const Mapping& mapping, BrakeLimits& brakes) {
  const auto read = [&](const std::string& pointer, EntityLimits& limits) {
    read_brake(pointer + "/deletions", limits.deletions);
    read_brake(pointer + "/updates", limits.updates);
    read_brake(pointer + "/inserts", limits.inserts);
  };
  read("/brakes", brakes.all);
  const json::json_pointer clock{"/brakes/clock_seconds"};
  if (root_.contains(clock) && root_[clock].is_number())
    brakes.clock_jump = std::chrono::milliseconds{std::llround(root_[clock].get<double>() * 1000)};
  const json::json_pointer own{"/brakes/entities"};
  if (!root_.contains(own) || !root_[own].is_object()) return;
  for (const auto& [name, limits] : root_[own].items()) {
    const std::string pointer = own.to_string() + "/" + escaped(name);
    const Entity* entity = mapping.find(name);
    if (entity == nullptr || entity->is_part()) {
      wrong(pointer, "the mapping has no entity '" + name + "' that stands for itself",
            "the name of one of its entities, but of no part of another");
      continue;
    }
    read(pointer, brakes.of[name] = brakes.all);
  }
}

// As browsers say it to the page: in small letters, and without the port that https has by itself.
std::string as_browsers_say(std::string address) {
  while (address.ends_with('/')) address.pop_back();
  if (address.ends_with(":443")) address.resize(address.size() - 4);
  for (char& c : address) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return address;
}

void Reader::read_serve(ServeConfig& serve) {
  const json block = root_.value("serve", json::object());
  serve.listen = block.value("listen", serve.listen);
  serve.address = as_browsers_say(block.value("address", serve.address));
  serve.language = block.value("language", serve.language);
  serve.names = block.value("names", serve.names);
  serve.personal = block.value("personal", serve.personal);
  const json schedule = root_.value("schedule", json::object());
  serve.every = std::chrono::minutes{schedule.value("every_minutes", serve.every.count())};
  serve.runs_cycles = schedule.value("run", serve.runs_cycles);
}

bool Reader::fits_schema(std::string_view part) const {
  return std::none_of(mistakes_.begin(), mistakes_.end(),
                      [&](const Mistake& mistake) { return mistake.pointer.starts_with(part); });
}

// "customer.email"
void Reader::check_personal(const Mapping& mapping) {
  const json::json_pointer at{"/serve/personal"};
  if (!root_.contains(at) || !root_[at].is_array()) return;
  for (std::size_t i = 0; i < root_[at].size(); ++i) {
    const std::string name = root_[at][i].is_string() ? root_[at][i].get<std::string>() : "";
    const std::size_t dot = std::min(name.find('.'), name.size());
    const Entity* entity = mapping.find(name.substr(0, dot));
    if (entity != nullptr && dot < name.size() && entity->field_index(name.substr(dot + 1)))
      continue;
    wrong(at.to_string() + "/" + std::to_string(i),
          "the mapping has no field '" + name + "', so nothing would be hidden",
          "ENTITY.FIELD, as the mapping calls them: customer.email");
  }
}

Setting Reader::read() {
  Setting setting;
  setting.config.file = file_;
  const auto text = contents(file_);
  if (!text) {
    wrong("", "there is no such file, or it cannot be read", "a configuration file: --config FILE");
    return setting;
  }
  if (!parse(*text)) return setting;
  read_mapping_and_sites(setting);
  setting.config.state = path_at("state");
  if (!setting.mapping.entities.empty()) {
    read_brakes(setting.mapping, setting.config.limits.brakes);
    check_personal(setting.mapping);
  }
  if (root_.contains("notify") && fits_schema("/notify"))
    setting.config.notify = read_notify(root_["notify"], file_, mistakes_);
  if (!mistakes_.empty()) return setting;
  read_limits(setting.config);
  read_serve(setting.config.serve);
  return setting;
}

}  // namespace

ConfigError::ConfigError(std::vector<Mistake> mistakes)
    : std::runtime_error{joined(mistakes)}, mistakes_{std::move(mistakes)} {}

Setting read_setting(const fs::path& file, Login login) {
  Reader reader{file, login};
  Setting setting = reader.read();
  if (!reader.mistakes().empty()) throw ConfigError{reader.mistakes()};
  return setting;
}

}  // namespace miroir
