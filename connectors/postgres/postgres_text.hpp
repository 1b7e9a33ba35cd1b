// Small pieces of SQL text that the files of this folder share: names, literals, bodies.
// Pure; nothing here ever holds a value of a row. Throws std::invalid_argument on NUL in a name.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/statement.hpp"
#include "schema/mapping.hpp"

namespace miroir::postgres {

std::string quoted_name(std::string_view name);    // "a ""name"""
std::string quoted_table(const TableName& table);  // "schema"."name", or "name".
std::string literal(
    std::string_view text);  // 'it''s', for names inside functions' bodies and catalogue look-ups.
std::string plain_name(std::string_view quoted);  // The name that quoted_name() was given.
std::string last_name(std::string_view table);    // "public"."orders" -> "orders", still quoted.
// $tag$body$tag$ with a tag that does not occur in the body, so that no name in it can end it.
std::string dollar_quoted(const std::string& body);

Statement plain(std::string text);  // Without parameters.

std::string joined(const std::vector<std::string>& parts, std::string_view separator,
                   const std::function<std::string(const std::string&)>& each);

}  // namespace miroir::postgres
