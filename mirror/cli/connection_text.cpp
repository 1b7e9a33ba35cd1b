#include "mirror/cli/connection_text.hpp"

#include <algorithm>
#include <cctype>
#include <vector>

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

// The keywords, in lower case.
std::vector<std::string> postgres_keywords(std::string_view text) {
  std::vector<std::string> found;
  for (std::size_t at = skip_blanks(text, 0); at < text.size(); at = skip_blanks(text, at)) {
    const std::size_t equals = text.find('=', at);
    if (equals == std::string_view::npos) break;
    found.push_back(lower(trim(text.substr(at, equals - at))));
    at = end_of_postgres_value(text, skip_blanks(text, equals + 1));
  }
  return found;
}

// postgresql://user:secret@host/db, or ...?password=secret
bool address_names_password(std::string_view address) {
  const std::string_view rest = address.substr(address.find("://") + 3);
  const std::size_t at = rest.substr(0, rest.find('/')).rfind('@');
  const bool before_host =
      at != std::string_view::npos && rest.substr(0, at).find(':') != std::string_view::npos;
  return before_host || lower(rest).find("password=") != std::string::npos;
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
  const auto keywords = postgres_keywords(connection);
  return std::any_of(keywords.begin(), keywords.end(), [](const std::string& keyword) {
    return keyword == "password" || keyword == "sslpassword";
  });
}

std::string with_password(std::string_view connector, const std::string& connection,
                          const std::string& password) {
  if (password.empty()) return connection;
  if (connector == "odbc") {
    return to_connection_string(
        with_options(parse_connection_string(connection), {{"PWD", password}}));
  }
  std::string quoted;
  for (const char c : password) {
    if (c == '\'' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return connection + " password='" + quoted + "'";
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
