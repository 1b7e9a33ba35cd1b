#include "connectors/odbc/connection_string.hpp"

#include <strings.h>

#include <algorithm>
#include <stdexcept>

namespace miroir {
namespace {

bool same_key(std::string_view a, std::string_view b) {
  return a.size() == b.size() && strncasecmp(a.data(), b.data(), a.size()) == 0;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

[[noreturn]] void refuse(std::string_view why, std::size_t at) {
  throw std::invalid_argument{"connection string, character " + std::to_string(at + 1) + ": " +
                              std::string{why}};
}

// Reads "{...}" at `at`, "}}" standing for "}"; leaves `at` behind the closing brace.
std::string braced_value(std::string_view text, std::size_t& at) {
  const std::size_t start = at++;
  std::string value;
  for (; at < text.size(); ++at) {
    if (text[at] == '}') {
      if (at + 1 >= text.size() || text[at + 1] != '}') return ++at, value;
      ++at;
    }
    value += text[at];
  }
  refuse("a brace that is never closed", start);
}

std::string value_at(std::string_view text, std::size_t& at) {
  if (at < text.size() && text[at] == '{') {
    std::string value = braced_value(text, at);
    at = std::min(text.find(';', at), text.size());
    return value;
  }
  const std::size_t end = std::min(text.find(';', at), text.size());
  const std::string_view value = trimmed(text.substr(at, end - at));
  at = end;
  return std::string{value};
}

std::string quoted_value(const std::string& value) {
  const bool plain = value.find_first_of("{};") == std::string::npos;
  if (plain && trimmed(value).size() == value.size()) return value;  // Blanks at its ends would go.
  std::string out{'{'};
  for (const char c : value) out.append(c == '}' ? 2 : 1, c);
  return out += '}';
}

}  // namespace

ConnectionOptions parse_connection_string(std::string_view text) {
  ConnectionOptions options;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const std::size_t end = std::min(text.find(';', at), text.size());
    if (trimmed(text.substr(at, end - at)).empty()) {
      at = end;
      continue;
    }
    const std::size_t equals = text.find('=', at);
    if (equals >= end) refuse("expected KEY=VALUE", at);
    std::string key{trimmed(text.substr(at, equals - at))};
    at = equals + 1;
    std::string value = value_at(text, at);
    options.emplace_back(std::move(key), std::move(value));
  }
  return options;
}

std::string to_connection_string(const ConnectionOptions& options) {
  std::string text;
  for (const auto& [key, value] : options) text += key + '=' + quoted_value(value) + ';';
  return text;
}

std::optional<std::string> option(const ConnectionOptions& options, std::string_view key) {
  for (const auto& [name, value] : options) {
    if (same_key(name, key)) return value;
  }
  return std::nullopt;
}

ConnectionOptions with_options(ConnectionOptions given, const ConnectionOptions& forced) {
  for (const auto& wanted : forced) {
    std::erase_if(given, [&](const auto& have) { return same_key(have.first, wanted.first); });
    given.push_back(wanted);
  }
  return given;
}

}  // namespace miroir
