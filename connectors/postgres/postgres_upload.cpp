#include "connectors/postgres/postgres_upload.hpp"

#include <pqxx/tablewriter>
#include <stdexcept>

#include "connectors/postgres/postgres_text.hpp"
#include "connectors/postgres/postgres_values.hpp"

// stream_to, which libpqxx 6.4 prefers, takes only tuples: a number of columns known when
// compiling. tablewriter takes lines.
#include <pqxx/internal/ignore-deprecated-pre.hxx>

namespace miroir::postgres {
namespace {

std::string line_of(const Row& row, std::size_t columns) {
  if (row.size() != columns) throw std::logic_error{"a row to upload has another number of values"};
  std::string line;
  for (const Value& value : row) {
    if (&value != &row.front()) line += '\t';
    append_copy_field(line, value);
  }
  return line;
}

// There is no way to give up a COPY half way through but a line that the server must refuse.
void spoil(pqxx::tablewriter& writer, std::size_t columns) {
  try {
    writer.write_raw_line(std::string(columns, '\t'));
    writer.complete();
  } catch (const pqxx::pqxx_exception&) {
    return;  // As intended; what the caller hears of is the reason for giving up.
  }
}

}  // namespace

void copy_in(pqxx::transaction_base& work, const std::string& table,
             std::span<const std::string> columns, const std::function<bool(Row&)>& next) {
  std::vector<std::string> names;
  for (const std::string& column : columns) names.push_back(quoted_name(column));
  pqxx::tablewriter writer{work, table, names.begin(), names.end()};
  try {
    for (Row row; next(row);) writer.write_raw_line(line_of(row, columns.size()));
  } catch (const pqxx::pqxx_exception&) {
    throw;
  } catch (...) {
    spoil(writer, columns.size());
    throw;
  }
  writer.complete();
}

}  // namespace miroir::postgres

#include <pqxx/internal/ignore-deprecated-post.hxx>
