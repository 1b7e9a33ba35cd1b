// Prints the sample world, and later people's edits of it, as the SQL of one site.
//
// Streams: memory does not grow with the number of rows. One transaction each, for psql or the
// sqlite3 shell. In the shop a row's key is its number. In the ERP, customers are C000001 ... and
// orders CV00000001 ..., as if they had been typed there; the edits also find rows that miroir
// carried there from the shop.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace miroir::sample {

enum class Place : std::uint8_t { shop, erp };
enum class SqlDialect : std::uint8_t { postgres, sqlite, mariadb };

struct Options {
  Place place = Place::shop;
  SqlDialect dialect = SqlDialect::postgres;
  std::int64_t customers = 100;
  std::int64_t orders_per_customer = 2;
  std::int64_t products = 60;
  std::uint64_t seed = 1;
};

void write_sample(std::ostream& out, const Options& options);

// `edits` changes that people make in round `round` (1, 2, ...) to a world that write_sample
// filled: fields of customers, items and orders, stock taken, lines added and removed, orders
// removed, new customers with orders.
void write_edits(std::ostream& out, const Options& options, std::int64_t edits, std::int64_t round);

// SQL text of values. Text is quoted for both dialects alike: an apostrophe is doubled, a backslash
// is itself.
std::string quoted(std::string_view text);
// As the ERP writes it: its home country is blank.
std::string_view erp_country(std::string_view country);
std::string quoted_or(const std::optional<std::string>& text, std::string_view otherwise);
std::string boolean(bool value, const Options& options);
// MariaDB's datetime takes no zone: UTC is understood.
std::string instant(std::string_view text, const Options& options);

// INSERTs of many rows each: one statement for each row takes minutes, one for all of them takes
// memory.
class Inserter {
 public:
  Inserter(std::ostream& out, std::string_view table, std::string_view columns);
  ~Inserter();
  Inserter(const Inserter&) = delete;
  Inserter& operator=(const Inserter&) = delete;
  void row(const std::vector<std::string>& values);

 private:
  std::ostream& out_;
  std::string head_;
  std::size_t rows_ = 0;
};

}  // namespace miroir::sample
