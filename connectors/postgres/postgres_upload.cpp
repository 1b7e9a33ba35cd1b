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

// A message for each line would cost five bytes more, and a turn of the server's for each.
constexpr std::size_t message_bytes = 16'384;

void append_line(std::string& lines, const Row& row, std::size_t columns) {
  if (row.size() != columns) throw std::logic_error{"a row to upload has another number of values"};
  for (const Value& value : row) {
    if (&value != &row.front()) lines += '\t';
    append_copy_field(lines, value);
  }
  lines += '\n';
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
    std::string lines;
    for (Row row; next(row);) {
      append_line(lines, row, columns.size());
      if (lines.size() < message_bytes) continue;
      writer.write_raw_line(lines);
      lines.clear();
    }
    if (!lines.empty()) writer.write_raw_line(lines);
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
