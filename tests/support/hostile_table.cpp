#include "tests/support/hostile_table.hpp"

#include <cstdio>
#include <stdexcept>

namespace miroir::test {

std::string hex_of(const std::string& bytes) {
  constexpr const char* digits = "0123456789abcdef";
  std::string out;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    out += digits[byte >> 4];
    out += digits[byte & 15];
  }
  return out;
}

HostileTable::HostileTable(SiteDatabase& site, HostileNames names)
    : site_{site}, names_{std::move(names)} {}

std::string HostileTable::quoted(const std::string& name) const {
  const char quote = is("mariadb") ? '`' : '"';
  std::string out{quote};
  for (const char c : name) out.append(c == quote ? 2 : 1, c);
  return out + quote;
}

void HostileTable::create() {
  struct Types {
    const char *key, *words, *amount, *day, *moment, *raw;
  };
  const Types types =
      is("postgres") ? Types{"text", "text", "numeric", "date", "timestamptz", "bytea"}
      : is("mariadb")
          ? Types{"varchar(190)", "longtext", "decimal(38,10)", "date", "datetime(6)", "longblob"}
          : Types{"text", "text", "text", "text", "text", "blob"};
  const auto column = [&](const std::string& name, const char* type) {
    return ", " + quoted(name) + " " + type;
  };
  site_.run("CREATE TABLE " + quoted(names_.table) + " (" + quoted(names_.key) + " " + types.key +
            " NOT NULL PRIMARY KEY" + column(names_.words, types.words) +
            column(names_.amount, types.amount) + column(names_.day, types.day) +
            column(names_.moment, types.moment) + column(names_.raw, types.raw) + ")" +
            (is("mariadb") ? " CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci" : ""));
}

std::string HostileTable::text(const std::string& bytes) const {
  const std::string hex = hex_of(bytes);
  if (is("postgres")) return "convert_from('\\x" + hex + "'::bytea, 'UTF8')";
  if (is("mariadb")) return "_utf8mb4 X'" + hex + "'";
  return "CAST(X'" + hex + "' AS TEXT)";
}

std::string HostileTable::raw(const std::string& bytes) const {
  return is("postgres") ? "'\\x" + hex_of(bytes) + "'::bytea" : "X'" + hex_of(bytes) + "'";
}

std::string HostileTable::repeated(const std::string& bytes, std::size_t times) const {
  const std::string number = std::to_string(times);
  if (is("sqlite")) return "replace(hex(zeroblob(" + number + ")), '00', " + text(bytes) + ")";
  return "repeat(" + text(bytes) + ", " + number + ")";
}

void HostileTable::insert(const std::string& key, const std::string& column,
                          const std::string& value) {
  site_.run("INSERT INTO " + quoted(names_.table) + " (" + quoted(names_.key) + ", " +
            quoted(column) + ") VALUES (" + text(key) + ", " + value + ")");
}

void HostileTable::update(const std::string& key, const std::string& column,
                          const std::string& value) {
  site_.run("UPDATE " + quoted(names_.table) + " SET " + quoted(column) + " = " + value +
            " WHERE " + quoted(names_.key) + " = " + text(key));
}

void HostileTable::remove(const std::string& key) {
  site_.run("DELETE FROM " + quoted(names_.table) + " WHERE " + quoted(names_.key) + " = " +
            text(key));
}

std::optional<std::string> HostileTable::only(const std::string& expression,
                                              const std::string& key) {
  const auto rows = site_.rows("SELECT " + expression + " FROM " + quoted(names_.table) +
                               " WHERE " + quoted(names_.key) + " = " + text(key));
  if (rows.size() > 1) throw std::runtime_error{"a key names two rows: " + key};
  return rows.empty() ? std::nullopt : std::optional{rows.front()};
}

std::optional<std::string> HostileTable::bytes_of(const std::string& key,
                                                  const std::string& column) {
  const std::string c = quoted(column);
  if (is("postgres"))
    return only("coalesce(encode(convert_to(" + c + ", 'UTF8'), 'hex'), '-')", key);
  if (is("mariadb"))
    return only("coalesce(lower(hex(convert(" + c + " using utf8mb4))), '-')", key);
  return only("CASE WHEN " + c + " IS NULL THEN '-' WHEN typeof(" + c + ") = 'text' THEN '' ELSE " +
                  "typeof(" + c + ") || ' ' END || lower(hex(" + c + "))",
              key);
}

std::optional<std::string> HostileTable::raw_of(const std::string& key) {
  const std::string c = quoted(names_.raw);
  return only(is("postgres") ? "coalesce(encode(" + c + ", 'hex'), '-')"
                             : "CASE WHEN " + c + " IS NULL THEN '-' ELSE lower(hex(" + c + ")) END",
              key);
}

std::optional<std::string> HostileTable::shown(const std::string& key, const std::string& column) {
  const std::string c = quoted(column);
  return only("coalesce(" + (is("mariadb") ? c : "CAST(" + c + " AS text)") + ", '-')", key);
}

}  // namespace miroir::test
