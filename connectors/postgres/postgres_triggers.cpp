#include "connectors/postgres/postgres_triggers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <set>

#include "connectors/postgres/postgres_journal.hpp"
#include "connectors/postgres/postgres_text.hpp"

namespace miroir::postgres {
namespace {

using JournalledTable = Dialect::JournalledTable;

// Names the part whose updates by the open transaction itself are not noted.
constexpr const char* unnoted_part = "miroir.unnoted";

constexpr const char* nested_suffix = "_nested";

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

// Whether two rows hold the same in a column, by bytes: a collation may hold 'Chateau' equal to
// 'Château', and case changes are changes.
std::string compared(const std::string& column, const char* how) {
  return fmt::format(R"(OLD.{0}::text COLLATE "C" {1} NEW.{0}::text COLLATE "C")",
                     quoted_name(column), how);
}

// A row of the journal; where there is no key or root of that side, "NULL".
struct Note {
  const char* op;
  std::string old_key, new_key, old_root, new_root, root;
};

std::string insert_note(const JournalledTable& table, const Note& note, const char* changed) {
  return fmt::format(
      "    INSERT INTO miroir.journal (entity, part, op, old_key, new_key, old_root, new_root, "
      "root, tx, origin, changed)\n"
      "    VALUES ({}, {}, '{}', {}, {}, {}, {}, {}, {},\n"
      "      nullif(pg_catalog.current_setting('miroir.origin', true), '')::bigint, {});\n",
      literal(table.entity), literal(table.part), note.op, note.old_key, note.new_key,
      note.old_root, note.new_root, note.root, this_transaction, changed);
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

// Sets `changed` to the names of the columns that an update changed, and leaves where there are
// none. NULL, which says that nobody knows, where a name could be mistaken for two, and where a
// column has been dropped or renamed: no update of the site's users fails for it, the next census
// finds out. (The block costs an update half a microsecond.)
std::string find_changed(const JournalledTable& table) {
  const std::vector<std::string> columns = watched_columns(table);
  const bool ambiguous = std::any_of(columns.begin(), columns.end(), [](const auto& column) {
    return column.find(column_separator) != std::string::npos;
  });
  // As an array: a function takes no more than 100 arguments, and a table may have more columns.
  return "    BEGIN\n"
         "    changed := pg_catalog.concat_ws(" +
         literal(column_separator) + ", VARIADIC ARRAY[\n" +
         joined(columns, ",\n",
                [](const std::string& column) {
                  return fmt::format("      CASE WHEN {} THEN {} END",
                                     compared(column, "IS DISTINCT FROM"), literal(column));
                }) +
         "]);\n"
         "    EXCEPTION WHEN undefined_column THEN changed := NULL;\n"
         "    END;\n"
         "    IF changed = '' THEN\n"
         "      RETURN NULL;\n"
         "    END IF;\n" +
         (ambiguous ? "    changed := NULL;\n" : "");
}

// What tells the key and the root of a row, each once.
std::vector<std::string> key_columns(const JournalledTable& table) {
  std::set<std::string> names{table.key.begin(), table.key.end()};
  names.insert(table.root.begin(), table.root.end());
  return {names.begin(), names.end()};
}

// NULL where a part of the key is NULL, as if it were another.
std::string same_key(const JournalledTable& table) {
  return joined(key_columns(table), "\n      AND ",
                [](const std::string& column) { return compared(column, "="); });
}

// What miroir itself updates is not noted, but for its key. What a trigger or a foreign key of the
// site's does besides is done within a trigger, and comes by the one that has no argument. Anybody
// can set a setting, but not everybody may write markers: he is whose role is set, or who
// connected, since the current user is the function's owner here. (What a CHECK constraint's
// function updates is no deeper either, and is taken for miroir's.)
std::string leave_unnoted(const JournalledTable& table) {
  return fmt::format(
      "    IF pg_catalog.current_setting('{}', true) = {} THEN\n"
      "      IF TG_NARGS = 1\n"
      "      AND pg_catalog.has_table_privilege(\n"
      "        coalesce(nullif(pg_catalog.current_setting('role'), 'none')::name, session_user),\n"
      "        'miroir.marker', 'INSERT')\n"
      "      AND {} THEN\n"
      "        RETURN NULL;\n"
      "      END IF;\n"
      "    END IF;\n",
      unnoted_part, literal(table.part), same_key(table));
}

// Each expression and statement of the body is made ready anew in every transaction of the site's
// users, which takes longer than what it does: so there are few, most of all on the way of an
// update that changes no key. The names in DECLARE cannot clash with columns: no statement reads a
// table.
std::string function_body(const JournalledTable& table) {
  const bool is_root = table.root == table.key;
  const auto key = [&](const std::string& row) { return key_of(table.key, row); };
  // The key and root of a row, each told once.
  const auto tell = [&](const std::string& side, const std::string& row) {
    return fmt::format("    {}_key := {};\n", side, key(row)) +
           (is_root ? "" : fmt::format("    {}_root := {};\n", side, key_of(table.root, row)));
  };
  const std::string old_root = is_root ? "old_key" : "old_root";
  const std::string new_root = is_root ? "new_key" : "new_root";
  const auto update = [&](const std::string& root) {
    return Note{"U", "old_key", "new_key", old_root, new_root, root};
  };
  return "\nDECLARE\n"
         "  old_key text; new_key text; old_root text; new_root text; changed text;\n"
         "BEGIN\n"
         "  IF TG_OP = 'UPDATE' THEN\n" +
         leave_unnoted(table) + find_changed(table) + tell("new", "NEW") + "    IF " +
         same_key(table) + " THEN\n" +
         insert_note(table, {"U", "new_key", "new_key", new_root, new_root, new_root}, "changed") +
         "      RETURN NULL;\n"
         "    END IF;\n" +
         tell("old", "OLD") + "    IF " + old_root + " COLLATE \"C\" <> " + new_root +
         " COLLATE \"C\" THEN\n" + insert_note(table, update(old_root), "changed") +
         "    END IF;\n" + insert_note(table, update(new_root), "changed") +
         "  ELSIF TG_OP = 'INSERT' THEN\n" + tell("new", "NEW") +
         insert_note(table, {"I", "NULL", "new_key", "NULL", new_root, new_root}, "NULL") +
         "  ELSIF TG_OP = 'DELETE' THEN\n" + tell("old", "OLD") +
         insert_note(table, {"D", "old_key", "NULL", old_root, "NULL", old_root}, "NULL") +
         "  ELSE\n" + insert_note(table, {"T", "NULL", "NULL", "NULL", "NULL", "''"}, "NULL") +
         "  END IF;\n"
         "  RETURN NULL;\n"
         "END\n";
}

// To set a setting, and set it back, takes time whenever the function is called: none but the
// search path, where no key has a type whose text depends on another.
Statement drop_needless_settings(const JournalledTable& table) {
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
      joined(key_columns(table), ", ", [](const std::string& name) { return literal(name); }),
      function_name(table)));
}

// Whoever makes a partition gives it the triggers of the whole, and must be allowed to call what
// they call.
Statement let_owner_make_partitions(const JournalledTable& table) {
  return plain(
      fmt::format("DO $m$ BEGIN\n"
                  "  EXECUTE (SELECT format('GRANT EXECUTE ON FUNCTION %s() TO %I', {}, "
                  "pg_catalog.pg_get_userbyid(relowner))\n"
                  "    FROM pg_catalog.pg_class WHERE oid = {}::pg_catalog.regclass);\n"
                  "END $m$",
                  literal(function_name(table)), literal(quoted_table(table.table))));
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

// An update comes by one of two triggers, which know at the moment of the update, and not only when
// they are fired, whether it is done within a trigger. Their conditions are short, since each is
// read from the catalogue's text for every statement of the site's users. That of the second is
// always true of the key's columns: so they are neither dropped, which would fail every write, nor
// given other values by ALTER ... TYPE ... USING, which no trigger sees.
std::vector<Statement> create_triggers(const JournalledTable& table, const std::string& mark) {
  const std::vector<std::string> names = trigger_names(table);
  const std::string nested = base_name(table) + nested_suffix;
  const std::string target = quoted_table(table.table);
  const auto trigger = [&](const std::string& name, const std::string& event,
                           const std::string& each, const std::string& argument = "") {
    return plain("CREATE OR REPLACE TRIGGER " + quoted_name(name) + " AFTER " + event + " ON " +
                 target + " FOR EACH " + each + "\nEXECUTE FUNCTION " + function_name(table) + "(" +
                 argument + ")");
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
      let_owner_make_partitions(table),
      trigger(names[0], "INSERT OR DELETE", "ROW"),
      trigger(names[1], "UPDATE",
              "ROW\nWHEN (pg_catalog.pg_trigger_depth() OPERATOR(pg_catalog.=) 0)", "'outermost'"),
      trigger(nested, "UPDATE",
              "ROW\nWHEN (pg_catalog.pg_trigger_depth() OPERATOR(pg_catalog.>) 0 AND "
              "pg_catalog.num_nulls(" +
                  joined(key_columns(table), ", ",
                         [](const std::string& name) { return "OLD." + quoted_name(name); }) +
                  ") OPERATOR(pg_catalog.>=) 0)"),
      trigger(names[2], "TRUNCATE", "STATEMENT"),
      plain("ALTER TABLE " + target + "\n" +
            joined({names[0], names[1], nested, names[2]}, ",\n",
                   [](const std::string& name) {
                     return "  ENABLE ALWAYS TRIGGER " + quoted_name(name);
                   })),
      plain("COMMENT ON TRIGGER " + quoted_name(names[1]) + " ON " + target + " IS 'miroir " +
            mark + "'"),
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
// of the catalogue's row, with the number of his transaction. What is called as the mapping says
// may be another table by now, or have heirs.
std::string catalogue_state(const std::vector<JournalledTable>& tables) {
  std::string called;
  for (const JournalledTable& table : tables)
    called +=
        " UNION ALL SELECT 'is ' || to_regclass(" + literal(quoted_table(table.table)) + ")::oid";
  return "(WITH t AS (SELECT t.tgrelid, concat_ws('.', t.oid, t.xmin, t.tgenabled, p.xmin) AS x "
         "FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid JOIN pg_namespace n ON n.oid = "
         "p.pronamespace WHERE n.nspname = 'miroir') SELECT md5(string_agg(x, ',' ORDER BY x)) "
         "FROM (SELECT x FROM t UNION ALL SELECT concat_ws('.', attrelid, attname, atttypid, "
         "atttypmod) "
         "FROM pg_attribute WHERE attrelid IN (SELECT tgrelid FROM t) AND attnum > 0 AND NOT "
         "attisdropped UNION ALL SELECT 'heir ' || inhrelid FROM pg_inherits WHERE inhparent IN "
         "(SELECT tgrelid FROM t)" +
         called + ") c)";
}

// Only those that fire whatever session_replication_role says, and only if the function is ours.
// The two that fire on updates count as one. (Older ones have no argument, and are alone.) A
// partition gets its own when it is made, which is no news; but one that was a table before
// (attached later than its ctid was made) brought rows along that nobody noted. Those of a
// table with heirs do not fire for what is done to these.
Statement list_triggers() {
  return plain(fmt::format(
      "SELECT t.tgname::text,\n"
      "  coalesce(substr(pg_catalog.obj_description(t.oid, 'pg_trigger'), 8), ''),\n"
      "  pg_catalog.concat_ws('.', t.oid, t.xmin, p.xmin, n.oid, n.xmin,\n"
      "    (SELECT string_agg(i.inhrelid::text, '.' ORDER BY i.inhrelid)\n"
      "     FROM pg_catalog.pg_partition_tree(t.tgrelid) AS tree\n"
      "     JOIN pg_catalog.pg_inherits AS i ON i.inhrelid = tree.relid AND tree.level > 0\n"
      "     JOIN pg_catalog.pg_attribute AS a ON a.attrelid = i.inhrelid AND a.attnum = -1\n"
      "     WHERE a.xmin::text <> i.xmin::text)),\n"
      "  (SELECT nspname::text FROM pg_catalog.pg_namespace WHERE oid = r.relnamespace),\n"
      "  r.relname::text, pg_catalog.pg_table_is_visible(r.oid)\n"
      "FROM pg_catalog.pg_trigger AS t\n"
      "JOIN pg_catalog.pg_class AS r ON r.oid = t.tgrelid AND t.tgparentid = 0\n"
      "JOIN pg_catalog.pg_proc AS p ON p.oid = t.tgfoid\n"
      "JOIN pg_catalog.pg_namespace AS s ON s.oid = p.pronamespace\n"
      "LEFT JOIN pg_catalog.pg_trigger AS n ON t.tgnargs > 0 AND n.tgrelid = t.tgrelid AND "
      "n.tgfoid = t.tgfoid\n"
      "  AND n.tgname = p.proname || '{0}' AND n.tgenabled = 'A'\n"
      "WHERE s.nspname = 'miroir' AND t.tgname LIKE 'miroir\\_%' AND t.tgenabled = 'A'\n"
      "  AND t.tgname <> p.proname || '{0}' AND (t.tgnargs = 0 OR n.oid IS NOT NULL)\n"
      "  AND NOT (r.relkind = 'r' AND EXISTS (\n"
      "    SELECT 1 FROM pg_catalog.pg_inherits AS h WHERE h.inhparent = r.oid))\n"
      "ORDER BY 1",
      nested_suffix));
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
