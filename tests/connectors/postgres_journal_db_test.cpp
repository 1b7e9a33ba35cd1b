// The journal on a PostgreSQL server: what it notes, and that it goes without a trace.
#include <catch2/catch.hpp>

#include "tests/connectors/postgres_journalled.hpp"

namespace miroir::test {

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

TEST_CASE("an update of a value with a NULL in it is noted", "[postgres][journal]") {
  Journalled shop;
  shop.database.execute(
      "CREATE TYPE point_of_two AS (x int, y int); ALTER TABLE lines ADD at point_of_two;"
      "INSERT INTO lines VALUES (7, 1, 1)");
  Dialect::JournalledTable placed = lines;
  placed.columns.emplace_back("at");
  shop.run(dialect.create_triggers(placed));
  for (const char* at : {"(1, NULL)", "(NULL, NULL)", "(NULL, 2)", "NULL"})
    CHECK(shop.journal_of("UPDATE lines SET at = " + std::string{at}) == "line U [7]>[7]@[1]");
  CHECK(shop.database.value("SELECT changed FROM miroir.journal") == "at");
}

TEST_CASE("an update of a column whose name looks like two says that nobody knows which",
          "[postgres][journal]") {
  Journalled shop;
  shop.database.execute("ALTER TABLE lines ADD \"a,b\" int; INSERT INTO lines VALUES (7, 1, 1)");
  Dialect::JournalledTable odd = lines;
  odd.columns.emplace_back("a,b");
  shop.run(dialect.create_triggers(odd));
  CHECK(shop.journal_of("UPDATE lines SET \"a,b\" = 1") == "line U [7]>[7]@[1]");
  CHECK(shop.database.value("SELECT changed IS NULL FROM miroir.journal") == "t");
  CHECK(shop.journal_of("UPDATE lines SET \"a,b\" = 1, qty = qty").empty());
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
  shop.database.execute("ALTER TABLE orders ENABLE ALWAYS TRIGGER " + names[0]);
  CHECK(shop.triggers() == 6);
  // The two that fire on updates are one.
  const std::string nested = names[1].substr(0, names[1].rfind('_')) + "_nested";
  shop.database.execute("ALTER TABLE orders DISABLE TRIGGER " + nested);
  CHECK(shop.triggers() == 5);
  shop.database.execute("DROP TRIGGER " + nested + " ON orders");
  CHECK(shop.triggers() == 5);
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
  CHECK(read_own_triggers(*shop.session).size() == 8);
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
