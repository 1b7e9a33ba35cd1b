// The SQL of the journal's triggers on a PostgreSQL database.
//
// For each mirrored table: one plpgsql function with static SQL, SECURITY DEFINER so that the
// shop's users need no right on the schema miroir, and four triggers that fire always: rows
// inserted or deleted; rows updated (if a mirrored column changed, compared by bytes, and not by a
// batch of miroir's itself), one for what a statement does and one for what is done within a
// trigger; and TRUNCATE. Installing again changes nothing. Pure: names in, text out. PostgreSQL 14
// or newer (CREATE OR REPLACE TRIGGER).
#pragma once

#include <string>
#include <vector>

#include "connectors/dialect.hpp"

namespace miroir::postgres {

inline constexpr const char* this_transaction = "pg_catalog.txid_current()::text";

// See Dialect::leave_unnoted().
std::string begin_unnoted(const std::string& part, const std::string& table);
std::string end_unnoted();

std::string json_key_of(const std::vector<std::string>& parts);

std::vector<std::string> trigger_names(const Dialect::JournalledTable& table);
// `mark`: see Dialect::mark_of().
std::vector<Statement> create_triggers(const Dialect::JournalledTable& table,
                                       const std::string& mark);
std::vector<Statement> drop_triggers(const Dialect::JournalledTable& table);
Statement list_triggers();
Statement list_own_triggers();
Statement drop_trigger(const std::string& function);
std::string catalogue_state(const std::vector<Dialect::JournalledTable>& tables);

}  // namespace miroir::postgres
