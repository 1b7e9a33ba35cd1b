// A LocalSite over a MariaDB database, through ODBC.
#pragma once

#include "connectors/odbc/dialects/mariadb_dialect.hpp"
#include "connectors/odbc/odbc_session.hpp"
#include "tests/mirror/sql_site_under_test.hpp"
#include "tests/support/temporary_mariadb.hpp"

namespace miroir::test {

// A collation that takes case, accents and blanks at the end for equal, as most shops have it.
inline constexpr const char* contract_tables_mariadb = R"(
CREATE TABLE customer (id BIGINT AUTO_INCREMENT PRIMARY KEY, email VARCHAR(100), city VARCHAR(30),
  seen_by TEXT, points BIGINT, credit DECIMAL(12,2));
CREATE TABLE sales_order (id BIGINT AUTO_INCREMENT PRIMARY KEY, customer_id BIGINT, note TEXT,
  FOREIGN KEY (customer_id) REFERENCES customer (id));
CREATE TABLE order_line (id BIGINT AUTO_INCREMENT PRIMARY KEY, order_id BIGINT NOT NULL,
  line_no BIGINT, item TEXT, qty DECIMAL(12,3), UNIQUE (order_id, line_no),
  FOREIGN KEY (order_id) REFERENCES sales_order (id) ON DELETE CASCADE);
CREATE TABLE "It's a $Header" ("Document Type" INTEGER, "No_" VARCHAR(20), "Remark" TEXT,
  PRIMARY KEY ("Document Type", "No_"));
CREATE TABLE "It's a $Line" ("Document Type" INTEGER, "Document No_" VARCHAR(20), "Line No_" INTEGER, "Thing" TEXT,
  PRIMARY KEY ("Document Type", "Document No_", "Line No_"));
CREATE TABLE member (id BIGINT AUTO_INCREMENT PRIMARY KEY, name TEXT);
CREATE TABLE member_address (id BIGINT AUTO_INCREMENT PRIMARY KEY, member_id BIGINT NOT NULL, is_main BOOLEAN NOT NULL,
  label TEXT NOT NULL, street VARCHAR(30), city TEXT, KEY (member_id));
CREATE TABLE member_card (member_id BIGINT PRIMARY KEY, level TEXT, visits BIGINT,
  FOREIGN KEY (member_id) REFERENCES member (id));
CREATE TABLE stay (member_id BIGINT, no INTEGER, room TEXT, PRIMARY KEY (member_id, no),
  FOREIGN KEY (member_id) REFERENCES member (id));
CREATE TABLE stay_extra (member_id BIGINT, no INTEGER, wish TEXT, PRIMARY KEY (member_id, no));
CREATE TABLE archive ("Old No_" VARCHAR(20), "Kind" INTEGER);
CREATE TABLE series (last BIGINT);
INSERT INTO series VALUES (100);
CREATE TABLE invoice ("Document Type" INTEGER, "No_" VARCHAR(20) NOT NULL, "Remark" TEXT,
  PRIMARY KEY ("Document Type", "No_"));
CREATE TABLE invoice_line ("Document Type" INTEGER, "Document No_" VARCHAR(20), "Line No_" INTEGER, "Thing" TEXT,
  PRIMARY KEY ("Document Type", "Document No_", "Line No_"),
  FOREIGN KEY ("Document Type", "Document No_") REFERENCES invoice ("Document Type", "No_"));
CREATE TRIGGER invoice_number BEFORE INSERT ON invoice FOR EACH ROW BEGIN
  IF NEW."No_" IS NULL OR NEW."No_" = '' THEN
    UPDATE series SET last = last + 1;
    SET NEW."No_" = CONCAT('RE-', (SELECT last FROM series));
  END IF; END;
)";

class MariadbSiteUnderTest final : public SqlSiteUnderTest {
 public:
  MariadbSiteUnderTest() : SqlSiteUnderTest{ValueKind::decimal} {
    run(contract_tables_mariadb);
    limits_.lock_wait = std::chrono::seconds{1};
    open([this] { return open_odbc(database_.connection_string(), mariadb_dialect(), limits_); });
  }

  // Another user of the database; what a program connects with.
  MariadbClient user() const { return database_.user(); }
  std::string connection_string() const { return database_.connection_string(); }

  void truncate(EntityId) override { throw std::logic_error{"TRUNCATE fires no trigger here"}; }
  bool has_truncate() const override { return false; }
  // What a foreign key deletes fires no trigger either; the engine reads such rows again.
  bool journals_cascades() const override { return false; }
  void lock(EntityId entity, const Key& key) override {
    other_.execute("START TRANSACTION; SELECT 1 FROM " + name_of(entity) +
                   " WHERE id = " + display(key.at(0)) + " FOR UPDATE");
  }
  void lock_satellite(EntityId entity, const Key& key, std::size_t n) override {
    const Satellite& satellite = table(entity).satellites[n];
    other_.execute("START TRANSACTION; SELECT 1 FROM " + satellite.table.name + " WHERE " +
                   satellite.key[0].name + " = " + display(key.at(0)) + " FOR UPDATE");
  }
  void unlock() override { other_.execute("ROLLBACK"); }
  void update_later(EntityId entity, const Key& key, std::size_t column,
                    const Value& value) override {
    other_.execute("START TRANSACTION; UPDATE " + name_of(entity) + " SET " +
                   users().dialect().quote(table(entity).columns[column].name) + " = '" +
                   std::get<std::string>(value) + "' WHERE id = " + display(key.at(0)));
  }
  void land() override { other_.execute("COMMIT"); }
  void change_city() override { run("ALTER TABLE customer MODIFY city VARCHAR(77)"); }

  void add_capitals_trigger() override {
    for (const char* event : {"INSERT", "UPDATE"}) {
      run(std::string{"CREATE TRIGGER capitals_"} + event + " BEFORE " + event +
          " ON customer FOR EACH ROW SET NEW.city = UPPER(NEW.city)");
    }
  }
  void add_streets_trigger() override {
    for (const char* event : {"INSERT", "UPDATE"}) {
      run(std::string{"CREATE TRIGGER streets_"} + event + " BEFORE " + event +
          " ON member_address FOR EACH ROW SET NEW.street = UPPER(NEW.street)");
    }
  }
  void add_mark_trigger() override {
    run("CREATE TRIGGER mark BEFORE UPDATE ON customer FOR EACH ROW SET NEW.seen_by = 'seen'");
  }
  void add_points_trigger() override {
    run("CREATE TRIGGER points AFTER INSERT ON order_line FOR EACH ROW "
        "UPDATE customer SET points = points - 1 WHERE id = 1");
  }
  // MariaDB lets no trigger write its own table: a neighbour is changed by way of another one.
  bool has_neighbour_trigger() const override { return false; }
  void add_neighbour_trigger() override {
    throw std::logic_error{"a trigger cannot write its own table here"};
  }
  void add_refusing_trigger() override {
    run("CREATE TRIGGER refuse BEFORE INSERT ON customer FOR EACH ROW BEGIN IF NEW.email LIKE '!%' "
        "THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'an e-mail must not begin with !'; END "
        "IF; END");
  }
  // A BEFORE trigger can change a row here, or refuse it, but not leave it out.
  bool has_dropping_trigger() const override { return false; }
  void add_dropping_trigger() override {
    throw std::logic_error{"a trigger cannot leave a row out here"};
  }
  void add_renaming_trigger() override {
    run("CREATE TRIGGER rename_document BEFORE INSERT ON \"It's a $Header\" FOR EACH ROW "
        "SET NEW.\"No_\" = UPPER(NEW.\"No_\")");
  }
  void add_keeping_triggers() override {
    run("CREATE TRIGGER keep_customer BEFORE UPDATE ON customer FOR EACH ROW BEGIN "
        "IF NEW.city = 'nowhere' OR NEW.points < 0 THEN "
        "SET NEW.city = OLD.city, NEW.email = OLD.email, NEW.points = OLD.points; END IF; END");
    run("CREATE TRIGGER keep_address BEFORE UPDATE ON member_address FOR EACH ROW BEGIN "
        "IF NEW.street = 'nowhere' THEN SET NEW.street = OLD.street; END IF; END");
  }

 private:
  std::vector<std::string> trigger_texts() override {
    const std::vector<ValueKind> text{ValueKind::text};
    std::vector<std::string> texts;
    for (const Row& row :
         all_rows(users(),
                  {"SELECT CONCAT('CREATE DEFINER = CURRENT_USER TRIGGER `', TRIGGER_NAME, '` ', "
                   "ACTION_TIMING, ' ', EVENT_MANIPULATION, ' ON customer FOR EACH ROW ', "
                   "ACTION_STATEMENT) FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = "
                   "DATABASE() AND EVENT_OBJECT_TABLE = 'customer' AND LEFT(TRIGGER_NAME, 7) = "
                   "'miroir_' ORDER BY TRIGGER_NAME",
                   {}},
                  text))
      texts.push_back(std::get<std::string>(row[0]));
    return texts;
  }
  std::string drop_text(const std::string& trigger) override {
    return "DROP TRIGGER `" + trigger + "`";
  }
  void run(const std::string& script) { database_.user().execute(script); }
  Value insert_generated(const Statement& insert, const std::string&) override {
    users().run(insert);
    const std::vector<ValueKind> kinds{ValueKind::integer};
    return all_rows(users(), {"SELECT LAST_INSERT_ID()", {}}, kinds)[0][0];
  }

  SessionLimits limits_;
  TemporaryMariadb database_;
  MariadbClient other_ = database_.user();
};

}  // namespace miroir::test
