#include "tests/support/pair.hpp"

#include <stdlib.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace miroir::test {
namespace {

namespace fs = std::filesystem;

std::string contents(const fs::path& file) {
  std::ifstream in{file, std::ios::binary};
  if (!in) throw std::runtime_error{"cannot read " + file.string()};
  return {std::istreambuf_iterator<char>{in}, {}};
}

void write(const fs::path& file, const std::string& text) {
  std::ofstream out{file, std::ios::binary};
  out << text;
  if (!out.flush()) throw std::runtime_error{"cannot write " + file.string()};
}

fs::path temporary_folder() {
  std::string name = (fs::temp_directory_path() / "miroir-pair.XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error{"cannot make " + name};
  return name;
}

const fs::path schema_folder = fs::path{MIROIR_SOURCE_FOLDER} / "schema";

void create_tables(SiteDatabase& database, const std::string& system) {
  const std::string ddl = contents(schema_folder / "ddl" / system / (database.dialect() + ".sql"));
  // A MariaDB clerk has his rights table by table, once they are there.
  database.dialect() == "mariadb" ? database.administer(ddl) : database.run(ddl);
}

// Three customers, three wines with their stock, two orders.
constexpr auto small_world = R"sql(
INSERT INTO customer (email, first_name, last_name, company, phone, vat_number, line1, postcode,
                      city, country, payment_terms, newsletter, updated_at) VALUES
  ('anne@exemple.fr', 'Anne', 'Chevalier', NULL, '+33 1 23 45 67 89', NULL, '1 rue des Vignes',
   '21200', 'Beaune', 'FR', NULL, true, '2026-01-05T08:00:00Z'),
  ('benoit@exemple.fr', 'Benoît', 'Lefèvre', 'Cave d''Or', NULL, 'FR12345678901', '2 quai Nord',
   '69002', 'Lyon', 'FR', '30J', false, '2026-01-06T09:30:00Z'),
  (NULL, NULL, 'Œuvray', NULL, '0611223344', NULL, NULL, NULL, NULL, 'CH', NULL, false, NULL);
INSERT INTO customer_address (customer_id, label, name, line1, line2, postcode, city, phone) VALUES
  (2, 'Dépôt', 'Cave d''Or', 'ZA des Îles', 'Quai 3', '69400', 'Villefranche', '+33 4 74 00 00 01'),
  (2, NULL, 'Benoît Lefèvre', '7 rue Haute', NULL, '69005', 'Lyon', NULL);
INSERT INTO product (sku, name, vintage, bottle_cl, ean, price, published) VALUES
  ('CHX-2015', 'Chassagne-Montrachet', 2015, 75, '3760000000017', '42.50', true),
  ('BEA-2018', 'Beaune Grèves', 2018, 75, NULL, '31.90', true),
  ('CRE-NV', 'Crémant', NULL, 150, NULL, '18', false);
INSERT INTO stock (product_id, location, on_hand) VALUES
  (1, 'WEB', '24'), (1, 'CAVE', '120'), (2, 'WEB', '6.5'), (3, 'WEB', '0');
INSERT INTO sales_order (order_no, customer_id, state, currency, placed_at, requested_date,
                         customer_note, items_total, shipping_total, grand_total, bill_name, bill_line1, bill_city,
                         ship_name, ship_line1, ship_line2, ship_postcode, ship_city, ship_country)
VALUES
  ('S-1001', 1, 'placed', 'EUR', '2026-01-07T09:00:00Z', NULL, 'Sonner deux fois', '148.80', '10', '158.80',
   'Anne Chevalier', '1 rue des Vignes', 'Beaune', NULL, NULL, NULL, NULL, NULL, NULL),
  ('S-1002', 2, 'accepted', 'CHF', '2026-01-07T23:30:00Z', '2026-01-20', NULL, '36', '0', '36', 'Cave d''Or',
   '2 quai Nord', 'Lyon', 'Cave d''Or', 'ZA des Îles', 'Quai 3', '69400', 'Villefranche', 'FR');
INSERT INTO order_line (order_id, line_no, kind, product_id, description, qty, unit_price,
                        discount_pct, line_total) VALUES
  (1, 1, 'item', 1, 'Chassagne-Montrachet 2015', '2', '42.50', '0', '85'),
  (1, 2, 'item', 2, 'Beaune Grèves 2018', '2', '31.90', '0', '63.80'),
  (1, 3, 'comment', NULL, 'Cadeau : ne pas joindre la facture', '0', '0', '0', '0'),
  (2, 1, 'item', 3, 'Crémant', '2', '18', '0', '36');
)sql";

nlohmann::json site_config(const SiteDatabase& database) {
  nlohmann::json site{{"connector", database.connector()}, {"connection", database.connection()}};
  if (database.connector() == "odbc") site["dialect"] = database.dialect();
  if (!database.installer().empty()) site["installer"] = {{"user", database.installer()}};
  return site;
}

void must_end_well(const Ended& ended, const std::string& what) {
  if (ended.exit_code == 0) return;
  throw std::runtime_error{what + " ended with " + std::to_string(ended.exit_code) + ": " +
                           ended.out + ended.err};
}

}  // namespace

namespace {

std::unique_ptr<SiteDatabase> new_erp(Pair::Kind kind) {
  constexpr auto own_server = "MIROIR_TEST_POSTGRES_ERP";
  if (kind == Pair::postgres_postgres && std::getenv(own_server) != nullptr)
    return new_postgres_database(own_server);
  if (kind == Pair::postgres_postgres) return new_postgres_database();
  return kind == Pair::postgres_mariadb ? new_mariadb_database() : new_sqlite_database();
}

}  // namespace

std::string name_of(Pair::Kind kind) {
  switch (kind) {
    case Pair::sqlite_sqlite:
      return "sqlite_sqlite";
    case Pair::postgres_sqlite:
      return "postgres_sqlite";
    case Pair::postgres_postgres:
      return "postgres_postgres";
    case Pair::postgres_mariadb:
      return "postgres_mariadb";
  }
  throw std::logic_error{"unknown kind of pair"};
}

Pair::Pair(Kind kind, State state)
    : folder_{temporary_folder()},
      shop_{kind == sqlite_sqlite ? new_sqlite_database() : new_postgres_database()},
      erp_{new_erp(kind)} {
  create_tables(*shop_, "shop");
  create_tables(*erp_, "erp");
  fs::copy_file(schema_folder / "mappings" / "shop-navision" / "shop-navision.json",
                mapping_file());
  write_config({{"sites", {{"shop", site_config(*shop_)}, {"erp", site_config(*erp_)}}},
                {"mapping", "mapping.json"},
                {"state", "state.db"}});
  make_accounts();
  if (state >= filled) shop_->run(small_world);
  if (state >= installed) must_end_well(verb({"install", "--yes"}), "install");
  if (state >= seeded) must_end_well(verb({"seed"}), "seed");
}

Pair::~Pair() {
  std::error_code ignored;  // A folder that stays behind in /tmp is no reason to fail.
  fs::remove_all(folder_, ignored);
}

// By what is printed for the mapping as it is now; nothing where that is wrong.
void Pair::make_accounts() {
  if (shop_->installer().empty() && erp_->installer().empty()) return;
  const Ended printed = verb({"install", "--print-roles", "--json"});
  if (printed.exit_code != 0) return;
  const auto sql = nlohmann::json::parse(printed.out).at("sql");
  shop_->make_accounts(sql.at("shop"));
  erp_->make_accounts(sql.at("erp"));
}

Program Pair::program(std::vector<std::string> arguments) const {
  Program program{.command = starter_};
  program.command.emplace_back(MIROIR_PROGRAM);
  program.command.insert(program.command.end(), arguments.begin(), arguments.end());
  program.command.insert(program.command.end(), {"--config", config_file().string()});
  return program;
}

Ended Pair::verb(std::vector<std::string> arguments) const {
  return run_program(program(std::move(arguments)));
}

Pair::Cycle Pair::try_cycle(std::vector<std::string> arguments) const {
  arguments.insert(arguments.begin(), {"cycle", "--json"});
  const Ended ended = verb(std::move(arguments));
  return {ended.exit_code, nlohmann::json::parse(ended.out, nullptr, false), ended.err};
}

Pair::Cycle Pair::cycle(int exit_code) const {
  Cycle cycle = try_cycle();
  if (cycle.exit_code == exit_code) return cycle;
  throw std::runtime_error{"cycle ended with " + std::to_string(cycle.exit_code) + ": " +
                           cycle.report.dump() + cycle.err};
}

nlohmann::json Pair::config() const { return nlohmann::json::parse(contents(config_file())); }

void Pair::write_config(const nlohmann::json& config) const {
  write(config_file(), config.dump(2) + "\n");
}

// Nobody listens on port 1.
void Pair::cut(const std::string& site) { redirect(site, 1); }

void Pair::redirect(const std::string& site, int port) {
  auto changed = config();
  changed["sites"][site]["connection"] = at(site).at_port(port);
  write_config(changed);
}

void Pair::mend(const std::string& site) {
  auto changed = config();
  changed["sites"][site]["connection"] = at(site).connection();
  write_config(changed);
}

void Pair::edit_mapping(const std::string& from, const std::string& to) {
  std::string text = contents(mapping_file());
  const std::size_t at = text.find(from);
  if (at == std::string::npos) throw std::runtime_error{"the mapping does not say: " + from};
  write(mapping_file(), text.replace(at, from.size(), to));
  make_accounts();
}

}  // namespace miroir::test
