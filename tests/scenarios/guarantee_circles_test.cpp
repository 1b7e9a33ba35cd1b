// G1 and G5: records that wait for each other, on real databases: unique values that are exchanged,
// and customers who pay for each other.
#include "tests/scenarios/guarantee_reasons.hpp"

using namespace miroir::test;
using nlohmann::json;

namespace {

// Each in a statement of its own, as people do it where addresses are unique.
void swap_emails(SiteDatabase& site, const std::string& table, const std::string& email) {
  const auto change = [&](const std::string& from, const std::string& to) {
    site.run("UPDATE " + table + " SET " + email + " = '" + to + "' WHERE " + email + " = '" +
             from + "'");
  };
  change("anne@exemple.fr", "tausch@exemple.fr");
  change("benoit@exemple.fr", "anne@exemple.fr");
  change("tausch@exemple.fr", "benoit@exemple.fr");
}

std::vector<std::string> emails_in_shop(Pair& pair) {
  return pair.shop().rows("SELECT email FROM customer WHERE id IN (1, 2) ORDER BY id");
}
std::vector<std::string> emails_at_erp(Pair& pair) {
  return pair.erp().rows(R"(SELECT "E-Mail" FROM "CRONUS France$Customer"
                            WHERE "Name" LIKE '%Chevalier' OR "Name" LIKE '%Lefèvre' ORDER BY "Name")");
}
const std::vector<std::string> swapped{"benoit@exemple.fr", "anne@exemple.fr"};

}  // namespace

TEST_CASE("two customers swap e-mail addresses that are unique on the other side",
          "[guarantee][exchange]") {
  for (const Pair::Kind kind : pairs_under_test()) {
    CAPTURE(name_of(kind));
    Pair pair{kind};
    pair.shop().run("UPDATE customer SET email = 'oeuvray@exemple.fr' WHERE id = 3");
    cycle_until_quiet(pair);
    pair.erp().run(R"(CREATE UNIQUE INDEX one_address ON "CRONUS France$Customer" ("E-Mail"))");

    swap_emails(pair.erp(), R"("CRONUS France$Customer")", R"("E-Mail")");
    json report = pair.cycle().report;  // The shop's column is unique and may be NULL.
    CAPTURE(report.dump());
    CHECK(emails_in_shop(pair) == swapped);
    CHECK(pair.differences().empty());
    cycle_until_quiet(pair);

    swap_emails(pair.shop(), "customer", "email");
    report = pair.cycle().report;  // The ERP's is unique now, and may be ''.
    CHECK(report.at("set_aside") == 0);
    CHECK(emails_at_erp(pair) == std::vector<std::string>{"anne@exemple.fr", "benoit@exemple.fr"});
    CHECK(pair.differences().empty());
    cycle_until_quiet(pair);
  }
}

TEST_CASE("an exchange that has no way round is set aside with both, and follows when one moves",
          "[guarantee][exchange][G5]") {
  for (const Pair::Kind kind : pairs_under_test()) {
    CAPTURE(name_of(kind));
    Pair pair{kind};
    pair.erp().run(R"(UPDATE "CRONUS France$Customer" SET "E-Mail" = '-' WHERE "E-Mail" = '')");
    cycle_until_quiet(pair);
    pair.shop().run("INSERT INTO customer (last_name, city) VALUES ('Sans', 'Sens')");
    cycle_until_quiet(pair);  // Somebody has '' for an address: nobody else can have it.
    pair.erp().run(R"(CREATE UNIQUE INDEX one_address ON "CRONUS France$Customer" ("E-Mail"))");
    swap_emails(pair.shop(), "customer", "email");
    pair.shop().run("UPDATE customer SET city = 'Autun' WHERE id = 3");
    CHECK(pair.cycle(4).report.at("set_aside") == 2);
    const std::string anne = "customer 1 (shop) W1 (erp)", benoit = "customer 2 (shop) W2 (erp)";
    check_reasons(pair, {anne + " and " + benoit + " exchange values, and erp takes neither first",
                         benoit + " and " + anne + " exchange values, and erp takes neither first"});
    CHECK(pair.erp().value(
              R"(SELECT "City" FROM "CRONUS France$Customer" WHERE "Name" = 'Œuvray')") == "Autun");
    pair.shop().run("UPDATE customer SET email = 'neu@exemple.fr' WHERE id = 1");
    for (int n = 0; n < 4; ++n) pair.try_cycle();
    CHECK(pair.cycle().report.at("set_aside") == 0);
    CHECK(pair.differences().empty());
  }
}

TEST_CASE("customers who pay for others, or for each other, arrive in one cycle",
          "[guarantee][circles]") {
  for (const Pair::Kind kind : pairs_under_test()) {
    CAPTURE(name_of(kind));
    Pair pair{kind, Pair::filled};
    pair.shop().run("ALTER TABLE customer ADD COLUMN payer_id bigint REFERENCES customer (id)");
    pair.erp().run(R"(ALTER TABLE "CRONUS France$Customer" ADD COLUMN "Bill-to" varchar(20))");
    pair.edit_mapping(R"("email": {"type")",
                      R"("payer": {"type": "reference", "to": "customer", "shop": "payer_id",
                         "erp": {"column": "Bill-to", "blank": ""}}, "email": {"type")");
    pair.shop().run("UPDATE customer SET payer_id = 3 WHERE id = 1");
    REQUIRE(pair.verb({"install"}).exit_code == 0);
    const Ended seeded = pair.verb({"seed"});
    CAPTURE(seeded.out, seeded.err);
    REQUIRE(seeded.exit_code == 0);
    const std::string payer_of =
        R"(SELECT p."Name" FROM "CRONUS France$Customer" c JOIN "CRONUS France$Customer" p
           ON p."No_" = c."Bill-to" WHERE c."Name" LIKE '%)";
    CHECK(pair.erp().value(payer_of + "Chevalier'") == "Œuvray");

    pair.shop().run("INSERT INTO customer (id, last_name) VALUES (50, 'Un'), (51, 'Deux')");
    pair.shop().run("UPDATE customer SET payer_id = 51 WHERE id = 50");
    pair.shop().run("UPDATE customer SET payer_id = 50 WHERE id = 51");
    pair.cycle();
    CHECK(pair.erp().value(payer_of + "Un'") == "Deux");
    CHECK(pair.erp().value(payer_of + "Deux'") == "Un");
    cycle_until_quiet(pair);

    pair.shop().run("UPDATE customer SET payer_id = NULL WHERE id = 50");
    pair.shop().run("DELETE FROM customer WHERE id IN (50, 51)");
    cycle_until_quiet(pair);
    CHECK(pair.erp().value(R"(SELECT count(*) FROM "CRONUS France$Customer"
                              WHERE "Name" IN ('Un', 'Deux'))") == "0");
  }
}
