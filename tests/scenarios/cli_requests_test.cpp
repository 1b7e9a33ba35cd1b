// held, undo, trace, link and unlink: what they print, and what they refuse before they ask.
#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>

#include "tests/support/pair.hpp"

using namespace miroir::test;
using nlohmann::json;

namespace {

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
  CHECK(tells(show.out,
              "  agreed before     (nothing)\n"
              "  shop              60J\n"
              "  erp               COMPTANT\n"));
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

TEST_CASE("undo, trace, link and unlink name what is not there", "[cli][request]") {
  Pair pair{Pair::sqlite_sqlite};
  refuses(pair, {"undo", "1"}, "there is no decision 1");
  refuses(pair, {"undo", "x"}, "id");
  refuses(pair, {"trace", "client", "1"}, "there is no entity 'client'");
  refuses(pair, {"trace", "customer", "W77"}, "miroir knows no customer W77");
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
