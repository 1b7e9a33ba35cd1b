// ODBC connection strings ("Driver=SQLite3;Database={a;b.db}"): keys are compared without case, {}
// quotes a value. Pure. Passwords may be in them: no text of theirs belongs into an error but the
// one value asked for.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace miroir {

using ConnectionOptions = std::vector<std::pair<std::string, std::string>>;

// Throws std::invalid_argument, naming the position, on a part without '=' or a brace that is not
// closed.
ConnectionOptions parse_connection_string(std::string_view text);
std::string to_connection_string(const ConnectionOptions& options);

std::optional<std::string> option(const ConnectionOptions& options, std::string_view key);
// The options with those of `given` that they name replaced.
ConnectionOptions with_options(ConnectionOptions given, const ConnectionOptions& forced);

}  // namespace miroir
