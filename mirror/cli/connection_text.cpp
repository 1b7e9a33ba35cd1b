#include "mirror/cli/connection_text.hpp"

#include <algorithm>
#include <cctype>

#include "connectors/odbc/connection_string.hpp"

namespace miroir {
namespace {

std::string lower(std::string_view text) {
  std::string out;
  for (const char c : text) {
    out += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return out;
}

std::string_view trim(std::string_view text) {
  const char* blanks = " \t\r\n";
  const std::size_t from = text.find_first_not_of(blanks);
  if (from == std::string_view::npos) return {};
  return text.substr(from, text.find_last_not_of(blanks) - from + 1);
}

std::size_t skip_blanks(std::string_view text, std::size_t at) {
  return std::min(text.find_first_not_of(" \t\r\n", at), text.size());
}

// One PostgreSQL value begins at `from`: up to a blank, or to the closing quote; a backslash takes
// the next character.
std::size_t end_of_postgres_value(std::string_view text, std::size_t from) {
  const bool quoted = from < text.size() && text[from] == '\'';
  for (std::size_t at = quoted ? from + 1 : from; at < text.size(); ++at) {
    if (text[at] == '\\') {
      ++at;
    } else if (quoted ? text[at] == '\''
                      : std::isspace(static_cast<unsigned char>(text[at])) != 0) {
      return quoted ? at + 1 : at;
    }
  }
  return text.size();
}

std::string unquoted(std::string_view value) {
  const bool quoted = value.size() >= 2 && value.front() == '\'';
  if (quoted) value = value.substr(1, value.size() - 2);
  std::string out;
  for (std::size_t at = 0; at < value.size(); ++at) {
    if (value[at] == '\\' && at + 1 < value.size()) ++at;
    out += value[at];
  }
  return out;
}

// The keywords in lower case, with their values.
ConnectionOptions postgres_options(std::string_view text) {
  ConnectionOptions found;
  for (std::size_t at = skip_blanks(text, 0); at < text.size(); at = skip_blanks(text, at)) {
    const std::size_t equals = text.find('=', at);
    if (equals == std::string_view::npos) break;
    const std::size_t from = skip_blanks(text, equals + 1);
    const std::size_t to = end_of_postgres_value(text, from);
    found.emplace_back(lower(trim(text.substr(at, equals - at))),
                       unquoted(text.substr(from, to - from)));
    at = to;
  }
  return found;
}

// host and sslmode of postgresql://user@host:port/db?sslmode=...
ConnectionOptions address_options(std::string_view address) {
  std::string_view rest = trim(address).substr(trim(address).find("://") + 3);
  const std::size_t end = std::min(rest.find_first_of("/?"), rest.size());
  std::string_view hosts = rest.substr(0, end);
  if (const auto at = hosts.rfind('@'); at != std::string_view::npos) hosts.remove_prefix(at + 1);
  ConnectionOptions found{{"host", std::string{hosts}}};
  const std::size_t query = rest.find('?');
  for (std::size_t at = query; at < rest.size(); at = rest.find('&', at)) {
    ++at;
    const std::string_view part = rest.substr(at, rest.find('&', at) - at);
    const std::size_t equals = std::min(part.find('='), part.size());
    found.emplace_back(lower(part.substr(0, equals)),
                       std::string{part.substr(std::min(equals + 1, part.size()))});
  }
  return found;
}

// A unix socket, or loopback; a port may follow the host.
bool is_local(std::string_view host) {
  const std::string name = lower(trim(host));
  return name.empty() || name.starts_with('/') || name.starts_with('@') ||
         name.starts_with("%2f") || name == "::1" || name.starts_with("[::1]") ||
         name.starts_with("127.") || name == "localhost" || name.starts_with("localhost:");
}

bool all_local(std::string_view hosts) {
  for (;;) {
    const std::size_t comma = hosts.find(',');
    if (!is_local(hosts.substr(0, comma))) return false;
    if (comma == std::string_view::npos) return true;
    hosts.remove_prefix(comma + 1);
  }
}

// postgresql://user:secret@host/db, or ...?password=secret
bool address_names_password(std::string_view address) {
  const std::string_view rest = address.substr(address.find("://") + 3);
  const std::size_t at = rest.substr(0, rest.find('/')).rfind('@');
  const bool before_host =
      at != std::string_view::npos && rest.substr(0, at).find(':') != std::string_view::npos;
  return before_host || lower(rest).find("password=") != std::string::npos;
}

std::string quoted_for_postgres(const std::string& value) {
  std::string quoted{'\''};
  for (const char c : value) {
    if (c == '\'' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted += '\'';
}

}  // namespace

bool is_address(std::string_view connection) {
  const std::string start = lower(trim(connection).substr(0, 13));
  return start == "postgresql://" || start.starts_with("postgres://");
}

bool names_password(std::string_view connector, std::string_view connection) {
  if (connector == "odbc") {
    const ConnectionOptions options = parse_connection_string(connection);
    return option(options, "PWD") || option(options, "Password");
  }
  if (is_address(connection)) return address_names_password(connection);
  const ConnectionOptions options = postgres_options(connection);
  return option(options, "password") || option(options, "sslpassword");
}

namespace {

// libpq takes the last one.
std::string last_option(const ConnectionOptions& options, std::string_view key) {
  const auto found = std::find_if(options.rbegin(), options.rend(),
                                  [&](const auto& one) { return one.first == key; });
  return found == options.rend() ? "" : found->second;
}

}  // namespace

std::string user_of(std::string_view connector, const std::string& connection) {
  if (connector == "odbc") {
    const ConnectionOptions options = parse_connection_string(connection);
    return option(options, "UID").value_or(option(options, "User").value_or(""));
  }
  if (!is_address(connection)) return last_option(postgres_options(connection), "user");
  const std::string_view rest = std::string_view{connection}.substr(connection.find("://") + 3);
  const std::size_t at = rest.substr(0, rest.find('/')).rfind('@');
  return at == std::string_view::npos ? "" : std::string{rest.substr(0, at)};
}

std::string database_of(std::string_view connector, const std::string& connection) {
  if (connector == "odbc")
    return option(parse_connection_string(connection), "Database").value_or("");
  return is_address(connection) ? "" : last_option(postgres_options(connection), "dbname");
}

std::string with_user(std::string_view connector, const std::string& connection,
                      const std::string& user) {
  if (connector == "odbc") {
    ConnectionOptions options = parse_connection_string(connection);
    std::erase_if(options, [](const auto& one) { return lower(one.first) == "user"; });
    return to_connection_string(with_options(std::move(options), {{"UID", user}}));
  }
  return connection + " user=" + quoted_for_postgres(user);  // The last one counts.
}

bool names_tls(std::string_view connector, std::string_view connection) {
  if (connector == "odbc") {
    const ConnectionOptions options = parse_connection_string(connection);
    return option(options, "SSLVERIFY") || option(options, "FORCETLS") || option(options, "SSLCA");
  }
  const ConnectionOptions options = postgres_options(connection);
  return option(options, "sslmode") || option(options, "sslrootcert");
}

std::string with_tls(std::string_view connector, const std::string& connection,
                     const std::string& authority) {
  // The driver takes FORCETLS=1 without SSLVERIFY=1 for a wish: with a server that has no TLS it
  // goes on in the clear. SSLVERIFY=1 insists, and looks at the name too.
  if (connector == "odbc") {
    return to_connection_string(
        with_options(parse_connection_string(connection),
                     {{"SSLCA", authority}, {"SSLVERIFY", "1"}, {"FORCETLS", "1"}}));
  }
  return connection + " sslmode=verify-full sslrootcert=" + quoted_for_postgres(authority);
}

bool travels_unverified(std::string_view connector, std::string_view connection) {
  if (connector == "odbc") {
    const ConnectionOptions options = parse_connection_string(connection);
    if (option(options, "Socket")) return false;
    return !is_local(option(options, "Server").value_or("")) &&
           option(options, "SSLVERIFY").value_or("0") != "1";
  }
  const ConnectionOptions options =
      is_address(connection) ? address_options(connection) : postgres_options(connection);
  const auto hostaddr = option(options, "hostaddr");
  return !all_local(hostaddr ? *hostaddr : option(options, "host").value_or("")) &&
         option(options, "sslmode") != "verify-full";
}

std::string with_password(std::string_view connector, const std::string& connection,
                          const std::string& password) {
  if (password.empty()) return connection;
  if (connector == "odbc") {
    return to_connection_string(
        with_options(parse_connection_string(connection), {{"PWD", password}}));
  }
  return connection + " password=" + quoted_for_postgres(password);
}

std::string with_absolute_database(const std::string& connection,
                                   const std::filesystem::path& folder) {
  const ConnectionOptions options = parse_connection_string(connection);
  const auto database = option(options, "Database");
  if (!database || std::filesystem::path{*database}.is_absolute()) return connection;
  const std::filesystem::path absolute = (folder / *database).lexically_normal();
  return to_connection_string(with_options(options, {{"Database", absolute.string()}}));
}

}  // namespace miroir
