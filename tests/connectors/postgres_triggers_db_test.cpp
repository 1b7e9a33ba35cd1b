// The journal's triggers on a PostgreSQL server, whoever writes: what they leave out of miroir's
// own updates, and that they run by nobody's settings and with nobody's functions.
#include <catch2/catch.hpp>

#include "tests/connectors/postgres_journalled.hpp"

namespace miroir::test {

TEST_CASE("a clerk without rights on miroir's schema can work", "[postgres][journal]") {
  Journalled shop;
  const std::string clerk = "clerk_of_" + shop.database.name();
  CHECK(shop.journal_of("CREATE ROLE " + clerk + " LOGIN; GRANT ALL ON orders TO " + clerk +
                        "; SET ROLE " + clerk +
                        "; CREATE TEMP TABLE journal (x int); SET search_path = pg_temp, public;"
                        " INSERT INTO orders VALUES (1, 'a'); RESET ROLE; RESET search_path; DROP "
                        "TABLE pg_temp.journal") == "order I >[1]@[1]");
  // Nor hide what he does, by a setting of ours, whether he connected or became who he is.
  const std::string hidden = "SET miroir.unnoted = 'order'; UPDATE orders SET note = 'hidden'";
  CHECK(shop.journal_of("SET ROLE " + clerk + "; " + hidden +
                        "; RESET miroir.unnoted; RESET ROLE") == "order U [1]>[1]@[1]");
  shop.database.execute("DELETE FROM miroir.journal; UPDATE orders SET note = 'seen'");
  PostgresClient{shop.database.conninfo("user=" + clerk)}.execute(hidden);
  CHECK(shop.database.value("SELECT count(*) FROM miroir.journal") == "2");
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
  CHECK(shop.noted_of({"UPDATE orders SET note = 'ours' WHERE id = 3"}) == "nothing");
  CHECK(shop.noted_of({"UPDATE orders SET note = 'ours' WHERE id = 1"}) == "order U [2]>[2]");
  CHECK(shop.noted_of({"UPDATE orders SET id = 4 WHERE id = 3"}) ==
        "order U [3]>[4], order U [3]>[4]");  // Under both roots.
  CHECK(shop.noted_of({"DELETE FROM orders WHERE id = 4", "INSERT INTO orders VALUES (5, 'e')"}) ==
        "order D [4]>, order I >[5]");
  CHECK(shop.noted_of({"UPDATE lines SET qty = 3 WHERE id = 7"}) == "line U [7]>[7]");
  CHECK(shop.database.value("SELECT tx = '' OR tx IS NULL FROM miroir.journal") == "f");
  CHECK(shop.journal_of("UPDATE orders SET note = 'theirs' WHERE id = 5") == "order U [5]>[5]@[5]");
}

TEST_CASE("what a foreign key or a rule updates besides a batch is noted", "[postgres][journal]") {
  Journalled shop;
  shop.database.execute("INSERT INTO orders VALUES (1, 'a'), (2, 'b'), (5, 'e')");
  const auto journal_after = [&] {
    shop.database.execute("ALTER TABLE orders ADD after varchar(20)");
    shop.run(dialect.create_triggers(
        {{"public", "orders"}, "order", "order", {"id"}, {"id"}, {"id", "note", "after"}}));
  };
  SECTION("a foreign key of the table's own") {
    journal_after();
    shop.database.execute(
        "ALTER TABLE orders ADD UNIQUE (note), ADD FOREIGN KEY (after) REFERENCES orders (note) ON "
        "UPDATE CASCADE; UPDATE orders SET after = 'b' WHERE id = 5");
    CHECK(shop.noted_of({"UPDATE orders SET note = 'c' WHERE id = 2"}) == "order U [5]>[5]");
  }
  SECTION("one of a partition") {
    shop.database.execute(
        "DROP TABLE orders; CREATE TABLE orders (id int PRIMARY KEY, note varchar(20)) PARTITION "
        "BY RANGE (id); CREATE TABLE early PARTITION OF orders FOR VALUES FROM (0) TO (100)");
    journal_after();
    shop.database.execute(
        "ALTER TABLE early ADD UNIQUE (note), ADD FOREIGN KEY (after) REFERENCES early (note) ON "
        "UPDATE CASCADE; INSERT INTO orders VALUES (2, 'b', NULL), (5, 'e', 'b')");
    CHECK(shop.noted_of({"UPDATE orders SET note = 'c' WHERE id = 2"}) == "order U [5]>[5]");
  }
  SECTION("a rule of the table's") {
    shop.database.execute("CREATE RULE also AS ON UPDATE TO orders DO ALSO SELECT 1");
    CHECK(shop.noted_of({"UPDATE orders SET note = 'c' WHERE id = 2"}) == "order U [2]>[2]");
  }
  SECTION("a rule of another table, which a foreign key updates") {
    shop.database.execute(
        "ALTER TABLE orders ADD UNIQUE (note); CREATE TABLE label (of_order varchar(20) REFERENCES "
        "orders (note) ON UPDATE CASCADE); INSERT INTO label VALUES ('b');"
        "CREATE RULE also AS ON UPDATE TO label DO ALSO "
        "UPDATE orders SET note = 'printed' WHERE id = 5");
    CHECK(shop.noted_of({"UPDATE orders SET note = 'c' WHERE id = 2"}) == "order U [5]>[5]");
  }
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

TEST_CASE("names read the same whatever the writer's session is set to", "[postgres][journal]") {
  Journalled shop;
  shop.database.execute(
      R"(ALTER TABLE orders ADD "in\out" int; INSERT INTO orders VALUES (1, 'a'))");
  shop.run(dialect.create_triggers(
      {{"public", "orders"}, R"(in\order)", "order", {"id"}, {"id"}, {"id", R"(in\out)"}}));
  shop.database.execute("DELETE FROM miroir.journal");
  PostgresClient{shop.database.conninfo()}.execute(
      R"(SET standard_conforming_strings = off; UPDATE orders SET "in\out" = 1)");
  CHECK(shop.database.value("SELECT entity || ' ' || changed FROM miroir.journal") ==
        R"(in\order in\out)");
}

TEST_CASE("what tells a key is neither dropped nor made another value while it is journaled",
          "[postgres][journal]") {
  Journalled shop;
  shop.database.execute("INSERT INTO lines VALUES (7, 1, 1)");
  for (const char* change : {"DROP id", "DROP order_id", "ALTER id TYPE int USING id + 1000",
                             "ALTER order_id TYPE int USING order_id + 1"}) {
    INFO(change);
    CHECK_THROWS(shop.database.execute(std::string{"ALTER TABLE lines "} + change));
  }
  CHECK(shop.journal_of("UPDATE lines SET id = 8, order_id = 2") ==
        "line U [7]>[8]@[1], line U [7]>[8]@[2]");
}

// What the functions call runs with their owner's rights: were it found by the writer's search
// path, whoever may create a schema would have those.
TEST_CASE("nothing that a trigger calls is looked for where its writer says",
          "[postgres][journal]") {
  Journalled shop;
  const std::string alarm = " LANGUAGE plpgsql AS $f$ BEGIN RAISE 'found by search path'; END $f$;";
  std::string trap =
      "CREATE SCHEMA evil; CREATE DOMAIN evil.text AS int; CREATE DOMAIN evil.int8 AS date;"
      "CREATE COLLATION evil.\"C\" (provider = icu, locale = 'und-u-ks-level1', deterministic = "
      "false);";
  for (const std::string type : {"pg_catalog.text", "varchar", "int4", "numeric", "bool"}) {
    trap += "CREATE FUNCTION evil.alarm(" + type + ", " + type + ") RETURNS bool" + alarm;
    for (const char* sign : {"=", "<>", "||"}) {
      trap += "CREATE OPERATOR evil." + std::string{sign} + " (LEFTARG = " + type +
              ", RIGHTARG = " + type + ", FUNCTION = evil.alarm);";
    }
  }
  for (const char* own : {"concat(VARIADIC pg_catalog.text[])", "to_json(int4)", "txid_current()",
                          "concat_ws(VARIADIC pg_catalog.text[])", "pg_trigger_depth()",
                          "current_setting(pg_catalog.text, bool)", "left(pg_catalog.text, int4)",
                          "has_table_privilege(name, pg_catalog.text, pg_catalog.text)"}) {
    trap += "CREATE FUNCTION evil." + std::string{own} + " RETURNS pg_catalog.text" + alarm;
  }
  // A type that somebody made may have a cast of his, which looks for what it calls.
  trap +=
      "CREATE TYPE evil.mood AS ENUM ('glad', 'sad'); CREATE FUNCTION evil.told(evil.mood) RETURNS "
      "pg_catalog.text LANGUAGE plpgsql AS $f$ BEGIN RETURN concat(VARIADIC ARRAY['mood',"
      " pg_catalog.enum_out($1)::pg_catalog.text]); END $f$;"
      "CREATE CAST (evil.mood AS pg_catalog.text) WITH FUNCTION evil.told(evil.mood);"
      "CREATE TABLE guests (id int PRIMARY KEY, mood evil.mood);";
  shop.database.execute(trap);
  shop.run(dialect.create_triggers(
      {{"public", "guests"}, "guest", "guest", {"id"}, {"id"}, {"id", "mood"}}));
  // Sessions of their own: what a session has looked for once it does not look for again.
  const auto as_writer = [&](const std::string& sql) {
    const auto session = open_postgres(shop.database.conninfo(), SessionLimits{}, "miroir/test");
    session->run({"SET search_path = evil, pg_catalog, public", {}});
    session->run({"SET miroir.unnoted = 'line'", {}});
    session->run({"SET miroir.origin = '17'", {}});
    session->run({sql, {}});
  };
  const auto noted = [&] {
    const std::string text = shop.database.value(
        "SELECT string_agg(op || coalesce(old_key, '') || coalesce(new_key, '') || root ||"
        " coalesce(changed, '-') || origin, ' ' ORDER BY id) FROM miroir.journal");
    shop.database.execute("DELETE FROM miroir.journal");
    return text;
  };
  as_writer("INSERT INTO orders VALUES (1, 'a')");
  as_writer("UPDATE orders SET note = 'A'");
  as_writer("UPDATE orders SET id = 2, note = NULL");
  as_writer("DELETE FROM orders");
  CHECK(noted() ==
        "I[1][1]-17 U[1][1][1]note17 U[1][2][1]id,note17 U[1][2][2]id,note17 D[2][2]-17");
  as_writer("INSERT INTO lines VALUES (7, 1, 2.5)");
  as_writer("UPDATE lines SET qty = 2.50");  // Whoever may write markers leaves it unnoted.
  as_writer("UPDATE lines SET order_id = 2");
  as_writer("TRUNCATE lines");
  CHECK(noted() == "I[7][1]-17 U[7][7][1]order_id17 U[7][7][2]order_id17 T-17");
  as_writer("INSERT INTO guests VALUES (1, 'glad')");
  as_writer("UPDATE guests SET mood = 'sad'");
  CHECK(noted() == "I[1][1]-17 U[1][1][1]mood17");
}

// Whoever makes next month's partition is the table's owner, and nothing to miroir.
TEST_CASE("a partition is made by the table's owner as before, and is no news",
          "[postgres][journal]") {
  Journalled shop;
  const std::string owner = "owner_of_" + shop.database.name();
  shop.database.execute(
      "CREATE ROLE " + owner +
      " LOGIN; DROP TABLE orders; CREATE TABLE orders (id int PRIMARY KEY, "
      "note varchar(20), seen int) PARTITION BY RANGE (id); CREATE TABLE early PARTITION OF orders "
      "FOR VALUES FROM (0) TO (100); GRANT ALL ON SCHEMA public TO " +
      owner + "; ALTER TABLE orders OWNER TO " + owner);
  shop.run(dialect.create_triggers(orders));
  const Installed before = read_installed(*shop.session);
  PostgresClient client{shop.database.conninfo("user=" + owner)};
  client.execute("CREATE TABLE later PARTITION OF orders FOR VALUES FROM (100) TO (200)");
  client.execute("INSERT INTO orders VALUES (7, 'a'), (107, 'b')");
  CHECK(shop.database.value("SELECT count(*) FROM miroir.journal") == "2");
  CHECK(read_installed(*shop.session).triggers == before.triggers);
  // What was a table before brought rows along that nobody noted.
  client.execute("CREATE TABLE much_later (id int PRIMARY KEY, note varchar(20), seen int)");
  client.execute("INSERT INTO much_later VALUES (207, 'c')");
  client.execute("ALTER TABLE orders ATTACH PARTITION much_later FOR VALUES FROM (200) TO (300)");
  const Installed after = read_installed(*shop.session);
  CHECK(after.fires(dialect, orders));
  CHECK(after.states(dialect, orders) != before.states(dialect, orders));
  shop.database.execute("DROP OWNED BY " + owner + " CASCADE; DROP ROLE " + owner);
}

TEST_CASE("a table that another one inherits from has no key, and is not watched",
          "[postgres][journal]") {
  Journalled shop;
  CHECK(read_installed(*shop.session).fires(dialect, orders));
  CHECK(shop.session->describe(orders.table).unique_keys.size() == 1);
  shop.database.execute("CREATE TABLE web_orders () INHERITS (orders)");
  CHECK_FALSE(read_installed(*shop.session).fires(dialect, orders));
  CHECK(shop.session->describe(orders.table).unique_keys.empty());
}

}  // namespace miroir::test
