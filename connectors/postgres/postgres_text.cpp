#include "connectors/postgres/postgres_text.hpp"

#include <stdexcept>

namespace miroir::postgres {
namespace {

std::string between(std::string_view text, char mark) {
  std::string out{mark};
  for (const char c : text) {
    if (c == '\0') throw std::invalid_argument{"a name holds a NUL character"};
    if (c == mark) out += mark;
    out += c;
  }
  return out += mark;
}

}  // namespace

std::string quoted_name(std::string_view name) { return between(name, '"'); }

std::string quoted_table(const TableName& table) {
  return table.schema.empty() ? quoted_name(table.name)
                              : quoted_name(table.schema) + "." + quoted_name(table.name);
}

// A function's body is read by the settings of whoever writes first, so also where a backslash
// stands for itself it is written as one that does not.
std::string literal(std::string_view text) {
  std::string out;
  for (const char c : text) out += c == '\\' ? std::string{"\\\\"} : std::string{c};
  return (out.size() == text.size() ? "" : "E") + between(out, '\'');
}

Statement plain(std::string text) { return {std::move(text), {}}; }

std::string plain_name(std::string_view quoted) {
  if (quoted.size() < 2 || quoted.front() != '"' || quoted.back() != '"') {
    throw std::invalid_argument{"not a quoted name"};
  }
  std::string out;
  for (std::size_t i = 1; i + 1 < quoted.size(); ++i) {
    out += quoted[i];
    if (quoted[i] == '"') ++i;
  }
  return out;
}

std::string last_name(std::string_view table) {
  bool inside = false;
  std::size_t start = 0;
  for (std::size_t i = 0; i < table.size(); ++i) {
    if (table[i] == '"') inside = !inside;  // A doubled quote toggles twice: still inside.
    if (table[i] == '.' && !inside) start = i + 1;
  }
  return std::string{table.substr(start)};
}

std::string dollar_quoted(const std::string& body) {
  std::string tag = "$m$";
  while (body.find(tag) != std::string::npos) tag.insert(1, "m");
  return tag + body + tag;
}

std::string joined(const std::vector<std::string>& parts, std::string_view separator,
                   const std::function<std::string(const std::string&)>& each) {
  std::string out;
  for (const std::string& part : parts) {
    if (!out.empty()) out += separator;
    out += each(part);
  }
  return out;
}

}  // namespace miroir::postgres
