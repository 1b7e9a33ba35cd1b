// What only a server with several writers can show, of MariaDB: clients that die, connections that
// are ended, markers that are still under way, deadlocks.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <thread>

#include "connectors/journal.hpp"
#include "tests/mirror/anna.hpp"
#include "tests/mirror/mariadb_site_under_test.hpp"
#include "tests/support/error_of.hpp"

namespace miroir::test {
namespace {

using Sut = MariadbSiteUnderTest;

const char* const marker_insert =
    "INSERT INTO miroir_marker (store, batch, cycle, void, outcome) "
    "VALUES ('store', 7, 2, false, '{\"lost\":[[3,1]],\"keys\":[]}')";

// A trigger of the site's own that takes its time, so that a delivery is under way when its
// connection ends.
void add_slow_trigger(Sut& sut) {
  sut.user().execute("CREATE TRIGGER slow AFTER UPDATE ON customer FOR EACH ROW DO SLEEP(2.5)");
}

// The connection that sleeps in it; "": none does.
std::string sleeper(MariadbClient& client) {
  const auto found = client.rows(
      "SELECT id FROM information_schema.processlist WHERE db = DATABASE() AND state = 'User sleep'");
  return found.empty() ? "" : found[0];
}

// A session over which `ended` comes after each transaction that writes, before its answer.
class Overtaken final : public Session {
 public:
  Overtaken(std::unique_ptr<Session> real, std::function<void()> ended)
      : real_{std::move(real)}, ended_{std::move(ended)} {}

  const Dialect& dialect() const override { return real_->dialect(); }
  std::size_t run(const Statement& statement) override { return real_->run(statement); }
  void query(const Statement& statement, std::span<const ValueKind> kinds,
             const RowSink& sink) override {
    real_->query(statement, kinds, sink);
  }
  void upload(const TableName& table, std::span<const std::string> columns,
              const std::function<bool(Row&)>& next) override {
    real_->upload(table, columns, next);
  }
  void begin_snapshot() override { real_->begin_snapshot(); }
  void end_snapshot() override { real_->end_snapshot(); }
  void run_transaction(std::span<const Statement> statements) override {
    real_->run_transaction(statements);
    ended_();
  }
  CatalogTable describe(const TableName& table) override { return real_->describe(table); }
  void reconnect() override { real_->reconnect(); }
  bool connected() const override { return real_->connected(); }

 private:
  std::unique_ptr<Session> real_;
  std::function<void()> ended_;
};

}  // namespace

// The server looks whether a compound statement is to end when its COMMIT has been carried out.
TEST_CASE("MariaDB: a batch that is said to be cancelled, and was committed, is in doubt",
          "[site][mariadb][settle][G2]") {
  Sut sut;
  add_anna(sut);
  const auto said = GENERATE(Recovery::retry, Recovery::in_doubt);
  bool delivering = false;
  LocalSite site{[&] {
                   return std::make_unique<Overtaken>(
                       open_odbc(sut.connection_string(), mariadb_dialect(), SessionLimits{}), [&] {
                         if (delivering && city_of_anna(sut) == Value{"Metz"})
                           throw DbError{"Query execution was interrupted", "57014", said};
                       });
                 },
                 sut.mapping(), SiteId::first};
  site.connect();
  delivering = true;
  const DbError error = error_of([&] { site.deliver(move_anna("Metz")); });
  CHECK(error.recovery() == Recovery::in_doubt);
  delivering = false;
  site.connect();
  CHECK(site.settle(BatchId{7}, CycleNumber{3}).kind == Settled::Kind::happened);
}

TEST_CASE("MariaDB: a batch that was cancelled before it was committed can be sent again",
          "[site][mariadb][settle]") {
  Sut sut;
  add_anna(sut);
  add_slow_trigger(sut);
  LocalSite site{[&] {
                   return open_odbc(sut.connection_string(), mariadb_dialect(),
                                    SessionLimits{.statement = std::chrono::seconds{1}});
                 },
                 sut.mapping(), SiteId::first};
  site.connect();
  CHECK(error_of([&] { site.deliver(move_anna("Metz")); }).recovery() == Recovery::retry);
  CHECK(city_of_anna(sut) == Value{"Lyon"});
  sut.user().execute("DROP TRIGGER slow");
  CHECK(site.deliver(move_anna("Metz")).results == std::vector{WriteResult::written});
}

// The error has a warning's code: nothing that handles errors sees it.
TEST_CASE(
    "MariaDB: a batch with a value that is not in a column's list is refused, nothing is left",
    "[site][mariadb][G1][G5]") {
  Sut sut;
  add_anna(sut);
  sut.user().execute("ALTER TABLE customer MODIFY city ENUM('Lyon', 'Brest')");
  const DbError error = error_of([&] { sut.site().deliver(move_anna("Metz")); });
  CHECK(error.recovery() == Recovery::refused);
  CHECK(std::string{error.what()}.find("column 'city'") != std::string::npos);
  CHECK(city_of_anna(sut) == Value{"Lyon"});
  CHECK(sut.site().deliver(move_anna("Brest")).results == std::vector{WriteResult::written});
  CHECK(city_of_anna(sut) == Value{"Brest"});
}

TEST_CASE("MariaDB: a marker that is still under way leaves its batch in doubt until it commits",
          "[site][mariadb][settle]") {
  Sut sut;
  add_anna(sut);
  MariadbClient late = sut.user();
  late.execute(std::string{"START TRANSACTION; "} + marker_insert);
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

TEST_CASE("MariaDB: a delivery whose connection is ended by the server is in doubt, and settles",
          "[site][mariadb][settle]") {
  Sut sut;
  add_anna(sut);
  add_slow_trigger(sut);
  bool killed = false;
  std::thread killer{[&] {
    MariadbClient other = sut.user();
    killed = wait_for([&] {
      const std::string id = sleeper(other);
      if (!id.empty()) other.execute("KILL CONNECTION " + id);
      return !id.empty();
    });
  }};
  std::optional<DbError> lost;
  try {
    sut.site().deliver(move_anna("Metz"));
  } catch (const DbError& error) {
    lost = error;
  }
  killer.join();
  REQUIRE(killed);
  REQUIRE(lost);
  CAPTURE(lost->what(), std::string{lost->sqlstate()});
  CHECK(lost->recovery() == Recovery::in_doubt);
  sut.site().connect();
  CHECK(sut.site().settle(BatchId{7}, CycleNumber{3}).kind == Settled::Kind::never);
  CHECK(city_of_anna(sut) == Value{"Lyon"});
  sut.user().execute("DROP TRIGGER slow");
  CHECK(sut.site().deliver(move_anna("Metz")).voided);
}

TEST_CASE("MariaDB: a batch whose client was killed is in doubt while the server goes on",
          "[site][mariadb][settle]") {
  Sut sut;
  add_anna(sut);
  add_slow_trigger(sut);
  const std::string connection = sut.connection_string();
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    LocalSite site{[&] { return open_odbc(connection, mariadb_dialect(), SessionLimits{}); },
                   sut.mapping(), SiteId::first};
    site.connect();
    site.deliver(move_anna("Metz"));
    _exit(0);
  }
  MariadbClient other = sut.user();
  const bool reached = wait_for([&] { return !sleeper(other).empty(); });
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

TEST_CASE("MariaDB: settling over a line that is lost is in doubt", "[site][mariadb][settle]") {
  Sut sut;
  add_anna(sut);
  MariadbClient other = sut.user();
  for (const std::string& id :
       other.rows("SELECT id FROM information_schema.processlist WHERE db = DATABASE() AND "
                  "id <> CONNECTION_ID()")) {
    other.execute("KILL CONNECTION " + id);
  }
  CHECK(sut.site().settle(BatchId{7}, CycleNumber{3}).kind == Settled::Kind::in_doubt);
  sut.site().connect();
  CHECK(sut.site().settle(BatchId{7}, CycleNumber{3}).kind == Settled::Kind::never);
}

// A zone with one change of clocks, at 01:00 UTC: both instants are 02:30 in it.
TEST_CASE("MariaDB: an hour's correction is noted where the clocks went back in between",
          "[site][mariadb]") {
  Sut sut;
  sut.user().execute(
      "REPLACE INTO mysql.time_zone (Time_zone_id, Use_leap_seconds) VALUES (4711, 'N');"
      "REPLACE INTO mysql.time_zone_name VALUES ('Test/Autumn', 4711);"
      "REPLACE INTO mysql.time_zone_transition_type VALUES (4711, 0, 7200, 1, 'S'), (4711, 1, "
      "3600, 0, 'W');"
      "REPLACE INTO mysql.time_zone_transition VALUES (4711, 1700000000, 0), (4711, 1792890000, 1);"
      "CREATE TABLE visit (id INT PRIMARY KEY, at TIMESTAMP NULL) ENGINE=InnoDB");
  Session& session = sut.site().session();
  run_steps(session, {session.dialect().create_triggers(
                         {{"", "visit"}, "visit", "visit", {"id"}, {"id"}, {"id", "at"}})});
  const std::size_t before = sut.journal_rows();
  sut.user().execute(
      "SET time_zone = 'Test/Autumn', timestamp = 1792891800;"
      "INSERT INTO visit VALUES (1, CURRENT_TIMESTAMP); SET timestamp = 1792888200;"
      "UPDATE visit SET at = CURRENT_TIMESTAMP; UPDATE visit SET at = at");
  CHECK(sut.journal_rows() == before + 2);
}

}  // namespace miroir::test
