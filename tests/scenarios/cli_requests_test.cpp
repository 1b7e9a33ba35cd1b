// held, undo, trace, link and unlink: what they print, and what they refuse before they ask.
#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>

#include "tests/scenarios/guarantee_pairs.hpp"
#include "tests/support/pair.hpp"

using namespace miroir::test;
using nlohmann::json;

namespace {

using Names = std::vector<std::string>;

bool tells(const std::string& whole, const std::string& part) {
  return whole.find(part) != std::string::npos;
}

// Refused as usage, with these words; nothing is asked of a cycle.
void refuses(const Pair& pair, const std::vector<std::string>& verb, const std::string& words) {
  const Ended ended = pair.verb(verb);
  CAPTURE(verb, ended.out, ended.err, words);
  CHECK(ended.exit_code == 2);
  CHECK(tells(ended.err, words));
  CHECK(json::parse(pair.verb({"status", "--json"}).out).at("pending_requests") == 0);
}

// One question, about the terms of the customer Anne.
void ask_about_terms(Pair& pair) {
  pair.shop().run("UPDATE customer SET payment_terms = '60J' WHERE id = 1");
  pair.erp().run(R"(UPDATE "CRONUS France$Customer" SET "Payment Terms Code" = 'COMPTANT'
                    WHERE "No_" = 'W1')");
  pair.cycle(4);
}

}  // namespace

TEST_CASE("where nothing waits, held list says so", "[cli][request]") {
  Pair pair{Pair::sqlite_sqlite};
  const Ended list = pair.verb({"held", "list"});
  CHECK(list.exit_code == 0);
  CHECK(list.out == "Nothing waits for a person.\n");
  refuses(pair, {"held", "show", "1"}, "there is no held item 1");
  refuses(pair, {"held", "answer", "1", "--take", "shop"}, "held item 1 is not there");
  refuses(pair, {"held", "answer", "--all", "--rule", "hold", "--take", "shop"},
          "nothing waits for that reason");
  refuses(pair, {"held", "retry", "S1"}, "S1 is not set aside");
  refuses(pair, {"held", "retry", "--all"}, "nothing is set aside");
  refuses(pair, {"held"}, "A subcommand is required");
}

TEST_CASE("what is ignored is not tried again with all the rest", "[cli][request]") {
  Pair pair{Pair::sqlite_sqlite};
  refuse_city(pair.erp(), "Nulle part");
  pair.shop().run("INSERT INTO customer (last_name, city) VALUES ('Neuf', 'Nulle part')");
  pair.cycle(4);
  CHECK(pair.verb({"held", "ignore", "S1", "--reason", "let be"}).exit_code == 0);
  refuses(pair, {"held", "retry", "--all"}, "nothing is set aside");
}

TEST_CASE("a question is listed, shown with its answers, and answered", "[cli][request]") {
  Pair pair{Pair::sqlite_sqlite};
  ask_about_terms(pair);
  const Ended list = pair.verb({"held", "list", "--entity", "customer", "--rule", "hold"});
  CHECK(list.exit_code == 4);
  CHECK(tells(list.out, "ID  ENTITY    KEY  FIELD          shop  erp       SINCE"));
  CHECK(tells(list.out, "1   customer  1    payment_terms  60J   COMPTANT  cycle "));
  CHECK(pair.verb({"held", "list", "--entity", "product"}).exit_code == 0);
  CHECK(pair.verb({"held", "list", "--rule", "shortened"}).exit_code == 0);
  const Ended show = pair.verb({"held", "show", "1"});
  CHECK(show.exit_code == 4);
  CHECK(tells(show.out, "held 1: customer 1 (shop), W1 (erp), payment_terms\n"));
  // Who and when, as far as it is known: the site, and the cycle that read it.
  const std::string came = "                      came in with the cycle of 20";
  CHECK(tells(show.out,
              "  agreed before     (nothing)\n"
              "  shop              60J\n" +
                  came));
  CHECK(tells(show.out, "  erp               COMPTANT\n" + came));
  const json item = json::parse(pair.verb({"held", "show", "1", "--json"}).out).at("item");
  for (const char* site : {"shop", "erp"}) {
    CHECK(item.at("arrived").at(site).at("known_by") == "cycle");
    CHECK(item.at("arrived").at(site).at("time") == item.at("since_time"));
  }
  CHECK(tells(show.out, "  miroir held answer 1 --take erp\n"));

  const Ended asked = pair.verb(
      {"held", "answer", "1", "--value", "30j", "--by", "Anne", "--reason", "par téléphone"});
  CAPTURE(asked.out, asked.err);
  CHECK(asked.exit_code == 0);
  CHECK(tells(asked.out,
              "request 1 by Anne, waits: held 1: customer 1, payment_terms: 30J\n"
              "  reason: par téléphone\n"));
  CHECK(tells(pair.verb({"status"}).out, "Requests, 1 for the next cycle:\nrequest 1 by Anne"));
  CHECK(tells(pair.verb({"plan"}).out, "request 1 by Anne, done: held 1"));
  CHECK(tells(pair.verb({"cycle"}).out, "request 1 by Anne, done: held 1"));
  CHECK(tells(pair.verb({"held", "show", "1"}).out, "it waits for nobody any more"));
  CHECK(tells(pair.verb({"trace", "customer", "W1"}).out, "reason: par téléphone"));
  refuses(pair, {"held", "answer", "1", "--take", "shop"}, "waits for nobody any more");
}

TEST_CASE("who answers again before the cycle is meant by his later answer", "[cli][request]") {
  Pair pair{Pair::sqlite_sqlite};
  ask_about_terms(pair);
  CHECK(pair.verb({"held", "answer", "1", "--take", "shop", "--by", "lea"}).exit_code == 0);
  const Ended again = pair.verb({"held", "answer", "1", "--take", "erp", "--by", "lea"});
  CAPTURE(again.out, again.err);
  CHECK(again.exit_code == 0);
  CHECK(tells(again.out,
              "request 1 by lea, replaced: held 1: customer 1, payment_terms: 60J\n"
              "  replaced by request 2\n"
              "request 2 by lea, waits: held 1: customer 1, payment_terms: COMPTANT\n"));
  CHECK(tells(pair.verb({"status"}).out, "Requests, 1 for the next cycle:\n"));
  CHECK(tells(pair.verb({"cycle"}).out, "request 2 by lea, done: held 1"));
  CHECK(tells(pair.verb({"held", "show", "1"}).out, "it waits for nobody any more"));
}

TEST_CASE("what somebody else has answered already is refused at once", "[cli][request]") {
  Pair pair{Pair::sqlite_sqlite};
  ask_about_terms(pair);
  CHECK(pair.verb({"held", "answer", "1", "--take", "shop", "--by", "lea"}).exit_code == 0);
  const std::vector<std::string> one{"held", "answer", "1", "--take", "erp", "--by", "paul"};
  const std::vector<std::string> all{"held", "answer", "--all", "--rule", "hold", "--take", "erp"};
  for (const auto& words : {one, all}) {
    const Ended other = pair.verb(words);
    CAPTURE(words, other.out, other.err);
    CHECK(other.exit_code == 2);
    CHECK(tells(other.err, "lea has answered already, at 20"));
    CHECK(tells(other.err, "held 1: customer 1, payment_terms: 60J"));
  }
  CHECK(tells(pair.verb({"cycle"}).out, "request 1 by lea, done: held 1"));
}

TEST_CASE("a typed answer must be of the field's type, and fit at both sites", "[cli][request]") {
  Pair pair{Pair::sqlite_sqlite};
  ask_about_terms(pair);
  refuses(pair, {"held", "answer", "1", "--value", "fourteen days"}, "erp cannot hold it: ");
  refuses(pair, {"held", "answer", "1", "--take", "paris"}, "there is no site 'paris'");
  refuses(pair, {"held", "answer", "1", "--keep"}, "a field is asked about, not a deletion");
  refuses(pair, {"held", "answer", "1", "--take-back"}, "no decision about this was to be undone");
  refuses(pair, {"held", "answer", "1"}, "Exactly 1 option from [--take");
  refuses(pair, {"held", "answer", "1", "--all", "--take", "shop"}, "either one item or --all");
  refuses(pair, {"held", "answer", "--all", "--rule", "hold", "--value", "30J"},
          "with the values of one site");
  refuses(pair, {"held", "answer", "--all", "--rule", "x", "--take", "shop"},
          "nothing is held for 'x'");
  refuses(pair, {"held", "list", "--rule", "x"}, "nothing is held for 'x'");
  refuses(pair, {"held", "list", "--entity", "x"}, "there is no entity 'x'");
}

TEST_CASE("all that wait for one reason are answered at once", "[cli][request]") {
  Pair pair{Pair::sqlite_sqlite};
  pair.shop().run("UPDATE customer SET payment_terms = '60J'");
  pair.erp().run(R"(UPDATE "CRONUS France$Customer" SET "Payment Terms Code" = 'COMPTANT')");
  CHECK(pair.cycle(4).report.at("held") == 3);
  const Ended ended =
      pair.verb({"held", "answer", "--all", "--rule", "hold", "--take", "erp", "--now", "--json"});
  CAPTURE(ended.out, ended.err);
  CHECK(ended.exit_code == 0);
  CHECK(json::parse(ended.out).at("requests").size() == 3);
  CHECK(pair.shop().value("SELECT count(*) FROM customer WHERE payment_terms = 'COMPTANT'") == "3");
  CHECK(pair.differences() == nothing);
}

TEST_CASE("what an answer would change is shown, and nothing is asked, with --dry-run",
          "[cli][request]") {
  Pair pair{Pair::sqlite_sqlite};
  ask_about_terms(pair);
  const Ended text = pair.verb({"held", "answer", "1", "--take", "erp", "--dry-run"});
  CAPTURE(text.out, text.err);
  CHECK(text.exit_code == 0);
  CHECK(tells(text.out, "1   customer  1    payment_terms  60J -> COMPTANT  COMPTANT stays\n"));
  const json effects = json::parse(pair.verb({"held", "answer", "--all", "--rule", "hold", "--take",
                                              "erp", "--dry-run", "--json"})
                                       .out)
                           .at("effects");
  REQUIRE(effects.size() == 1);
  CHECK(effects.at(0).at("at").at("shop") == json{{"before", "60J"}, {"after", "COMPTANT"}});
  CHECK(json::parse(pair.verb({"status", "--json"}).out).at("pending_requests") == 0);
}

TEST_CASE("deletions that wait are answered at once, each refused by itself if it has moved",
          "[cli][request][deletion]") {
  Pair pair{Pair::sqlite_sqlite};
  pair.edit_mapping(R"("match": [["email"], ["vat_number"]],)",
                    R"("match": [["email"], ["vat_number"]], "deletion": "hold",)");
  const json stopped = pair.try_cycle().report;
  if (stopped.contains("mapping"))
    REQUIRE(pair.try_cycle({"--accept", stopped.at("mapping").at("id")}).exit_code == 0);
  for (const char* name : {"Un", "Deux", "Trois"})
    pair.shop().run(std::string{"INSERT INTO customer (email, last_name) VALUES ('"} + name +
                    "@x.fr', '" + name + "')");
  pair.cycle();
  pair.erp().run(R"(DELETE FROM "CRONUS France$Customer" WHERE "E-Mail" LIKE '%@x.fr')");
  CHECK(pair.cycle(4).report.at("held") == 3);

  const std::vector<std::string> all{"held", "answer", "--all", "--rule", "deletion"};
  const auto with = [&](std::vector<std::string> words) {
    words.insert(words.begin(), all.begin(), all.end());
    return words;
  };
  refuses(pair, with(Names{"--take", "shop"}), "whether records stay, not about values");
  refuses(pair, with({"--delete"}), "3 records would be deleted");
  refuses(pair, with({"--keep", "--entity", "product"}), "nothing waits for that reason");
  const Ended shown = pair.verb(with(Names{"--delete", "--dry-run"}));
  CAPTURE(shown.out, shown.err);
  CHECK(shown.exit_code == 0);
  CHECK(tells(shown.out, "(deletion)  deleted  not there\n"));

  const Ended asked = pair.verb(with({"--delete", "--yes", "--reason", "ménage", "--json"}));
  CHECK(asked.exit_code == 0);
  CHECK(json::parse(asked.out).at("requests").size() == 3);
  pair.shop().run("UPDATE customer SET city = 'Dijon' WHERE last_name = 'Deux'");
  const json report = pair.cycle(4).report;
  std::size_t done = 0, refused = 0;
  for (const json& one : report.at("requests")) {
    done += one.at("state") == "done" ? 1 : 0;
    refused += one.at("state") == "refused" ? 1 : 0;
  }
  CHECK(done == 2);
  CHECK(refused == 1);
  CHECK(pair.shop().value(
            "SELECT group_concat(last_name) FROM customer WHERE email LIKE '%@x.fr'") == "Deux");
}

TEST_CASE("decisions are listed with their IDs, and found by filters", "[cli][request]") {
  Pair pair{Pair::sqlite_sqlite};
  pair.shop().run("UPDATE customer SET city = 'Dijon', email = 'neu@x.fr' WHERE id = 1");
  pair.erp().run(R"(UPDATE "CRONUS France$Customer" SET "City" = 'Nuits', "E-Mail" = 'alt@x.fr'
                    WHERE "No_" = 'W1')");
  pair.shop().run("UPDATE customer SET city = 'Autun' WHERE id = 2");
  pair.erp().run(R"(UPDATE "CRONUS France$Customer" SET "City" = 'Rully' WHERE "No_" = 'W2')");
  CHECK(pair.cycle().report.at("conflicts") >= 3);
  const auto listed = [&](std::vector<std::string> filters) {
    filters.insert(filters.begin(), {"undo", "--list", "--json"});
    const Ended ended = pair.verb(filters);
    CAPTURE(filters, ended.out, ended.err);
    CHECK(ended.exit_code == 0);
    std::vector<std::string> all;
    const json decisions = json::parse(ended.out).at("decisions");
    for (const json& one : decisions)
      all.push_back(one.at("key").get<std::string>() + " " + one.at("field").get<std::string>());
    return all;
  };
  CHECK(listed({"--entity", "customer", "--field", "city"}) == Names{"2 city", "1 city"});
  CHECK(listed({"--entity", "customer", "--field", "city", "--limit", "1"}) == Names{"2 city"});
  CHECK(listed({"--entity", "customer", "--key", "W1", "--field", "email"}) == Names{"1 email"});
  CHECK(listed(Names{"--entity", "product"}).empty());
  CHECK(listed(Names{"--since", "2100-01-01"}).empty());
  CHECK(listed({"--since", "2020-01-01", "--site", "erp"}).size() +
            listed(Names{"--site", "shop"}).size() ==
        listed({}).size());
  refuses(pair, {"undo", "--list", "--site", "paris"}, "there is no site 'paris'");
  refuses(pair, {"undo", "--list", "--entity", "customer", "--field", "x"},
          "customer has no field 'x'");
  refuses(pair, {"undo", "--list", "--since", "monday"}, "is no time");
  refuses(pair, {"undo", "--entity", "customer"}, "--list");
  refuses(pair, {"undo", "1", "--list"}, "--list");
  refuses(pair, {"undo"}, "which decision?");
  const Ended text = pair.verb({"undo", "--list", "--entity", "customer", "--key", "2"});
  CAPTURE(text.out);
  CHECK(tells(text.out, "ID  TIME"));
  const json first = json::parse(pair.verb({"undo", "--list", "--json", "--entity", "customer",
                                            "--key", "2", "--field", "city"})
                                     .out)
                         .at("decisions")
                         .at(0);
  CHECK(first.at("undone").is_null());
  CHECK(pair.verb({"undo", std::to_string(first.at("id").get<int>()), "--now"}).exit_code == 0);
  const Ended undone = pair.verb({"undo", "--list", "--entity", "customer", "--key", "2"});
  CHECK(tells(undone.out, "cycle "));
}

TEST_CASE("where the sites differed when they met, nothing is said to have been agreed before",
          "[cli][request]") {
  Pair pair{Pair::sqlite_sqlite};
  pair.shop().run(
      "INSERT INTO customer (id, email, last_name, payment_terms) "
      "VALUES (77, 'elle@x.fr', 'Sept', '60J')");
  pair.erp().run(
      R"(INSERT INTO "CRONUS France$Customer" ("No_", "Name", "E-Mail", "Payment Terms Code")
                    VALUES ('C77', 'Sept', 'elle@x.fr', 'COMPTANT'))");
  pair.cycle(4);
  const Ended show = pair.verb({"held", "show", "1"});
  CAPTURE(show.out);
  CHECK(tells(show.out, "  agreed before     nothing that is known\n"));
  const json item = json::parse(pair.verb({"held", "show", "1", "--json"}).out).at("item");
  CHECK(item.at("agreed") == nullptr);
  CHECK(item.at("arrived").at("shop") == item.at("arrived").at("erp"));
}

TEST_CASE("a key that people have to change by hand is told with what it is and is to be",
          "[cli][request]") {
  Pair pair{Pair::sqlite_sqlite};
  pair.shop().run("UPDATE product SET sku = 'NEU-1' WHERE sku = 'CHX-2015'");
  pair.cycle(4);
  const Ended list = pair.verb({"held", "list"});
  CAPTURE(list.out);
  CHECK(tells(list.out,
              "is part of the key at erp: change it there by hand, from CHX-2015 to NEU-1"));
}

TEST_CASE("a count that was overwritten is not taken back, and that is said at once",
          "[cli][request]") {
  Pair pair{Pair::sqlite_sqlite};
  pair.shop().run("UPDATE stock SET on_hand = on_hand - 1 WHERE product_id = 1");
  pair.erp().run(R"(UPDATE "CRONUS France$Web Stock" SET "Quantity" = "Quantity" - 5)");
  const Ended resynced =
      pair.verb({"resync", "--entity", "stock", "--key", "1/WEB", "--from", "shop", "--yes"});
  CAPTURE(resynced.out, resynced.err);
  const json decisions =
      json::parse(pair.verb({"undo", "--list", "--json", "--entity", "stock"}).out).at("decisions");
  REQUIRE_FALSE(decisions.empty());
  refuses(pair, {"undo", std::to_string(decisions.at(0).at("id").get<int>())},
          "a counter is not put back");
}

TEST_CASE("a story is told of one field alone, and from a time on", "[cli][request]") {
  Pair pair{Pair::sqlite_sqlite};
  pair.shop().run("UPDATE customer SET city = 'Dijon', phone = '+33 1' WHERE id = 1");
  pair.cycle();
  pair.shop().run("UPDATE customer SET phone = '+33 2' WHERE id = 1");
  pair.cycle();
  const auto events = [&](std::vector<std::string> filters) {
    filters.insert(filters.begin(), {"trace", "customer", "1", "--json"});
    const Ended ended = pair.verb(filters);
    CAPTURE(ended.out, ended.err);
    CHECK(ended.exit_code == 0);
    return json::parse(ended.out).at("story").size();
  };
  CHECK(events(Names{"--field", "phone"}) == events(Names{"--field", "city"}) + 1);
  CHECK(events(Names{"--since", "2100-01-01"}) == 0);
  CHECK(events(Names{"--since", "2020-01-01"}) == events({}));
  CHECK(tells(pair.verb({"trace", "customer", "1", "--since", "2100-01-01"}).out,
              "Nothing of that is known.\n"));
}

TEST_CASE("undo, trace, link and unlink name what is not there", "[cli][request]") {
  Pair pair{Pair::sqlite_sqlite};
  refuses(pair, {"undo", "1"}, "there is no decision 1");
  refuses(pair, {"undo", "x"}, "id");
  refuses(pair, {"trace", "client", "1"}, "there is no entity 'client'");
  refuses(pair, {"trace", "customer", "W77"}, "miroir knows no customer W77");
  refuses(pair, {"trace", "customer", "1", "--field", "ciyt"}, "customer has no field 'ciyt'");
  refuses(pair, {"link", "customer", "1", "W77"}, "miroir knows no customer W77 at erp");
  refuses(pair, {"link", "customer", "x", "W1"}, "miroir knows no customer x at shop");
  refuses(pair, {"link", "order_line", "1", "W1"}, "order_line is a part of sales_order");
  refuses(pair, {"unlink", "customer", "77"}, "miroir knows no customer 77");
  refuses(pair, {"unlink", "customer", "1", "--references", "x"}, "there is no site 'x'");
}

TEST_CASE("what a cycle refuses is told, and --now ends with 4", "[cli][request]") {
  Pair pair{Pair::sqlite_sqlite};
  const Ended ended = pair.verb({"unlink", "customer", "3", "--now"});
  CAPTURE(ended.out, ended.err);
  CHECK(ended.exit_code == 4);
  CHECK(tells(ended.out,
              "refused: customer 3 (shop), W3 (erp) are two\n"
              "  both would have the key W3 at erp"));
  CHECK(pair.differences() == nothing);
}

TEST_CASE("an order's story has that of its lines", "[cli][request]") {
  Pair pair{Pair::sqlite_sqlite};
  pair.erp().run(R"(UPDATE "CRONUS France$Sales Line" SET "Quantity" = '5'
                    WHERE "Document No_" = 'SO-000001' AND "Line No_" = 10000)");
  pair.cycle();
  const Ended trace = pair.verb({"trace", "sales_order", "SO-000001"});
  CAPTURE(trace.out, trace.err);
  CHECK(trace.exit_code == 0);
  CHECK(tells(trace.out, "sales_order 1 (shop), SO-000001 (erp): alive\n"));
  CHECK(tells(trace.out,
              "  order_line 1: changed at erp\n    line_total        85 -> 212.5\n"
              "    qty               2 -> 5\n"));
  const Ended of_qty = pair.verb({"trace", "sales_order", "SO-000001", "--field", "qty"});
  CHECK(of_qty.exit_code == 0);
  CHECK(tells(of_qty.out, "qty               2 -> 5\n"));
}

TEST_CASE("a record of an entity that is mirrored no more still has a story", "[cli][request]") {
  Pair pair{Pair::sqlite_sqlite};
  pair.erp().run(R"(UPDATE "CRONUS France$Ship-to Address" SET "City" = 'Metz'
                    WHERE "Code" = 'W1')");
  pair.cycle();
  std::ifstream file{pair.mapping_file()};
  std::string text{std::istreambuf_iterator<char>{file}, {}};
  const std::size_t from = text.find("    // A customer's further addresses.");
  const std::size_t to = text.find("    \"product\": {");
  REQUIRE(from < to);
  std::ofstream{pair.mapping_file()} << text.erase(from, to - from);
  const json stopped = pair.try_cycle().report;
  REQUIRE(stopped.contains("mapping"));
  REQUIRE(pair.try_cycle({"--accept", stopped.at("mapping").at("id")}).exit_code == 0);
  const Ended trace = pair.verb({"trace", "customer_address", "W2/W1"});
  CAPTURE(trace.out, trace.err);
  CHECK(trace.exit_code == 0);
  CHECK(tells(trace.out, "mirrored no more"));
  CHECK(tells(trace.out, "city              Villefranche -> Metz"));
}
