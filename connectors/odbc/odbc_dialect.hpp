// What ODBC needs to know of a database beyond its SQL: the driver's options, the session's first
// statements, how transactions are spelled, what its native errors mean, where its catalogue is.
// One class for each database. Pure functions, but for describe() and warnings(), which ask through
// the session they are given.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "connectors/dialect.hpp"
#include "connectors/session.hpp"

namespace miroir {

// One record of what a driver reported, without the vendors' "[...]" prefixes.
struct Diagnostic {
  std::string sqlstate;
  std::int32_t native = 0;
  std::string message;
};

struct Judgement {
  std::string sqlstate;  // The standard's, where the driver knows only HY000.
  Recovery recovery = Recovery::misconfigured;
  std::string hint;
};

class OdbcDialect : public Dialect {
 public:
  using Dialect::quote;

  // What the database's own code says; nullopt: recovery_of(sqlstate) stands.
  virtual std::optional<Judgement> judge(const Diagnostic& diagnostic) const = 0;
  // Whether a statement has failed of which the driver says that it succeeded, with this warning.
  virtual bool is_failure(const Diagnostic& /*diagnostic*/) const { return false; }
  // What the database said, without what stood in a row.
  virtual std::string without_values(const Diagnostic& diagnostic) const {
    return diagnostic.message;
  }
  // True when a ROLLBACK only failed because the database had already rolled back by itself.
  virtual bool says_no_transaction(const Diagnostic& diagnostic) const = 0;

  // Keys and values that the connection string must have; they replace those that it has.
  virtual std::vector<std::pair<std::string, std::string>> connection_options(
      const SessionLimits& limits) const = 0;
  // Whether a call that takes too long is cancelled from another thread. Otherwise the server and
  // the driver must end it by themselves.
  virtual bool needs_watchdog() const { return true; }
  // The key whose value tells an operator which database could not be reached ("Database",
  // "Server").
  virtual std::string_view place_key() const = 0;
  virtual std::vector<std::string> prologue(const SessionLimits& limits) const = 0;

  std::string literal(const Value& value, ValueKind kind) const override;
  // An instant as the database reads it from a text.
  virtual std::string instant_text(Instant instant) const { return to_string(instant); }
  // Digits after the point that a decimal may have on its way.
  virtual int scale_max() const { return 38; }
  // Whether the driver ends a text at its first NUL. Then such a text is bound as bytes, where its
  // place casts them, and selected() makes of it what read_text() knows.
  virtual bool texts_end_at_nul() const { return false; }
  // The value of a text column, as selected() has it.
  virtual Value read_text(std::string&& text) const { return std::move(text); }
  // How many rows of so many columns go into one INSERT of an upload: each costs a trip to the
  // server.
  virtual std::size_t rows_per_insert(std::size_t /*columns*/) const { return 1; }
  // Asks for the bytes of the longest message that the server takes; nullopt: there is no such
  // limit.
  virtual std::optional<std::string> message_bytes_max() const { return std::nullopt; }

  // A transaction of the session's own, for bulk inserts into staging tables.
  virtual std::string begin() const = 0;
  virtual std::string commit() const = 0;
  virtual std::vector<std::string> rollback() const = 0;  // Ends a snapshot, too.
  // What begins a transaction that sees one state of the database for all that it reads.
  // Nothing but staging tables can be written in it.
  virtual std::vector<std::string> begin_snapshot() const = 0;
  // Commits: what was staged meanwhile stays.
  virtual std::vector<std::string> end_snapshot() const = 0;
  // Where a snapshot refuses all writes: what goes before and after a statement that writes a
  // staging table.
  virtual std::vector<std::string> snapshot_writes(bool allowed) const = 0;
  virtual bool writes_staging(std::string_view text) const = 0;
  // The messages that run the statements in one transaction that writes. The last one commits: when
  // the line is lost in it, the transaction is in doubt. A server's dialect sends a single message,
  // so that no lock waits for the line.
  virtual std::vector<std::string> write_messages(std::span<const Statement> statements) const = 0;
  // Whether one of these messages answers a row once it has committed. Without that row it counts
  // as in doubt, whatever the driver says.
  virtual bool answers(std::string_view /*message*/) const { return false; }

  virtual CatalogTable describe(Session& session, const TableName& table) const = 0;
  // What `check` tells the operator about this database and these tables, each with its remedy;
  // empty: nothing.
  virtual std::vector<std::string> warnings(Session& session,
                                            std::span<const TableName> tables) const = 0;
};

}  // namespace miroir
