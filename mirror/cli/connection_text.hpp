// Connection texts as people write them: "host=... dbname=..." for PostgreSQL,
// "Driver=...;Database=..." for ODBC. Pure. Finds a password, adds one, makes a path absolute.
// Throws std::invalid_argument for an ODBC text that is none.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace miroir {

// Whether the text says a password itself; PostgreSQL also as postgresql://user:secret@host.
bool names_password(std::string_view connector, std::string_view connection);

// Whether it is a postgresql:// address, to which no password can be added.
bool is_address(std::string_view connection);

// The text with the password added, quoted as the connector's grammar wants it.
std::string with_password(std::string_view connector, const std::string& connection,
                          const std::string& password);

// The account and the database that the text names; empty: none.
std::string user_of(std::string_view connector, const std::string& connection);
std::string database_of(std::string_view connector, const std::string& connection);

// The text with another account.
std::string with_user(std::string_view connector, const std::string& connection,
                      const std::string& user);

// Whether the text says itself how TLS is to be used.
bool names_tls(std::string_view connector, std::string_view connection);

// The text with TLS insisted upon, and the server's certificate and name checked against the
// authority's certificates in the file `authority`. For PostgreSQL and MariaDB.
std::string with_tls(std::string_view connector, const std::string& connection,
                     const std::string& authority);

// Whether the database is on another machine and nobody checks that it is the right one.
bool travels_unverified(std::string_view connector, std::string_view connection);
constexpr std::string_view unverified_line =
    "the line to another machine does not check the server's certificate and name";
constexpr std::string_view unverified_remedy =
    "name its certificate authority: \"tls_ca\": \"ca.pem\" in the site's configuration";

// An ODBC text whose Database is a file: relative to `folder` unless it is absolute.
std::string with_absolute_database(const std::string& connection,
                                   const std::filesystem::path& folder);

}  // namespace miroir
