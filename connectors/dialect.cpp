#include "connectors/dialect.hpp"

#include <fmt/format.h>

#include "schema/hash.hpp"

namespace miroir {
namespace {

std::string listed(const std::vector<std::string>& names) {
  return fmt::format("{}", fmt::join(names, ", "));
}

}  // namespace

std::string quoted_text(std::string_view text) {
  if (text.find('\0') != std::string_view::npos) {
    throw std::invalid_argument{"a text with a NUL character cannot stand in SQL"};
  }
  std::string out{'\''};
  for (const char c : text) out.append(c == '\'' ? 2 : 1, c);
  return out += '\'';
}

std::string Dialect::quote(const TableName& table) const {
  return table.schema.empty() ? quote(table.name) : quote(table.schema) + "." + quote(table.name);
}

std::string Dialect::selected(const std::string& expression, ValueKind) const { return expression; }

std::string Dialect::empty_staging(const TableName& staging) const {
  return "DELETE FROM " + quote(staging);
}

std::vector<Statement> Dialect::refresh_statistics(const TableName&) const { return {}; }

std::string Dialect::delete_staged(const std::string& target,
                                   const std::vector<std::string>& columns,
                                   const std::string& staging,
                                   const std::vector<std::string>& values,
                                   const std::string& filter) const {
  const std::string key = columns.size() == 1 ? columns.front() : "(" + listed(columns) + ")";
  return fmt::format("DELETE FROM {} WHERE {} IN (SELECT {} FROM {} AS s WHERE {})", target, key,
                     listed(values), staging, filter);
}

std::vector<std::string> Dialect::delete_where(const std::string& target, const std::string&,
                                               const std::string& condition) const {
  return {fmt::format("DELETE FROM {} WHERE {}", target, condition)};
}

std::string Dialect::insert_staged(const StagedInsert& insert) const {
  return fmt::format("INSERT INTO {} ({}) {}SELECT {} FROM {} AS s WHERE {} ORDER BY s.{}",
                     quote(insert.table), listed(insert.columns), overriding(),
                     listed(insert.values), insert.staging, insert.filter, insert.row_column);
}

std::string Dialect::as_script(const std::vector<std::vector<Statement>>& steps) const {
  std::string script;
  for (const std::vector<Statement>& step : steps) {
    script += "BEGIN;\n";
    for (const Statement& statement : step) script += statement.text + ";\n";
    script += "COMMIT;\n";
  }
  return script;
}

std::string Dialect::look_up(const std::string& table, const std::string& alias,
                             const std::string& condition) const {
  return "JOIN " + table + " AS " + alias + " ON " + condition;
}

std::optional<Dialect::Unnoted> Dialect::leave_unnoted(const std::string& /*part*/,
                                                       const std::string& /*table*/) const {
  return std::nullopt;
}

std::string Dialect::mark_of(const JournalledTable& table) const {
  return mark_of(table, trigger_version());
}

std::string Dialect::mark_of(const JournalledTable& table, int version) {
  std::string text = std::to_string(version) + '\n' + table.entity + '\n' + table.part;
  for (const auto* columns : {&table.key, &table.root, &table.columns}) {
    text += '\n';
    for (const std::string& column : *columns) text += column + '\t';
  }
  return hex_hash(text);
}

}  // namespace miroir
