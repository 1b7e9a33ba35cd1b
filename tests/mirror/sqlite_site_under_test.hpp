// A LocalSite over an SQLite file, through ODBC.
#pragma once

#include "connectors/odbc/dialects/sqlite_dialect.hpp"
#include "connectors/odbc/odbc_session.hpp"
#include "tests/mirror/sql_site_under_test.hpp"
#include "tests/support/temporary_sqlite.hpp"

namespace miroir::test {

inline constexpr const char* contract_tables_sqlite = R"(
CREATE TABLE customer (id INTEGER PRIMARY KEY, email TEXT, city TEXT, seen_by TEXT, points INTEGER, credit TEXT);
CREATE TABLE sales_order (id INTEGER PRIMARY KEY AUTOINCREMENT, customer_id INTEGER REFERENCES customer, note TEXT);
CREATE TABLE order_line (id INTEGER PRIMARY KEY,
  order_id INTEGER NOT NULL REFERENCES sales_order ON DELETE CASCADE,
  line_no INTEGER, item TEXT, qty TEXT, UNIQUE (order_id, line_no));
CREATE TABLE "It's a $Header" ("Document Type" INTEGER, "No_" TEXT, "Remark" TEXT,
  PRIMARY KEY ("Document Type", "No_"));
CREATE TABLE "It's a $Line" ("Document Type" INTEGER, "Document No_" TEXT, "Line No_" INTEGER, "Thing" TEXT,
  PRIMARY KEY ("Document Type", "Document No_", "Line No_"));
CREATE TABLE member (id INTEGER PRIMARY KEY, name TEXT);
CREATE TABLE member_address (id INTEGER PRIMARY KEY, member_id INTEGER NOT NULL, is_main BOOLEAN NOT NULL,
  label TEXT NOT NULL, street TEXT, city TEXT);
CREATE TABLE member_card (member_id INTEGER PRIMARY KEY REFERENCES member, level TEXT, visits INTEGER);
CREATE TABLE stay (member_id INTEGER REFERENCES member, no INTEGER, room TEXT, PRIMARY KEY (member_id, no));
CREATE TABLE stay_extra (member_id INTEGER, no INTEGER, wish TEXT, PRIMARY KEY (member_id, no));
CREATE TABLE archive ("Old No_" TEXT, "Kind" INTEGER);
CREATE TABLE series (last INTEGER);
INSERT INTO series VALUES (100);
CREATE TABLE invoice ("Document Type" INTEGER, "No_" TEXT NOT NULL DEFAULT '', "Remark" TEXT,
  PRIMARY KEY ("Document Type", "No_"));
CREATE TABLE invoice_line ("Document Type" INTEGER, "Document No_" TEXT, "Line No_" INTEGER, "Thing" TEXT,
  PRIMARY KEY ("Document Type", "Document No_", "Line No_"),
  FOREIGN KEY ("Document Type", "Document No_") REFERENCES invoice);
CREATE TRIGGER invoice_number AFTER INSERT ON invoice WHEN NEW."No_" = '' BEGIN
  UPDATE series SET last = last + 1;
  UPDATE invoice SET "No_" = 'RE-' || (SELECT last FROM series)
   WHERE "Document Type" = NEW."Document Type" AND "No_" = ''; END;
)";

class SqliteSiteUnderTest final : public SqlSiteUnderTest {
 public:
  SqliteSiteUnderTest() : SqlSiteUnderTest{ValueKind::text}, database_{contract_tables_sqlite} {
    open([this] { return open_odbc(database_.connection_string(), sqlite_dialect(), limits_); });
  }

  SqliteUser user() const { return database_.user(); }  // Another one.

  void truncate(EntityId) override { throw std::logic_error{"SQLite has no TRUNCATE"}; }
  bool has_truncate() const override { return false; }
  void lock(EntityId, const Key&) override { throw std::logic_error{"SQLite locks no rows"}; }
  void lock_satellite(EntityId, const Key&, std::size_t) override {
    throw std::logic_error{"SQLite locks no rows"};
  }
  void unlock() override {}
  bool has_row_locks() const override { return false; }
  void update_later(EntityId, const Key&, std::size_t, const Value&) override {
    throw std::logic_error{"SQLite has a single writer"};
  }
  void land() override {}
  void change_city() override {
    run("PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = replace(sql, 'city TEXT', "
        "'city VARCHAR(5)') WHERE name = 'customer'; PRAGMA writable_schema = RESET; "
        "CREATE TABLE noticed (a); DROP TABLE noticed");
  }

  // Another trigger of the site's corrects what was stored: SQLite's cannot change the row before.
  void add_capitals_trigger() override {
    for (const char* event : {"INSERT", "UPDATE"}) {
      run(std::string{"CREATE TRIGGER capitals_"} + event + " AFTER " + event +
          " ON customer WHEN NEW.city <> upper(NEW.city) BEGIN"
          " UPDATE customer SET city = upper(city) WHERE id = NEW.id; END");
    }
  }
  void add_streets_trigger() override {
    for (const char* event : {"INSERT", "UPDATE"}) {
      run(std::string{"CREATE TRIGGER streets_"} + event + " AFTER " + event +
          " ON member_address WHEN NEW.street <> upper(NEW.street) BEGIN"
          " UPDATE member_address SET street = upper(street) WHERE id = NEW.id; END");
    }
  }
  void add_mark_trigger() override {
    run("CREATE TRIGGER mark AFTER UPDATE ON customer WHEN NEW.seen_by <> 'seen' BEGIN"
        " UPDATE customer SET seen_by = 'seen' WHERE id = NEW.id; END");
  }
  void add_points_trigger() override {
    run("CREATE TRIGGER points AFTER INSERT ON order_line BEGIN"
        " UPDATE customer SET points = points - 1 WHERE id = 1; END");
  }
  void add_neighbour_trigger() override {
    run("CREATE TRIGGER neighbour AFTER UPDATE ON customer WHEN NEW.id = 1 BEGIN"
        " UPDATE customer SET city = 'next door' WHERE id = 2; END");
  }
  void add_refusing_trigger() override {
    run("CREATE TRIGGER refuse BEFORE INSERT ON customer WHEN NEW.email LIKE '!%' BEGIN"
        " SELECT RAISE(ABORT, 'an e-mail must not begin with !'); END");
  }
  void add_dropping_trigger() override {
    for (const auto& [table, column] : {std::pair{"order_line", "item"}, {"It's a $Line", "Thing"}})
      run(std::string{"CREATE TRIGGER \"drop "} + table + "\" BEFORE INSERT ON \"" + table +
          "\" WHEN NEW." + column + " = 'nothing' BEGIN SELECT RAISE(IGNORE); END");
  }
  void add_renaming_trigger() override {
    run("CREATE TRIGGER rename_document AFTER INSERT ON \"It's a $Header\" BEGIN"
        " UPDATE \"It's a $Header\" SET \"No_\" = upper(\"No_\") WHERE rowid = NEW.rowid; END");
  }
  void add_keeping_triggers() override {
    int number = 0;
    for (const auto& [what, when] :
         {std::pair{"UPDATE ON customer", "NEW.city = 'nowhere' OR NEW.points < 0"},
          {"UPDATE ON member_address", "NEW.street = 'nowhere'"},
          {"DELETE ON order_line", "OLD.item = 'kept'"},
          {"DELETE ON \"It's a $Line\"", "OLD.\"Thing\" = 'kept'"}}) {
      run("CREATE TRIGGER keep" + std::to_string(++number) + " BEFORE " + what + " WHEN " + when +
          " BEGIN SELECT RAISE(IGNORE); END");
    }
  }

 private:
  std::vector<std::string> trigger_texts() override {
    const std::vector<ValueKind> text{ValueKind::text};
    std::vector<std::string> texts;
    for (const Row& row : all_rows(users(),
                                   {"SELECT sql FROM sqlite_schema WHERE type = 'trigger' AND "
                                    "tbl_name = 'customer' AND name GLOB 'miroir_*'",
                                    {}},
                                   text))
      texts.push_back(std::get<std::string>(row[0]));
    return texts;
  }
  std::string drop_text(const std::string& trigger) override {
    return "DROP TRIGGER \"" + trigger + "\"";
  }
  void run(const std::string& script) { database_.user().run(script); }
  Value insert_generated(const Statement& insert, const std::string&) override {
    users().run(insert);
    const std::vector<ValueKind> kinds{ValueKind::integer};
    return all_rows(users(), {"SELECT last_insert_rowid()", {}}, kinds)[0][0];
  }

  SessionLimits limits_;
  TemporarySqlite database_;
};

}  // namespace miroir::test
