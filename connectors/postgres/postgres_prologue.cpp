#include "connectors/postgres/postgres_prologue.hpp"

#include <utility>

#include "connectors/lock_wait.hpp"
#include "connectors/postgres/keepalive.hpp"

namespace miroir::postgres {
namespace {

std::string milliseconds(std::chrono::milliseconds limit) { return std::to_string(limit.count()); }

std::vector<std::pair<std::string, std::string>> settings(const SessionLimits& limits) {
  const Keepalive keepalive = keepalive_for(limits.dead_line);
  return {
      {"row_security", "off"},  // A row that a policy hides would pass for a deleted one: an error.
      {"TimeZone", "UTC"},
      {"DateStyle", "ISO, YMD"},
      {"bytea_output", "hex"},
      {"standard_conforming_strings", "on"},
      {"client_min_messages", "error"},  // Notices would cross the line to be thrown away.
      {"default_transaction_isolation", "read committed"},
      {"statement_timeout", milliseconds(limits.statement)},
      {"lock_timeout", milliseconds(lock_wait_of(limits))},
      {"idle_in_transaction_session_timeout", milliseconds(limits.idle_in_transaction)},
      // The server's side of a dead line: without these its locks stay for two hours.
      {"tcp_keepalives_idle", std::to_string(keepalive.idle.count())},
      {"tcp_keepalives_interval", std::to_string(keepalive.interval.count())},
      {"tcp_keepalives_count", std::to_string(keepalive.count)},
      {"tcp_user_timeout", milliseconds(limits.dead_line)},
      // A batch that was reported as committed must survive the server's crash. Stricter settings
      // are left alone.
      {"synchronous_commit", "on"},
  };
}

}  // namespace

Statement prologue(const SessionLimits& limits) {
  Statement statement;
  std::string rows;
  for (auto& [name, value] : settings(limits)) {
    const std::size_t next = statement.parameters.size() + 1;
    rows += (rows.empty() ? "" : ", ") + ("($" + std::to_string(next)) + "::text, $" +
            std::to_string(next + 1) + "::text)";
    statement.parameters.emplace_back(name);
    statement.parameters.emplace_back(value);
  }
  statement.text =
      "SELECT pg_catalog.set_config(w.name, w.value, false) FROM (VALUES " + rows +
      ") AS w (name, value) WHERE pg_catalog.current_setting(w.name, true) IS NOT NULL"
      " AND NOT (w.name = 'synchronous_commit' AND pg_catalog.current_setting(w.name) <> 'off')";
  return statement;
}

}  // namespace miroir::postgres
