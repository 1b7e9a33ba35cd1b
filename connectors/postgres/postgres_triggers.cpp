#include "connectors/postgres/postgres_triggers.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <set>

#include "connectors/postgres/postgres_journal.hpp"
#include "connectors/postgres/postgres_text.hpp"

namespace miroir::postgres {
namespace {

using JournalledTable = Dialect::JournalledTable;

// Names the part whose updates by the open transaction itself are not noted.
constexpr const char* unnoted_part = "miroir.unnoted";

// One name for each pair of table and part, short enough for PostgreSQL's 63 bytes, the same in
// every run: a readable beginning and a hash (FNV-1a) that tells apart what the beginning does not.
std::string base_name(const JournalledTable& table) {
  std::uint64_t hash = 14695981039346656037U;
  for (const std::string& text : {table.table.schema, table.table.name, table.part}) {
    for (const char c : text + '\0') {
      hash = (hash ^ static_cast<std::uint8_t>(c)) * 1099511628211U;
    }
  }
  std::string readable;
  for (const char c : table.part.substr(0, 24)) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    readable += plain ? c : '_';
  }
  return fmt::format("miroir_{}_{:016x}", readable, hash);
}

std::string function_name(const JournalledTable& table) {
  return quoted_name(own_schema) + "." + quoted_name(base_name(table));
}

std::string key_of(const std::vector<std::string>& columns, const std::string& row) {
  std::vector<std::string> parts;
  for (const std::string& column : columns) parts.push_back(row + "." + quoted_name(column));
  return json_key_of(parts);
}

std::string insert_row(const JournalledTable& table, const std::string& root) {
  return fmt::format(
      "    INSERT INTO miroir.journal (entity, part, op, old_key, new_key, old_root, new_root, "
      "root, tx, origin, changed)\n"
      "    VALUES ({}, {}, pg_catalog.left(TG_OP, 1), old_key, new_key, old_root, new_root, {},\n"
      "            {}, origin, changed);\n",
      literal(table.entity), literal(table.part), root, this_transaction);
}

// All columns that the journal watches: those that are mirrored, and what tells the keys.
std::vector<std::string> watched_columns(const JournalledTable& table) {
  std::vector<std::string> columns = table.columns;
  std::set<std::string> seen{columns.begin(), columns.end()};
  for (const auto* more : {&table.key, &table.root}) {
    for (const std::string& column : *more) {
      if (seen.insert(column).second) columns.push_back(column);
    }
  }
  return columns;
}

// The names of the columns that an update changed. Text is compared by bytes: a collation may hold
// 'Chateau' equal to 'Château', and case changes are changes. NULL, which says that nobody knows,
// where a name could be mistaken for two.
std::string changed_columns(const JournalledTable& table) {
  const std::vector<std::string> columns = watched_columns(table);
  for (const std::string& column : columns) {
    if (column.find(column_separator) != std::string::npos) return "NULL";
  }
  // As an array: a function takes no more than 100 arguments, and a table may have more columns.
  return "pg_catalog.concat_ws(" + literal(column_separator) + ", VARIADIC ARRAY[\n" +
         joined(
             columns, ",\n",
             [](const std::string& column) {
               return fmt::format(
                   R"(      CASE WHEN OLD.{0}::text COLLATE "C" IS DISTINCT FROM NEW.{0}::text COLLATE "C" THEN {1} END)",
                   quoted_name(column), literal(column));
             }) +
         "])";
}

// Asked before the function is called. Bit by bit, and of the whole row, since an expression over
// each column would be made ready anew for every statement of the site's users: what changed only
// where nobody mirrors, the function leaves out. And not of what miroir itself updates: what a
// trigger or a foreign key of the site's does besides is done within a trigger. Anybody can set a
// setting, but not everybody may write markers.
std::string is_noted(const JournalledTable& table) {
  std::set<std::string> names{table.key.begin(), table.key.end()};
  names.insert(table.root.begin(), table.root.end());
  std::string own = fmt::format(
      "coalesce(pg_catalog.current_setting('{}', true), '') OPERATOR(pg_catalog.=) {}\n"
      "  AND pg_catalog.pg_trigger_depth() OPERATOR(pg_catalog.=) 0\n"
      "  AND pg_catalog.has_schema_privilege('miroir', 'USAGE')\n"
      "  AND pg_catalog.has_table_privilege('miroir.marker', 'INSERT')",
      unnoted_part, literal(table.part));
  for (const std::string& name : names)
    own += fmt::format(
        "\n  AND OLD.{0}::text COLLATE \"C\" OPERATOR(pg_catalog.=) NEW.{0}::text COLLATE \"C\"",
        quoted_name(name));
  return "OLD.* OPERATOR(pg_catalog.*<>) NEW.* AND (" + own + ") IS NOT TRUE";
}

// The names in DECLARE cannot clash with columns: no statement of the body reads a table.
std::string function_body(const JournalledTable& table) {
  const auto keys = [&](const std::string& variable, const std::string& row) {
    const std::string root = table.root == table.key ? variable + "_key" : key_of(table.root, row);
    return fmt::format("    {0}_key := {1};\n    {0}_root := {2};\n", variable,
                       key_of(table.key, row), root);
  };
  return "\nDECLARE\n"
         "  old_key text; new_key text; old_root text; new_root text; changed text;\n"
         "  origin bigint := nullif(pg_catalog.current_setting('miroir.origin', true), "
         "'')::bigint;\n"
         "BEGIN\n"
         "  IF TG_OP = 'TRUNCATE' THEN\n" +
         insert_row(table, "''") +
         "    RETURN NULL;\n"
         "  END IF;\n"
         "  IF TG_OP = 'UPDATE' THEN\n"
         "    changed := " +
         changed_columns(table) +
         ";\n"
         "    IF changed = '' THEN\n"
         "      RETURN NULL;\n"
         "    END IF;\n"
         "  END IF;\n"
         "  IF TG_OP <> 'INSERT' THEN\n" +
         keys("old", "OLD") +
         "  END IF;\n"
         "  IF TG_OP <> 'DELETE' THEN\n" +
         keys("new", "NEW") +
         "  END IF;\n"
         "  IF old_root COLLATE \"C\" <> new_root COLLATE \"C\" THEN\n" +
         insert_row(table, "old_root") + "  END IF;\n" +
         insert_row(table, "coalesce(new_root, old_root)") +
         "  RETURN NULL;\n"
         "END\n";
}

// To set a setting, and set it back, takes a fifth of the time that the function costs whoever
// writes one row: none but the search path, where no key has a type whose text depends on another.
Statement drop_needless_settings(const JournalledTable& table) {
  std::vector<std::string> keys = table.key;
  keys.insert(keys.end(), table.root.begin(), table.root.end());
  return plain(fmt::format(
      "DO $m$ BEGIN\n"
      "  IF NOT EXISTS (SELECT 1 FROM pg_catalog.pg_attribute WHERE attrelid = "
      "{}::pg_catalog.regclass\n"
      "    AND attname IN ({}) AND atttypid <> ALL ('{{int2,int4,int8,numeric,bool,text,varchar,"
      "bpchar,uuid,date,timestamp}}'::pg_catalog.regtype[])) THEN\n"
      "    ALTER FUNCTION {}() RESET \"TimeZone\" RESET bytea_output;\n"
      "  END IF;\n"
      "END $m$",
      literal(quoted_table(table.table)),
      joined(keys, ", ", [](const std::string& name) { return literal(name); }),
      function_name(table)));
}

}  // namespace

// Written out rather than json_build_array: that one puts a blank after each comma, and the text of
// a key must be the same on every database.
std::string json_key_of(const std::vector<std::string>& parts) {
  return "pg_catalog.concat('[', " +
         joined(parts, ", ',', ",
                [](const std::string& part) {
                  return "coalesce(pg_catalog.to_json(" + part + ")::text, 'null')";
                }) +
         ", ']')";
}

// What a rule updates besides is no deeper than the update itself: where there are such, all is
// noted.
std::string begin_unnoted(const std::string& part, const std::string& table) {
  return fmt::format(
      "SELECT pg_catalog.set_config('{}', CASE WHEN relhasrules THEN '' ELSE {} END, true) FROM "
      "pg_catalog.pg_class WHERE oid = {}::pg_catalog.regclass",
      unnoted_part, part, literal(table));
}

std::string end_unnoted() { return fmt::format("SET LOCAL {} = ''", unnoted_part); }

std::vector<std::string> trigger_names(const JournalledTable& table) {
  const std::string base = base_name(table);
  return {base + "_rows", base + "_update", base + "_truncate"};
}

std::vector<Statement> create_triggers(const JournalledTable& table) {
  const std::vector<std::string> names = trigger_names(table);
  const std::string target = quoted_table(table.table);
  const auto trigger = [&](const std::string& name, const std::string& event,
                           const std::string& each) {
    return plain("CREATE OR REPLACE TRIGGER " + quoted_name(name) + " AFTER " + event + " ON " +
                 target + " FOR EACH " + each + "\nEXECUTE FUNCTION " + function_name(table) +
                 "()");
  };
  std::vector<Statement> statements = drop_triggers(table);
  const std::vector<Statement> create{
      // The shop's sessions have settings of their own; a key's text must not depend on them.
      plain("CREATE OR REPLACE FUNCTION " + function_name(table) +
            "() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER\n"
            "SET search_path = pg_catalog, pg_temp SET \"TimeZone\" = 'UTC' SET bytea_output = "
            "'hex'\nAS " +
            dollar_quoted(function_body(table))),
      drop_needless_settings(table),
      plain("REVOKE ALL ON FUNCTION " + function_name(table) + "() FROM PUBLIC"),
      trigger(names[0], "INSERT OR DELETE", "ROW"),
      trigger(names[1], "UPDATE", "ROW\nWHEN (" + is_noted(table) + ")"),
      trigger(names[2], "TRUNCATE", "STATEMENT"),
      plain("ALTER TABLE " + target + "\n" +
            joined(names, ",\n",
                   [](const std::string& name) {
                     return "  ENABLE ALWAYS TRIGGER " + quoted_name(name);
                   })),
      plain("COMMENT ON TRIGGER " + quoted_name(names[1]) + " ON " + target + " IS 'miroir " +
            Dialect::mark_of(table) + "'"),
  };
  statements.insert(statements.end(), create.begin(), create.end());
  return statements;
}

std::vector<Statement> drop_triggers(const JournalledTable& table) {
  std::vector<Statement> statements;
  for (const std::string& name : trigger_names(table)) {
    statements.push_back(
        plain("DROP TRIGGER IF EXISTS " + quoted_name(name) + " ON " + quoted_table(table.table)));
  }
  // A table may be called otherwise by now, and keeps its triggers.
  statements.push_back(plain("DROP FUNCTION IF EXISTS " + function_name(table) + "() CASCADE"));
  return statements;
}

// Whoever switches a trigger off and on again, or replaces it or its function, makes a new version
// of the catalogue's row, with the number of his transaction.
std::string catalogue_state() {
  return "(WITH t AS (SELECT t.tgrelid, concat_ws('.', t.oid, t.xmin, t.tgenabled, p.xmin) AS x "
         "FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid JOIN pg_namespace n ON n.oid = "
         "p.pronamespace WHERE n.nspname = 'miroir') SELECT md5(string_agg(x, ',' ORDER BY x)) FROM "
         "(SELECT x FROM t UNION ALL SELECT concat_ws('.', attrelid, attname, atttypid, atttypmod) "
         "FROM pg_attribute WHERE attrelid IN (SELECT tgrelid FROM t) AND attnum > 0 AND NOT "
         "attisdropped) c)";
}

// Only those that fire whatever session_replication_role says, and only if the function is ours.
Statement list_triggers() {
  return plain(
      "SELECT DISTINCT t.tgname::text,\n"
      "  coalesce(substr(pg_catalog.obj_description(t.oid, 'pg_trigger'), 8), ''),\n"
      "  pg_catalog.concat_ws('.', t.oid, t.xmin, p.xmin)\n"
      "FROM pg_catalog.pg_trigger AS t\n"
      "JOIN pg_catalog.pg_proc AS p ON p.oid = t.tgfoid\n"
      "JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace\n"
      "WHERE n.nspname = 'miroir' AND t.tgname LIKE 'miroir\\_%' AND t.tgenabled = 'A' ORDER BY 1");
}

Statement list_own_triggers() {
  return plain(
      "SELECT DISTINCT t.tgname::text, c.relname::text, p.proname::text\n"
      "FROM pg_catalog.pg_trigger AS t\n"
      "JOIN pg_catalog.pg_class AS c ON c.oid = t.tgrelid\n"
      "JOIN pg_catalog.pg_proc AS p ON p.oid = t.tgfoid\n"
      "JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace\n"
      "WHERE n.nspname = 'miroir' AND p.proname LIKE 'miroir\\_%' ORDER BY 1, 2");
}

// A trigger is nothing without its function, whatever it stands on.
Statement drop_trigger(const std::string& function) {
  return plain("DROP FUNCTION IF EXISTS miroir." + quoted_name(function) + "() CASCADE");
}

}  // namespace miroir::postgres
