// What brake stories share: a cycle that must stop with one brake while the rest goes on, and what
// administrators do to tables, triggers and columns of each database.
#pragma once

#include <chrono>
#include <thread>

#include "tests/scenarios/guarantee_pairs.hpp"

namespace miroir::test {

inline constexpr auto erp_customer = "CRONUS France$Customer";
inline constexpr auto count_phone =
    R"(SELECT count(*) FROM "CRONUS France$Customer" WHERE "Phone No_" = '0')";

inline bool says(const std::string& text, const std::string& words) {
  return text.find(words) != std::string::npos;
}
inline std::string in_quotes(const std::string& name) { return "\"" + name + "\""; }

// Customers 4 to 3 + count, in both databases.
inline void add_customers(Pair& pair, int count) {
  std::string script;
  for (int n = 4; n < 4 + count; ++n)
    script += "INSERT INTO customer (last_name, phone, city) VALUES ('Client', '" +
              std::to_string(n) + "', 'Nantes');";
  pair.shop().run(script);
  pair.cycle();
}

inline nlohmann::json all_brakes(const Pair& pair) {
  const Pair::Cycle cycle = pair.try_cycle();
  CAPTURE(cycle.report.dump(), cycle.err);
  REQUIRE(cycle.exit_code == 5);
  CHECK(cycle.report.at("outcome") == "brake");
  return cycle.report.at("brakes");
}

// What must go on beside a brake.
enum class Rest : std::uint8_t { products, customers, none };

// The only brake of a cycle, whose id begins so. Its message says exactly what to type; what the
// brake is not about is mirrored.
inline nlohmann::json braked(Pair& pair, const std::string& id, Rest rest = Rest::products) {
  static int n = 0;
  const std::string mark = std::to_string(++n);
  if (rest == Rest::products)
    pair.shop().run("UPDATE product SET name = 'Grand cru " + mark + "' WHERE id = 3");
  if (rest == Rest::customers)
    pair.shop().run("UPDATE customer SET last_name = 'Œuvray " + mark + "' WHERE id = 3");
  const nlohmann::json brakes = all_brakes(pair);
  CAPTURE(brakes.dump());
  REQUIRE(brakes.size() == 1);
  nlohmann::json brake = brakes[0];
  const std::string its_id = brake.at("id");
  CHECK(its_id.substr(0, id.size()) == id);
  if (brake.at("acceptable"))
    CHECK(says(brake.at("message"), "`miroir cycle --accept '" + its_id + "'`"));
  if (rest == Rest::products)
    CHECK(pair.erp().value(R"(SELECT count(*) FROM "CRONUS France$Item" WHERE "Description" =
                              'Grand cru )" +
                           mark + "'") == "1");
  if (rest == Rest::customers)
    CHECK(pair.erp().value(R"(SELECT count(*) FROM "CRONUS France$Customer" WHERE "Name" LIKE
                              '%Œuvray )" +
                           mark + "%'") == "1");
  return brake;
}

inline void accept(const Pair& pair, const nlohmann::json& brake) {
  const Pair::Cycle cycle = pair.try_cycle({"--accept", brake.at("id").get<std::string>()});
  CAPTURE(cycle.report.dump(), cycle.err);
  CHECK(cycle.exit_code == 0);
  cycle_until_quiet(pair);
}

// miroir's triggers on a table, as its owner would take them away, and the administrator put them
// back.
struct Triggers {
  std::string off, on, drop_one;
};
inline Triggers triggers_of(SiteDatabase& site, const std::string& table) {
  Triggers triggers;
  if (site.dialect() == "postgres") {
    for (const std::string& name :
         site.rows("SELECT tgname FROM pg_trigger WHERE tgname LIKE 'miroir%' AND tgrelid = '" +
                   in_quotes(table) + "'::regclass")) {
      triggers.off += "ALTER TABLE " + in_quotes(table) + " DISABLE TRIGGER " + in_quotes(name) + ";";
      triggers.on += "ALTER TABLE " + in_quotes(table) + " ENABLE ALWAYS TRIGGER " + in_quotes(name) + ";";
      triggers.drop_one = "DROP TRIGGER " + in_quotes(name) + " ON " + in_quotes(table);
    }
    return triggers;
  }
  std::vector<std::string> names, texts;
  if (site.dialect() == "mariadb") {
    const std::string of =
        " FROM information_schema.triggers WHERE event_object_schema = database() AND "
        "event_object_table = '" +
        table + "' AND LEFT(trigger_name, 7) = 'miroir_' ORDER BY trigger_name";
    names = site.rows("SELECT trigger_name" + of);
    texts = site.rows(
        "SELECT concat('CREATE DEFINER = `', replace(definer, '@', '`@`'), '` TRIGGER \"', "
        "trigger_name, '\" ', action_timing, ' ', "
        "event_manipulation, ' ON \"" +
        table + "\" FOR EACH ROW ', action_statement)" + of);
  } else {
    const std::string of = " FROM sqlite_master WHERE type = 'trigger' AND tbl_name = '" + table +
                           "' AND name LIKE 'miroir%'";
    names = site.rows("SELECT name" + of);
    texts = site.rows("SELECT sql" + of);
  }
  for (std::size_t i = 0; i < names.size(); ++i) {
    triggers.drop_one = "DROP TRIGGER " + in_quotes(names[i]);
    triggers.off += triggers.drop_one + ";";
    triggers.on += texts[i] + ";";
  }
  return triggers;
}

// As an upgrade does it: another table of the same name and shape, without rows or triggers.
inline void replace_table(SiteDatabase& site, const std::string& table) {
  const std::string name = in_quotes(table), old = in_quotes("old " + table);
  if (site.dialect() == "postgres")
    return site.run("ALTER TABLE " + name + " RENAME TO " + old + "; CREATE TABLE " + name +
                    " (LIKE " + old + " INCLUDING ALL); DROP TABLE " + old);
  if (site.dialect() == "mariadb")
    return site.run("CREATE TABLE " + old + " LIKE " + name + "; DROP TABLE " + name +
                    "; RENAME TABLE " + old + " TO " + name);
  const std::string text =
      site.value("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = '" + table + "'");
  site.run("DROP TABLE " + name + "; " + text);
}

inline void change_type(SiteDatabase& site, const std::string& table, const std::string& column,
                        const std::string& type) {
  if (site.dialect() == "postgres")
    return site.run("ALTER TABLE " + in_quotes(table) + " ALTER " + in_quotes(column) + " TYPE " + type);
  if (site.dialect() == "mariadb")
    return site.run("ALTER TABLE " + in_quotes(table) + " MODIFY " + in_quotes(column) + " " + type +
                    " NOT NULL DEFAULT ''");
  // SQLite has no word for it: its own documentation says to write the table's text anew.
  const std::string here = " WHERE type = 'table' AND name = '" + table + "'";
  std::string text = site.value("SELECT sql FROM sqlite_master" + here);
  const std::size_t begin = text.find_first_not_of(
      ' ', text.find(in_quotes(column)) + in_quotes(column).size());
  text.replace(begin, text.find(' ', begin) - begin, type);
  for (std::size_t at = 0; (at = text.find('\'', at)) != std::string::npos; at += 2)
    text.insert(at, 1, '\'');
  site.run("PRAGMA writable_schema = ON; UPDATE sqlite_master SET sql = '" + text + "'" + here +
           "; PRAGMA writable_schema = RESET; CREATE TABLE noticed (a); DROP TABLE noticed");
}

inline void rename_column(SiteDatabase& site, const std::string& table, const std::string& from,
                          const std::string& to) {
  site.run("ALTER TABLE " + in_quotes(table) + " RENAME COLUMN " + in_quotes(from) + " TO " + in_quotes(to));
}

}  // namespace miroir::test
