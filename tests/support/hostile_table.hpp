// One table of a site, made of names and values as hostile as its database allows. Everything goes
// by SQL of the test's own, texts as hexadecimal digits, so that nothing here can be taken for
// syntax, and is read back byte by byte.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tests/support/site_database.hpp"

namespace miroir::test {

// The columns that every such table has, besides its key: one for each kind of value.
struct HostileNames {
  std::string table = "note", key = "no", words = "words", amount = "amount", day = "day",
              moment = "moment", raw = "raw";
};

class HostileTable {
 public:
  HostileTable(SiteDatabase& site, HostileNames names);

  const HostileNames& names() const { return names_; }
  void create();  // With the widest types of the database, and a text as the key.
  // Throws where the database does not take the value. Values are SQL, as those below make them.
  void insert(const std::string& key, const std::string& column, const std::string& value);
  void update(const std::string& key, const std::string& column, const std::string& value);
  void remove(const std::string& key);
  // What a column holds, byte by byte, as hexadecimal digits of its UTF-8; "-" for NULL, nothing:
  // no such row. A value that SQLite keeps in another class than TEXT has that before it.
  std::optional<std::string> bytes_of(const std::string& key, const std::string& column);
  // The column as a text of the database's own making: for numbers and times.
  std::optional<std::string> shown(const std::string& key, const std::string& column);

  std::optional<std::string> raw_of(const std::string& key);  // The column `raw`, alike.

  std::string text(const std::string& bytes) const;  // An expression for a text of these bytes.
  std::string raw(const std::string& bytes) const;   // For the bytes themselves.
  std::string repeated(const std::string& bytes, std::size_t times) const;
  std::string quoted(const std::string& name) const;

 private:
  std::optional<std::string> only(const std::string& expression, const std::string& key);
  bool is(const char* dialect) const { return site_.dialect() == dialect; }

  SiteDatabase& site_;
  HostileNames names_;
};

std::string hex_of(const std::string& bytes);

}  // namespace miroir::test
