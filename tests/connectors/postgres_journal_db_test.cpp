// The journal on a PostgreSQL server: what it notes, what it leaves out, and that it goes without a
// trace.
#include <catch2/catch.hpp>

#include "connectors/journal.hpp"
#include "connectors/postgres/postgres_dialect.hpp"
#include "connectors/postgres/postgres_session.hpp"
#include "tests/support/temporary_postgres.hpp"

namespace miroir::test {
namespace {

const Dialect& dialect = postgres_dialect();
const Dialect::JournalledTable orders{{"public", "orders"}, "order", "order", {"id"}, {"id"},
                                      {"id", "note"}};
const Dialect::JournalledTable lines{
    {"public", "lines"}, "order", "line", {"id"}, {"order_id"}, {"id", "order_id", "qty"}};

struct Journalled {
  TemporaryPostgres database;
  std::unique_ptr<Session> session;

  Journalled() {
    database.execute(
        "CREATE TABLE orders (id int PRIMARY KEY, note varchar(20), seen int);"
        "CREATE TABLE lines (id int PRIMARY KEY, order_id int, qty numeric(8,2))");
    session = open_postgres(database.conninfo(), SessionLimits{}, "miroir/test");
    install();
  }
  void run(const std::vector<Statement>& statements) {
    for (const Statement& statement : statements) session->run(statement);
  }
  void install() {
    run(dialect.create_own_tables());
    run(dialect.create_triggers(orders));
    run(dialect.create_triggers(lines));
  }
  // What the script leaves in the journal: "op old_key>new_key@root", one for each row.
  std::string journal_of(const std::string& script) {
    database.execute("DELETE FROM miroir.journal; " + script);
    return database.value(
        "SELECT string_agg(part || ' ' || op || ' ' || coalesce(old_key, '') || '>' ||"
        " coalesce(new_key, '') || '@' || root, ', ' ORDER BY id) FROM miroir.journal");
  }
  std::size_t triggers() {
    const std::array kinds{ValueKind::text, ValueKind::text, ValueKind::text};
    return all_rows(*session, dialect.list_triggers(), kinds).size();
  }
};

}  // namespace

TEST_CASE("an update notes the names of the columns that it changed, bit by bit",
          "[postgres][journal]") {
  Journalled shop;
  shop.journal_of("INSERT INTO lines VALUES (7, 1, 2.5)");
  const auto changed = [&](const std::string& set) {
    shop.journal_of("UPDATE lines SET " + set + " WHERE id = 7");
    return shop.database.value(
        "SELECT coalesce(string_agg(coalesce(changed, '?'), ';' ORDER BY id), 'none') "
        "FROM miroir.journal");
  };
  CHECK(changed("qty = 3") == "qty");
  CHECK(changed("qty = NULL, order_id = order_id") == "qty");
  CHECK(changed("qty = NULL") == "none");
  CHECK(changed("qty = 4, order_id = 2") == "order_id,qty;order_id,qty");  // Under both roots.
  shop.database.execute("INSERT INTO orders VALUES (1, 'Chateau')");
  shop.journal_of("UPDATE orders SET note = 'chateau' WHERE id = 1");
  CHECK(shop.database.value("SELECT changed FROM miroir.journal") == "note");
}

TEST_CASE("a table of more columns than a function has arguments is journaled",
          "[postgres][journal]") {
  Journalled shop;
  for (const int count : {98, 99, 100, 250}) {
    const std::string name = "wide" + std::to_string(count);
    Dialect::JournalledTable wide{{"public", name}, "wide", "wide", {"c1"}, {"c1"}, {}};
    std::string columns;
    for (int i = 1; i <= count; ++i) {
      wide.columns.push_back("c" + std::to_string(i));
      columns += (i == 1 ? "" : ", ") + wide.columns.back() + " int";
    }
    shop.database.execute("CREATE TABLE " + name + " (" + columns + "); INSERT INTO " + name +
                          " (c1) VALUES (1)");
    shop.run(dialect.create_triggers(wide));
    const std::string last = wide.columns.back();
    CHECK(shop.journal_of("UPDATE " + name + " SET " + last + " = 1") == "wide U [1]>[1]@[1]");
    CHECK(shop.database.value("SELECT changed FROM miroir.journal") == last);
    CHECK(shop.journal_of("UPDATE " + name + " SET c2 = 1, c98 = 2") == "wide U [1]>[1]@[1]");
    CHECK(shop.database.value("SELECT changed FROM miroir.journal") == "c2,c98");
    CHECK(shop.journal_of("UPDATE " + name + " SET c2 = c2").empty());
  }
}

TEST_CASE("the journal of an older version is made as this one's when it is installed again",
          "[postgres][journal]") {
  const auto* before = GENERATE(
      "DROP COLUMN changed", "ADD CONSTRAINT journal_op_check CHECK (op IN ('I', 'U', 'D', 'T'))");
  Journalled shop;
  shop.database.execute(std::string{"ALTER TABLE miroir.journal "} + before);
  const auto tables = [&] {
    const std::array kinds{ValueKind::text, ValueKind::text};
    return all_rows(*shop.session, dialect.list_own_tables(), kinds).size();
  };
  CHECK(tables() == 2);
  shop.install();
  CHECK(tables() == 3);
  CHECK(shop.journal_of("INSERT INTO orders VALUES (1, 'a')") == "order I >[1]@[1]");
}

TEST_CASE("inserts, updates and deletes are journaled with their keys", "[postgres][journal]") {
  Journalled shop;
  CHECK(shop.journal_of("INSERT INTO orders VALUES (1, 'a'), (2, 'b')") ==
        "order I >[1]@[1], order I >[2]@[2]");
  CHECK(shop.journal_of("UPDATE orders SET note = 'c' WHERE id = 1") == "order U [1]>[1]@[1]");
  CHECK(shop.journal_of("DELETE FROM orders WHERE id = 2") == "order D [2]>@[2]");
  CHECK(shop.journal_of("INSERT INTO lines VALUES (7, 1, 2.5)") == "line I >[7]@[1]");
  CHECK(shop.database.value(
            "SELECT entity || (origin IS NULL) || (tx ~ '^[0-9]+$') FROM miroir.journal") ==
        "ordertruetrue");
}

TEST_CASE("a part that moves to another root is journaled under both", "[postgres][journal]") {
  Journalled shop;
  shop.database.execute("INSERT INTO lines VALUES (7, 1, 2.5)");
  CHECK(shop.journal_of("UPDATE lines SET order_id = 2") ==
        "line U [7]>[7]@[1], line U [7]>[7]@[2]");
  CHECK(shop.journal_of("UPDATE lines SET order_id = NULL") ==
        "line U [7]>[7]@[2], line U [7]>[7]@[null]");
  CHECK(shop.database.value("SELECT old_root || new_root FROM miroir.journal LIMIT 1") ==
        "[2][null]");
}

TEST_CASE("a root whose key changes is journaled under the old key and the new",
          "[postgres][journal]") {
  Journalled shop;
  shop.database.execute("INSERT INTO orders VALUES (1, 'a')");
  CHECK(shop.journal_of("UPDATE orders SET id = 5") == "order U [1]>[5]@[1], order U [1]>[5]@[5]");
}

TEST_CASE("an update that changes no mirrored column is not journaled", "[postgres][journal]") {
  Journalled shop;
  shop.database.execute("INSERT INTO orders VALUES (1, 'Chateau')");
  CHECK(shop.journal_of("UPDATE orders SET seen = 1, note = note").empty());
  CHECK(shop.journal_of("UPDATE orders SET note = 'Château'") == "order U [1]>[1]@[1]");
  CHECK(shop.journal_of("UPDATE orders SET note = 'Château '") == "order U [1]>[1]@[1]");
  CHECK(shop.journal_of("UPDATE orders SET note = NULL") == "order U [1]>[1]@[1]");
}

TEST_CASE("a change is journaled under a collation that cannot see it", "[postgres][journal]") {
  Journalled shop;
  shop.database.execute(
      "CREATE COLLATION blind (provider = icu, locale = 'und-u-ks-level1', deterministic = false);"
      "ALTER TABLE lines ADD label varchar(20) COLLATE blind; INSERT INTO lines VALUES (7, 1, 1, "
      "'Chateau')");
  Dialect::JournalledTable labelled = lines;
  labelled.columns.emplace_back("label");
  shop.run(dialect.create_triggers(labelled));
  CHECK(shop.journal_of("UPDATE lines SET label = 'CHÂTEAU'") == "line U [7]>[7]@[1]");
}

TEST_CASE("TRUNCATE is journaled", "[postgres][journal]") {
  Journalled shop;
  CHECK(shop.journal_of("TRUNCATE orders") == "order T >@");
}

TEST_CASE("triggers fire whatever session_replication_role says", "[postgres][journal]") {
  Journalled shop;
  CHECK(shop.journal_of(
            "SET session_replication_role = 'replica'; INSERT INTO orders VALUES (1, 'a');"
            " SET session_replication_role = 'origin'") == "order I >[1]@[1]");
}

TEST_CASE("a clerk without rights on miroir's schema can work", "[postgres][journal]") {
  Journalled shop;
  const std::string clerk = "clerk_of_" + shop.database.name();
  CHECK(shop.journal_of("CREATE ROLE " + clerk + "; GRANT ALL ON orders TO " + clerk +
                        "; SET ROLE " + clerk +
                        "; CREATE TEMP TABLE journal (x int); SET search_path = pg_temp, public;"
                        " INSERT INTO orders VALUES (1, 'a'); RESET ROLE; RESET search_path; DROP "
                        "TABLE pg_temp.journal") == "order I >[1]@[1]");
  // Nor hide what he does, by a setting of ours.
  CHECK(shop.journal_of("SET ROLE " + clerk + "; SET miroir.unnoted = 'order';" +
                        " UPDATE orders SET note = 'hidden'; RESET miroir.unnoted; RESET ROLE") ==
        "order U [1]>[1]@[1]");
  shop.database.execute("DROP OWNED BY " + clerk + "; DROP ROLE " + clerk);
}

TEST_CASE("the origin is noted within its transaction only", "[postgres][journal]") {
  Journalled shop;
  std::vector<Statement> statements;
  for (const std::string& text : dialect.set_origin("SELECT 17")) statements.push_back({text, {}});
  statements.push_back({"INSERT INTO orders VALUES (1, 'a')", {}});
  for (const std::string& text : dialect.clear_origin()) statements.push_back({text, {}});
  statements.push_back({"INSERT INTO orders VALUES (2, 'b')", {}});
  shop.session->run_transaction(statements);
  shop.session->run({"INSERT INTO orders VALUES (3, 'c')", {}});
  CHECK(shop.database.value("SELECT string_agg(coalesce(origin::text, '-'), ' ' ORDER BY id)"
                            " FROM miroir.journal") == "17 - -");
  CHECK(shop.database.value("SELECT count(DISTINCT tx) FROM miroir.journal") == "2");
}

TEST_CASE("what a batch updates itself is left out, and nothing besides", "[postgres][journal]") {
  Journalled shop;
  shop.database.execute(
      "INSERT INTO orders VALUES (1, 'a'), (2, 'b'), (3, 'c'); INSERT INTO lines VALUES (7, 1, 2);"
      "CREATE FUNCTION meddle() RETURNS trigger LANGUAGE plpgsql AS"
      " $f$ BEGIN UPDATE orders SET note = 'meddled' WHERE id = 2; RETURN NULL; END $f$;"
      "CREATE TRIGGER meddle AFTER UPDATE ON orders FOR EACH ROW WHEN (NEW.id = 1)"
      " EXECUTE FUNCTION meddle()");
  const auto noted_of = [&](const std::vector<std::string>& own) {
    shop.database.execute("DELETE FROM miroir.journal");
    std::vector<Statement> batch;
    for (const std::string& text : dialect.set_origin("SELECT 17")) batch.push_back({text, {}});
    const auto unnoted = dialect.leave_unnoted("'order'", "orders").value();
    batch.push_back({unnoted.before, {}});
    for (const std::string& text : own) batch.push_back({text, {}});
    batch.push_back({unnoted.after, {}});
    shop.session->run_transaction(batch);
    return shop.database.value(
        "SELECT coalesce(string_agg(part || ' ' || op || ' ' || coalesce(old_key, '') || '>' ||"
        " coalesce(new_key, ''), ', ' ORDER BY id), 'nothing') FROM miroir.journal");
  };
  CHECK(noted_of({"UPDATE orders SET note = 'ours' WHERE id = 3"}) == "nothing");
  CHECK(noted_of({"UPDATE orders SET note = 'ours' WHERE id = 1"}) == "order U [2]>[2]");
  CHECK(noted_of({"UPDATE orders SET id = 4 WHERE id = 3"}) ==
        "order U [3]>[4], order U [3]>[4]");  // Under both roots.
  CHECK(noted_of({"DELETE FROM orders WHERE id = 4", "INSERT INTO orders VALUES (5, 'e')"}) ==
        "order D [4]>, order I >[5]");
  CHECK(noted_of({"UPDATE lines SET qty = 3 WHERE id = 7"}) == "line U [7]>[7]");
  CHECK(shop.database.value("SELECT tx = '' OR tx IS NULL FROM miroir.journal") == "f");
  // What a foreign key updates in the table itself is not ours, nor is what a rule does.
  shop.database.execute(
      "ALTER TABLE orders ADD UNIQUE (note),"
      " ADD after varchar(20) REFERENCES orders (note) ON UPDATE CASCADE; UPDATE orders SET after = 'meddled' WHERE id = 5");
  shop.run(dialect.create_triggers(
      {{"public", "orders"}, "order", "order", {"id"}, {"id"}, {"id", "note", "after"}}));
  CHECK(noted_of({"UPDATE orders SET note = 'first' WHERE id = 2"}) == "order U [5]>[5]");
  shop.database.execute(
      "UPDATE orders SET after = NULL;"
      "CREATE RULE also AS ON UPDATE TO orders DO ALSO SELECT 1");
  CHECK(noted_of({"UPDATE orders SET note = 'more' WHERE id = 2"}) == "order U [2]>[2]");
  shop.database.execute("DROP RULE also ON orders");
  CHECK(shop.journal_of("UPDATE orders SET note = 'theirs' WHERE id = 5") == "order U [5]>[5]@[5]");
}

TEST_CASE("keys read the same whatever the writer's session is set to", "[postgres][journal]") {
  Journalled shop;
  shop.database.execute("CREATE TABLE stamps (at timestamptz, raw bytea)");
  shop.run(dialect.create_triggers(
      {{"public", "stamps"}, "stamp", "stamp", {"at", "raw"}, {"at", "raw"}, {"at"}}));
  CHECK(shop.journal_of("SET \"TimeZone\" = 'Asia/Tokyo'; SET bytea_output = 'escape';"
                        " INSERT INTO stamps VALUES ('2026-03-29 00:00:00Z', '\\x00')") ==
        R"(stamp I >["2026-03-29T00:00:00+00:00","\\x00"]@["2026-03-29T00:00:00+00:00","\\x00"])");
  // Only where a key's text depends on them: to set them takes time.
  const auto set_by = [&](const std::string& table) {
    return shop.database.value(
        "SELECT array_to_string(p.proconfig, ';') FROM pg_trigger AS t"
        " JOIN pg_proc AS p ON p.oid = t.tgfoid WHERE t.tgname LIKE '%_update' AND t.tgrelid = '" +
        table + "'::regclass");
  };
  CHECK(set_by("stamps") == R"(search_path=pg_catalog, pg_temp;TimeZone=UTC;bytea_output=hex)");
  CHECK(set_by("lines") == "search_path=pg_catalog, pg_temp");
}

TEST_CASE("installing again changes nothing", "[postgres][journal]") {
  Journalled shop;
  shop.database.execute(
      "INSERT INTO orders VALUES (1, 'a'); INSERT INTO miroir.site (store, cycle) VALUES ('s', 4)");
  shop.install();
  CHECK(shop.triggers() == 6);
  CHECK(shop.database.value("SELECT count(*) FROM miroir.journal") == "1");
  CHECK(shop.database.value("SELECT store || cycle FROM miroir.site") == "s4");
  CHECK(shop.journal_of("UPDATE orders SET note = 'b'") == "order U [1]>[1]@[1]");
}

TEST_CASE("a trigger that is disabled is not listed", "[postgres][journal]") {
  Journalled shop;
  const std::vector<std::string> names = dialect.trigger_names(orders);
  shop.database.execute("ALTER TABLE orders DISABLE TRIGGER " + names[0]);
  CHECK(shop.triggers() == 5);
  shop.database.execute("ALTER TABLE orders ENABLE TRIGGER " + names[0]);
  CHECK(shop.triggers() == 5);  // It would not fire for replicated rows.
}

TEST_CASE("uninstalling leaves no trace, also of tables mapped before", "[postgres][journal]") {
  Journalled shop;
  const std::array kinds{ValueKind::text, ValueKind::text};
  CHECK(all_rows(*shop.session, dialect.list_own_tables(), kinds).size() == 3);
  shop.run(dialect.drop_triggers(orders));  // Not those of lines: an earlier mapping had them.
  for (int twice = 0; twice < 2; ++twice) shop.run(dialect.drop_own_tables());
  CHECK(all_rows(*shop.session, dialect.list_own_tables(), kinds).empty());
  CHECK(shop.database.value("SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal") == "0");
  CHECK(shop.database.value("SELECT count(*) FROM pg_namespace WHERE nspname = 'miroir'") == "0");
  shop.database.execute("INSERT INTO orders VALUES (1, 'a'); INSERT INTO lines VALUES (1, 1, 1)");
}

TEST_CASE("uninstalling takes triggers that are switched off, or have another name",
          "[postgres][journal]") {
  Journalled shop;
  const std::vector<std::string> names = dialect.trigger_names(orders);
  shop.database.execute("ALTER TABLE orders DISABLE TRIGGER " + names[0]);
  shop.database.execute("ALTER TRIGGER " + names[1] + " ON orders RENAME TO theirs");
  shop.database.execute("ALTER TABLE lines RENAME TO old_lines");
  CHECK(read_own_triggers(*shop.session).size() == 6);
  uninstall(*shop.session);
  CHECK(shop.database.value("SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal") == "0");
  CHECK(shop.database.value("SELECT count(*) FROM pg_namespace WHERE nspname = 'miroir'") == "0");
}

TEST_CASE("a table that is called otherwise now keeps nothing from being installed or dropped",
          "[postgres][journal]") {
  Journalled shop;
  shop.database.execute(
      "ALTER TABLE lines RENAME TO old_lines; CREATE TABLE lines (LIKE old_lines)");
  CHECK_NOTHROW(shop.run(dialect.create_triggers(lines)));
  shop.database.execute("ALTER TABLE lines RENAME TO older_lines");
  CHECK_NOTHROW(shop.run(dialect.drop_triggers(lines)));
}

}  // namespace miroir::test
