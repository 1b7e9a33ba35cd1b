// Translates what libpqxx throws into DbError, once, by SQLSTATE. Of the server's report only the
// primary message is kept: DETAIL, CONTEXT and quoted values of class 22 show row contents. No
// password ever appears.
#pragma once

#include <string>
#include <string_view>

#include "connectors/errors.hpp"

namespace miroir::postgres {

// What the loss of the connection during the failed call means.
enum class IfLost : std::uint8_t {
  nothing_happened,  // It could only read, or write what dies with the session.
  unknown,           // It may have been committed.
};

// To be called in a catch block; a DbError passes through unchanged, what is not the database's is
// thrown on.
DbError translated(bool still_connected, IfLost if_lost);
// The same for a connection that could not be made.
DbError translated_connect(const std::string& password);

// Pure parts, for tests.
std::string primary_message(std::string_view report, std::string_view sqlstate);
DbError connect_error(std::string_view report, const std::string& password);
std::string hint_for(std::string_view sqlstate);

}  // namespace miroir::postgres
