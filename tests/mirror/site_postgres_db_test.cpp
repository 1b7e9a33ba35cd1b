// What only a server with several writers can show: clients that die, markers that are still under
// way.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <thread>

#include "tests/mirror/anna.hpp"
#include "tests/mirror/postgres_site_under_test.hpp"

using SqlSitesUnderTest = std::tuple<miroir::test::PostgresSiteUnderTest>;

#include "tests/mirror/installation_contract.hpp"

namespace miroir::test {
namespace {

using Sut = PostgresSiteUnderTest;

const char* const marker_insert =
    "INSERT INTO miroir.marker (store, batch, cycle, void, outcome) "
    "VALUES ('store', 7, 2, false, '{\"lost\":[[3,1]],\"keys\":[]}')";

// A site trigger that takes its time, so that a delivery is still under way when its client dies.
void add_slow_trigger(Sut& sut) {
  sut.database().execute(
      "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $f$ BEGIN PERFORM pg_sleep(2.5); "
      "RETURN NULL; END $f$;"
      "CREATE TRIGGER slow AFTER UPDATE ON customer FOR EACH ROW EXECUTE FUNCTION slow()");
}

bool is_sleeping(Sut& sut) {
  return sut.database().value(
             "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND "
             "wait_event = 'PgSleep'") == "1";
}

}  // namespace

TEST_CASE("a marker that is still under way leaves its batch in doubt until it commits",
          "[site][settle]") {
  Sut sut;
  add_anna(sut);
  PostgresClient late{sut.database().conninfo()};
  late.execute(std::string{"BEGIN; "} + marker_insert);
  CHECK(sut.site().settle(BatchId{7}, CycleNumber{3}).kind == Settled::Kind::in_doubt);
  SECTION("it happened") {
    late.execute("COMMIT");
    const Settled settled = sut.site().settle(BatchId{7}, CycleNumber{3});
    CHECK(settled.kind == Settled::Kind::happened);
    CHECK(settled.not_written == std::vector<std::size_t>{3});
  }
  SECTION("it never will") {
    late.execute("ROLLBACK");
    CHECK(sut.site().settle(BatchId{7}, CycleNumber{3}).kind == Settled::Kind::never);
    CHECK(sut.site().deliver(move_anna("Metz")).voided);
  }
}

TEST_CASE("a batch whose client was killed is in doubt while the server goes on, and then decided",
          "[site][settle]") {
  Sut sut;
  add_anna(sut);
  add_slow_trigger(sut);
  const std::string conninfo = sut.database().conninfo();
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    LocalSite site{[&] { return open_postgres(conninfo, SessionLimits{}, "miroir/test/child"); },
                   sut.mapping(), SiteId::first};
    site.connect();
    site.deliver(move_anna("Metz"));
    _exit(0);
  }
  const bool reached = wait_for([&] { return is_sleeping(sut); });
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  REQUIRE(reached);
  CHECK(sut.site().settle(BatchId{7}, CycleNumber{3}).kind == Settled::Kind::in_doubt);

  Settled settled;
  CHECK(wait_for([&] {
    settled = sut.site().settle(BatchId{7}, CycleNumber{3});
    return settled.kind != Settled::Kind::in_doubt;
  }));
  const bool happened = settled.kind == Settled::Kind::happened;
  CHECK(city_of_anna(sut) == Value{happened ? "Metz" : "Lyon"});
}

TEST_CASE("a delivery whose connection is ended by the server is in doubt, and settles as never",
          "[site][settle]") {
  Sut sut;
  add_anna(sut);
  add_slow_trigger(sut);
  std::thread killer{[&] {
    PostgresClient other{sut.database().conninfo()};
    wait_for([&] {
      return other.value(
                 "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = "
                 "current_database() "
                 "AND wait_event = 'PgSleep'") == "t";
    });
  }};
  Recovery recovery = Recovery::refused;
  try {
    sut.site().deliver(move_anna("Metz"));
  } catch (const DbError& error) {
    recovery = error.recovery();
  }
  killer.join();
  CHECK(recovery == Recovery::in_doubt);
  sut.site().connect();
  CHECK(sut.site().settle(BatchId{7}, CycleNumber{3}).kind == Settled::Kind::never);
  CHECK(city_of_anna(sut) == Value{"Lyon"});
  sut.database().execute("DROP TRIGGER slow ON customer");
  CHECK(sut.site().deliver(move_anna("Metz")).voided);
}

TEST_CASE("settling without a server is in doubt", "[site][settle]") {
  Sut sut;
  add_anna(sut);
  sut.database().execute(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() "
      "AND application_name LIKE 'miroir/%'");
  CHECK(sut.site().settle(BatchId{7}, CycleNumber{3}).kind == Settled::Kind::in_doubt);
  sut.site().connect();
  CHECK(sut.site().settle(BatchId{7}, CycleNumber{3}).kind == Settled::Kind::never);
}

TEST_CASE("a site that came back in an earlier state is not read either", "[site][brakes][G7]") {
  Sut sut;
  add_anna(sut);
  REQUIRE(sut.site().claim({"store", CycleNumber{1}}));
  sut.site().take_census();
  sut.site().acknowledge({}, {"store", CycleNumber{7}});
  sut.database().execute(
      "UPDATE miroir.site SET cycle = 3; "
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() "
      "AND application_name LIKE 'miroir/%'");
  const ExtractRequest anna{customer, {{std::int64_t{1}}}, {}};
  CHECK_THROWS_AS(sut.site().extract(anna), DbError);
  CHECK_THROWS_WITH(sut.site().connect(), Catch::Contains("came back in an earlier state"));
  CHECK_THROWS_AS(sut.site().extract(anna), DbError);
  sut.database().execute("UPDATE miroir.site SET cycle = 7");
  sut.site().connect();
  CHECK_NOTHROW(sut.site().extract(anna));
}

TEST_CASE("a part whose root another transaction holds is busy", "[site]") {
  Sut sut;
  add_anna(sut);
  sut.insert(order, {std::int64_t{5}, std::int64_t{1}, "gift"});
  sut.lock(order, {std::int64_t{5}});
  Row line{Null{}, std::int64_t{5}, std::int64_t{1}, "wine", sut.amount("1")};
  const RowChange insert{RecordId{1}, order_line, WriteOp::insert, {Null{}}, {}, {}, line};
  const Batch batch{
      BatchId{8}, CycleNumber{2}, "store", order, {{RecordId{1}, {std::int64_t{5}}, {insert}}}, {}};
  CHECK(sut.site().deliver(batch).results == std::vector{WriteResult::busy});
  sut.unlock();
}

// The staging tables cannot be emptied while somebody holds them.
TEST_CASE("an extraction that failed leaves nothing of what was asked for before",
          "[site][transient]") {
  Sut sut;
  std::vector<Key> all;
  for (const char* no : {"W1", "W2", "W3"})
    all.push_back(sut.insert(document, {std::int64_t{1}, std::string{no}, std::string{}}));
  CHECK(sut.site().extract({document, all, {}}).rows.size() == 3);
  PostgresClient other{sut.database().conninfo()};
  other.execute(
      "BEGIN; DO $$ DECLARE own regclass; BEGIN\n"
      "  FOR own IN SELECT oid FROM pg_class WHERE relkind = 'r' AND relpersistence = 't'\n"
      "  LOOP EXECUTE 'LOCK TABLE ' || own; END LOOP;\n"
      "END $$");
  CHECK_THROWS_AS(sut.site().extract({document, {all.back()}, {}}), DbError);
  other.execute("ROLLBACK");
  const Extract again = sut.site().extract({document, {all.back()}, {}});
  REQUIRE(again.journal.size() == 1);
  CHECK(again.journal[0].new_root == all.back());
  REQUIRE(again.rows.size() == 1);
  CHECK(again.rows[0].key == all.back());
}

TEST_CASE("a text longer than its column is refused, never shortened", "[site]") {
  Sut sut;
  add_anna(sut);
  try {
    sut.site().deliver(move_anna(std::string(31, 'x')));
    FAIL("it was stored");
  } catch (const DbError& error) {
    CHECK(error.recovery() == Recovery::refused);
  }
  CHECK(city_of_anna(sut) == Value{"Lyon"});
}

// The key comes from the sequence before the row is given to the table.
TEST_CASE("a row that a rule of the site's leaves out is refused, though its key is known",
          "[site]") {
  Sut sut;
  add_anna(sut);
  sut.database().execute(
      "CREATE RULE nothing AS ON INSERT TO customer WHERE NEW.city = 'Nowhere' DO INSTEAD NOTHING");
  const auto insert = [&](const std::string& city) {
    Row given(sut.table(customer).columns.size(), Null{});
    given[at::city] = city;
    return sut.site().deliver(
        {BatchId{8},
         CycleNumber{2},
         "store",
         customer,
         {{RecordId{1}, {}, {{RecordId{1}, customer, WriteOp::insert, {Null{}}, {}, {}, given}}}},
         {}});
  };
  CHECK_THROWS_WITH(insert("Nowhere"), Catch::Contains("customer") && Catch::Contains("'id'"));
  CHECK(insert("Lyon").results == std::vector{WriteResult::written});
}

TEST_CASE("rows of one transaction of a user's carry the same number", "[site]") {
  Sut sut;
  sut.database().execute(
      "BEGIN; INSERT INTO customer (id, city) VALUES (1, 'a'), (2, 'b'); COMMIT");
  sut.database().execute("INSERT INTO customer (id, city) VALUES (3, 'c')");
  const Extract extract =
      sut.site().extract({customer, {{std::int64_t{1}}, {std::int64_t{2}}, {std::int64_t{3}}}, {}});
  REQUIRE(extract.journal.size() == 3);
  CHECK(extract.journal[0].transaction == extract.journal[1].transaction);
  CHECK(extract.journal[0].transaction != extract.journal[2].transaction);
}

}  // namespace miroir::test
