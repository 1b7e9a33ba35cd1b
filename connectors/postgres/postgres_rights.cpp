#include "connectors/postgres/postgres_rights.hpp"

#include <fmt/format.h>

#include <set>

#include "connectors/postgres/postgres_journal.hpp"
#include "connectors/postgres/postgres_text.hpp"

namespace miroir {
namespace {

namespace pg = postgres;

std::string do_block(const std::string& declare, const std::string& body) {
  return "DO " +
         pg::dollar_quoted((declare.empty() ? "" : "\nDECLARE " + declare + ";") + "\nBEGIN\n" +
                           body + "END\n") +
         ";\n";
}

// "UPDATE", "UPDATE (a, b)"; "" where there is no column.
std::string on_columns(const std::string& right, const std::vector<std::string>& columns) {
  if (columns.empty()) return {};
  return ", " + right + " (" + pg::joined(columns, ", ", pg::quoted_name) + ")";
}

std::string grant_table(const TableRights& rights, const std::string& account) {
  return "GRANT SELECT" + on_columns("INSERT", rights.inserted) +
         on_columns("UPDATE", rights.updated) + (rights.deletes ? ", DELETE" : "") + " ON " +
         pg::quoted_table(rights.table) + " TO " + account + ";\n";
}

std::string create_role(const std::string& name) {
  return fmt::format(
      "  IF NOT EXISTS (SELECT 1 FROM pg_catalog.pg_roles WHERE rolname = {}) THEN\n"
      "    CREATE ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION;\n  END IF;\n",
      pg::literal(name), pg::quoted_name(name));
}

std::string tables_list(const std::vector<TableRights>& rights,
                        bool (*wanted)(const TableRights&)) {
  std::string list;
  for (const TableRights& one : rights) {
    if (wanted(one))
      list += (list.empty() ? "" : ", ") + pg::literal(pg::quoted_table(one.table)) + "::regclass";
  }
  return list;
}
bool is_mirrored(const TableRights& rights) { return rights.mirrored; }
bool is_inserted(const TableRights& rights) { return !rights.inserted.empty(); }
bool is_any(const TableRights&) { return true; }

// Rows of (oid): the sequences behind the tables' columns. miroir asks them itself for keys. OFFSET
// 0 keeps what is asked of them from being asked of other relations first.
std::string sequences_of(const std::string& tables) {
  return fmt::format(
      "SELECT s.oid FROM pg_catalog.pg_class AS s WHERE s.relkind = 'S' AND EXISTS (\n"
      "    SELECT 1 FROM pg_catalog.pg_depend AS d WHERE d.classid = 'pg_class'::regclass AND\n"
      "      d.objid = s.oid AND d.deptype IN ('a', 'i') AND d.refobjid IN ({0})\n"
      "    UNION ALL SELECT 1 FROM pg_catalog.pg_depend AS d\n"
      "      JOIN pg_catalog.pg_attrdef AS a ON a.oid = d.objid AND a.adrelid IN ({0})\n"
      "      WHERE d.classid = 'pg_attrdef'::regclass AND d.refobjid = s.oid)\n"
      "  OFFSET 0",
      tables);
}

std::string create_accounts(const std::string& runner, const std::string& installer) {
  return do_block("", create_role(runner) + create_role(installer));
}

std::string grant_installer(const std::string& installer, const std::vector<TableRights>& rights) {
  const std::string name = pg::quoted_name(installer);
  return "-- Only for `miroir install` and `miroir uninstall`: owns the schema miroir, and must "
         "own\n"
         "-- the tables that get triggers.\n" +
         do_block("owner record",
                  fmt::format(
                      "  EXECUTE pg_catalog.format('GRANT CONNECT, CREATE ON DATABASE %I TO {0}',\n"
                      "    pg_catalog.current_database());\n"
                      "  FOR owner IN SELECT DISTINCT r.rolname, r.rolsuper\n"
                      "    FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_roles AS r\n"
                      "      ON r.oid = c.relowner WHERE c.oid IN ({1})\n"
                      "  LOOP\n"
                      "    IF owner.rolsuper THEN\n"
                      "      RAISE WARNING 'tables belong to the superuser %: give them to a role "
                      "of the site''s (ALTER TABLE ... OWNER TO), or run what `miroir install "
                      "--print` prints as a superuser', owner.rolname;\n"
                      "    ELSIF owner.rolname <> {2} THEN\n"
                      "      EXECUTE pg_catalog.format('GRANT %I TO {0}', owner.rolname);\n"
                      "    END IF;\n"
                      "  END LOOP;\n",
                      name, tables_list(rights, is_mirrored), pg::literal(installer)));
}

// What the installer will make, and what it has made already.
std::string grant_own_tables(const AccountNames& accounts) {
  const std::string runner = pg::quoted_name(accounts.runner);
  const std::string defaults =
      "ALTER DEFAULT PRIVILEGES FOR ROLE " + pg::quoted_name(accounts.installer) + " GRANT ";
  const std::string on_tables = "SELECT, INSERT, UPDATE, DELETE";
  return "-- miroir's own tables, whenever they are made.\n" + defaults + "USAGE ON SCHEMAS TO " +
         runner + ";\n" + defaults + on_tables + " ON TABLES TO " + runner + ";\n" + defaults +
         "SELECT ON SEQUENCES TO " + runner + ";\n" +
         do_block("", fmt::format("  IF pg_catalog.to_regnamespace('miroir') IS NOT NULL THEN\n"
                                  "    GRANT USAGE ON SCHEMA miroir TO {0};\n"
                                  "    GRANT {1} ON ALL TABLES IN SCHEMA miroir TO {0};\n"
                                  "    GRANT SELECT ON ALL SEQUENCES IN SCHEMA miroir TO {0};\n"
                                  "  END IF;\n",
                                  runner, on_tables));
}

// A session of ours reads a table whole or not at all.
std::string see_hidden_rows(const std::string& runner, const std::vector<TableRights>& rights) {
  return "-- A row that a policy hides would pass for a deleted one: only where a table of the\n"
         "-- mapping has row level security, the runner may see all rows (of every table that it\n"
         "-- may read).\n" +
         do_block(
             "", fmt::format("  IF EXISTS (SELECT 1 FROM pg_catalog.pg_class WHERE relrowsecurity\n"
                             "    AND oid IN ({})) THEN\n    ALTER ROLE {} BYPASSRLS;\n  END IF;\n",
                             tables_list(rights, is_any), runner));
}

std::string grant_runner(const AccountNames& accounts, const std::vector<TableRights>& rights) {
  const std::string runner = pg::quoted_name(accounts.runner);
  std::string body = fmt::format(
      "  EXECUTE pg_catalog.format('GRANT CONNECT, TEMPORARY ON DATABASE %I TO {0}',\n"
      "    pg_catalog.current_database());\n"
      "  FOR name IN SELECT DISTINCT c.relnamespace::regnamespace::text\n"
      "    FROM pg_catalog.pg_class AS c WHERE c.oid IN ({1})\n"
      "  LOOP EXECUTE pg_catalog.format('GRANT USAGE ON SCHEMA %s TO {0}, {2}', name); END LOOP;\n",
      runner, tables_list(rights, is_any), pg::quoted_name(accounts.installer));
  if (const std::string tables = tables_list(rights, is_inserted); !tables.empty()) {
    body += fmt::format(
        "  FOR name IN SELECT q.oid::regclass::text FROM ({0}) AS q\n"
        "  LOOP EXECUTE pg_catalog.format('GRANT USAGE ON SEQUENCE %s TO {1}', name); END LOOP;\n",
        sequences_of(tables), runner);
  }
  std::string text = "-- For everything else. Temporary tables carry what is written.\n" +
                     do_block("name text", body);
  for (const TableRights& one : rights) text += grant_table(one, runner);
  return text + see_hidden_rows(runner, rights);
}

// What compare() asks of the catalogue. It reads names as the session itself would: a table in a
// schema that may not be used cannot even be looked up.
std::string schemas_without_use(const std::vector<TableRights>& rights) {
  std::string names = pg::literal(pg::own_schema);
  for (const TableRights& one : rights) {
    if (!one.table.schema.empty()) names += ", " + pg::literal(one.table.schema);
  }
  return "SELECT nspname::text FROM pg_catalog.pg_namespace WHERE nspname IN (" + names +
         ") AND NOT pg_catalog.has_schema_privilege(oid, 'USAGE') ORDER BY 1";
}

class WantedRights {
 public:
  void add(const TableName& table, const std::string& right,
           const std::vector<std::string>& columns) {
    for (const std::string& column : columns) add_row(table, right, pg::literal(column));
  }
  void add(const TableName& table, const std::string& right) {
    add_row(table, right, "NULL::text");
  }
  // Rows of (table, right, columns or "").
  Statement lacking() const {
    return {
        "WITH wanted (n, name, privilege, attribute) AS (VALUES " + rows_ +
            "),\nfound AS (SELECT w.*, pg_catalog.to_regclass(w.name) AS id FROM wanted AS w)\n"
            "SELECT f.name, f.privilege, coalesce(pg_catalog.string_agg("
            "pg_catalog.quote_ident(f.attribute), ', ' ORDER BY f.n), '')\n"
            "FROM found AS f LEFT JOIN pg_catalog.pg_attribute AS a\n"
            "  ON a.attrelid = f.id AND a.attname = f.attribute\n"
            "WHERE f.id IS NOT NULL AND NOT CASE\n"
            "  WHEN f.attribute IS NULL THEN pg_catalog.has_table_privilege(f.id, f.privilege)\n"
            "  WHEN a.attnum IS NULL THEN true\n"
            "  ELSE pg_catalog.has_column_privilege(f.id, a.attnum, f.privilege) END\n"
            "GROUP BY f.name, f.privilege ORDER BY min(f.n)",
        {}};
  }

 private:
  void add_row(const TableName& table, const std::string& right, const std::string& column) {
    rows_ += fmt::format("{}({}, {}, {}, {})", n_ == 0 ? "" : ", ", n_,
                         pg::literal(pg::quoted_table(table)), pg::literal(right), column);
    ++n_;
  }
  std::string rows_;
  std::size_t n_ = 0;
};

Statement wanted_rights(const std::vector<TableRights>& rights,
                        const std::set<std::string>& closed) {
  WantedRights wanted;
  for (const TableRights& one : rights) {
    if (closed.contains(one.table.schema)) continue;
    wanted.add(one.table, "SELECT");
    wanted.add(one.table, "INSERT", one.inserted);
    wanted.add(one.table, "UPDATE", one.updated);
    if (one.deletes) wanted.add(one.table, "DELETE");
  }
  if (!closed.contains(pg::own_schema)) {
    for (const char* name : {"journal", "marker", "site"}) {
      for (const char* right : {"SELECT", "INSERT", "UPDATE", "DELETE"})
        wanted.add({pg::own_schema, name}, right);
    }
  }
  return wanted.lacking();
}

// OIDs of those that are there, for IN; never empty.
std::string tables_there(const std::vector<TableRights>& rights,
                         const std::set<std::string>& closed, bool (*wanted)(const TableRights&)) {
  std::string tables = "0";
  for (const TableRights& one : rights) {
    if (wanted(one) && !closed.contains(one.table.schema))
      tables += ", pg_catalog.to_regclass(" + pg::literal(pg::quoted_table(one.table)) + ")";
  }
  return tables;
}

// A row of (names), if there are tables whose policies the account is subject to.
Statement tables_with_hidden_rows(const std::vector<TableRights>& rights,
                                  const std::set<std::string>& closed) {
  return {
      fmt::format(
          "SELECT pg_catalog.string_agg(oid::regclass::text, ', ' ORDER BY oid::regclass::text)\n"
          "FROM pg_catalog.pg_class WHERE oid IN ({})\n"
          "  AND pg_catalog.row_security_active(oid) HAVING count(*) > 0",
          tables_there(rights, closed, is_any)),
      {}};
}

// Rows of (name): sequences that are asked for keys.
Statement sequences_without_use(const std::vector<TableRights>& rights,
                                const std::set<std::string>& closed) {
  return {"SELECT q.oid::regclass::text FROM (" +
              sequences_of(tables_there(rights, closed, is_inserted)) +
              ") AS q WHERE NOT pg_catalog.has_sequence_privilege(q.oid, 'USAGE') ORDER BY 1",
          {}};
}

// Rows of (what): how much more the account may do than any mapping asks for.
Statement excess(const std::vector<TableRights>& rights, const std::set<std::string>& closed) {
  return {
      fmt::format(
          "SELECT w.what FROM pg_catalog.pg_roles AS me CROSS JOIN LATERAL (\n"
          "  SELECT 1, 'is a superuser' WHERE me.rolsuper\n"
          "  UNION ALL SELECT 2, 'may make accounts' WHERE me.rolcreaterole AND NOT me.rolsuper\n"
          "  UNION ALL SELECT 3, 'may copy the whole server (REPLICATION)'\n"
          "    WHERE me.rolreplication AND NOT me.rolsuper\n"
          "  UNION ALL SELECT 4, 'has the rights of ' || r.rolname FROM pg_catalog.pg_roles AS r\n"
          "    WHERE NOT me.rolsuper AND r.rolname IN ('pg_write_all_data',\n"
          "      'pg_execute_server_program', 'pg_write_server_files', 'pg_read_server_files')\n"
          "      AND pg_catalog.pg_has_role(me.oid, r.oid, 'MEMBER')\n"
          "  UNION ALL SELECT 5, 'owns ' || c.oid::regclass::text FROM pg_catalog.pg_class AS c\n"
          "    WHERE NOT me.rolsuper AND c.oid IN ({})\n"
          "      AND pg_catalog.pg_has_role(me.oid, c.relowner, 'USAGE')\n"
          ") AS w (n, what) WHERE me.rolname = current_user ORDER BY w.n, w.what",
          tables_there(rights, closed, is_mirrored)),
      {}};
}

std::vector<std::vector<std::string>> texts(Session& session, const Statement& statement,
                                            std::size_t columns) {
  std::vector<std::vector<std::string>> rows;
  session.query(statement, std::vector<ValueKind>(columns, ValueKind::text), [&](Row&& row) {
    rows.emplace_back();
    for (const Value& value : row) rows.back().push_back(std::get<std::string>(value));
  });
  return rows;
}

// All that one table lacks is one finding with one GRANT.
void add_tables(RightsFound& found, const std::vector<std::vector<std::string>>& rows) {
  std::string table, rights;
  const auto tell = [&] {
    if (rights.empty()) return;
    found.lacking.push_back({rights + " on " + table, "GRANT " + rights + " ON " + table + " TO " +
                                                          pg::quoted_name(found.account)});
  };
  for (const auto& row : rows) {
    if (row[0] != table) {
      tell();
      table = row[0], rights.clear();
    }
    rights += (rights.empty() ? "" : ", ") + row[1] + (row[2].empty() ? "" : " (" + row[2] + ")");
  }
  tell();
}

class PostgresAccounts final : public AccountRules {
 public:
  std::string script(const AccountNames& accounts,
                     const std::vector<TableRights>& rights) const override {
    return "-- For psql, connected to the site's own database as a superuser; again after every\n"
           "-- change of the mapping. Nobody can log in with a password before there is one:\n"
           "--   \\password " +
           pg::quoted_name(accounts.runner) + "\n--   \\password " +
           pg::quoted_name(accounts.installer) + "\n" +
           create_accounts(accounts.runner, accounts.installer) +
           grant_installer(accounts.installer, rights) + grant_own_tables(accounts) +
           grant_runner(accounts, rights);
  }

  RightsFound compare(Session& session, const std::vector<TableRights>& rights) const override {
    RightsFound found;
    const auto base = texts(session,
                            {"SELECT current_user::text, pg_catalog.current_database()::text, "
                             "pg_catalog.has_database_privilege(pg_catalog.current_database(), "
                             "'TEMPORARY')::text",
                             {}},
                            3);
    found.account = base.at(0).at(0);
    const std::string account = pg::quoted_name(found.account);
    const auto lacks = [&](const std::string& right, const std::string& on) {
      found.lacking.push_back(
          {right + " on " + on, "GRANT " + right + " ON " + on + " TO " + account});
    };
    if (base[0][2] != "true") lacks("TEMPORARY", "DATABASE " + pg::quoted_name(base[0][1]));
    std::set<std::string> closed;
    for (const auto& row : texts(session, {schemas_without_use(rights), {}}, 1)) {
      lacks("USAGE", "SCHEMA " + pg::quoted_name(row[0]));
      closed.insert(row[0]);
    }
    add_tables(found, texts(session, wanted_rights(rights, closed), 3));
    for (const auto& row : texts(session, sequences_without_use(rights, closed), 1))
      lacks("USAGE", "SEQUENCE " + row[0]);
    for (const auto& row : texts(session, tables_with_hidden_rows(rights, closed), 1)) {
      found.lacking.push_back(
          {"BYPASSRLS, without which row level security may hide rows of " + row[0],
           "ALTER ROLE " + account + " BYPASSRLS"});
    }
    for (const auto& row : texts(session, excess(rights, closed), 1))
      found.too_much.push_back({row[0], narrower_account});
    return found;
  }
};

}  // namespace

const AccountRules& postgres_accounts() {
  static const PostgresAccounts accounts;
  return accounts;
}

}  // namespace miroir
