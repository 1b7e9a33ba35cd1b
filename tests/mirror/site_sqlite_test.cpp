// What SQLite's single writer means: as long as another connection writes, nothing can be settled;
// but it can be read, and staged for that.
#include <catch2/catch.hpp>

#include "tests/mirror/sqlite_site_under_test.hpp"

namespace miroir::test {
namespace {

const char* const marker_insert =
    "INSERT INTO miroir_marker (store, batch, cycle, void, outcome) "
    "VALUES ('store', 7, 2, 0, '{\"lost\":[[3,1]],\"keys\":[]}')";

}  // namespace

TEST_CASE("SQLite: while another connection holds the write lock a batch stays in doubt",
          "[site][settle]") {
  SqliteSiteUnderTest sut;
  sut.site().claim({"store", CycleNumber{1}});
  SqliteUser other = sut.user();
  other.run("BEGIN IMMEDIATE");
  SECTION("its marker commits") {
    other.run(marker_insert);
    CHECK(sut.site().settle(BatchId{7}, CycleNumber{3}).kind == Settled::Kind::in_doubt);
    other.run("COMMIT");
    const Settled settled = sut.site().settle(BatchId{7}, CycleNumber{3});
    CHECK(settled.kind == Settled::Kind::happened);
    CHECK(settled.not_written == std::vector<std::size_t>{3});
  }
  SECTION("its marker is rolled back") {
    other.run(marker_insert);
    CHECK(sut.site().settle(BatchId{7}, CycleNumber{3}).kind == Settled::Kind::in_doubt);
    other.run("ROLLBACK");
    CHECK(sut.site().settle(BatchId{7}, CycleNumber{3}).kind == Settled::Kind::never);
    CHECK_THROWS_WITH(other.run(marker_insert), Catch::Contains("UNIQUE"));  // Now it never can.
  }
  SECTION("it is somebody else's transaction") {
    CHECK(sut.site().settle(BatchId{7}, CycleNumber{3}).kind == Settled::Kind::in_doubt);
    other.run("COMMIT");
    CHECK(sut.site().settle(BatchId{7}, CycleNumber{3}).kind == Settled::Kind::never);
    CHECK_THROWS_WITH(other.run(marker_insert), Catch::Contains("UNIQUE"));
  }
}

TEST_CASE("SQLite: who is writing keeps nobody from reading what changed", "[site][transient]") {
  SqliteSiteUnderTest sut;
  std::vector<Key> all;
  for (const char* no : {"W1", "W2", "W3"})
    all.push_back(sut.insert(document, {std::int64_t{1}, std::string{no}, std::string{}}));
  CHECK(sut.site().extract({document, all, {}}).rows.size() == 3);
  SqliteUser other = sut.user();
  other.run("BEGIN IMMEDIATE");
  const Extract again = sut.site().extract({document, {all.back()}, {}});
  REQUIRE(again.rows.size() == 1);
  CHECK(again.rows[0].key == all.back());
  other.run("COMMIT");
}

TEST_CASE("a marker that no delivery has written is named, and nothing is settled by it",
          "[site][settle]") {
  for (const char* outcome : {"'{'", "'{\"lost\":[[-1,0]],\"keys\":[]}'",
                              "'{\"lost\":[],\"keys\":[[1,1,99,[5]]]}'", "NULL"}) {
    INFO(outcome);
    SqliteSiteUnderTest sut;
    sut.site().claim({"store", CycleNumber{1}});
    SqliteUser other = sut.user();
    other.run(std::string{"INSERT INTO miroir_marker (store, batch, cycle, void, outcome) "
                          "VALUES ('store', 7, 2, 0, "} +
              outcome + ")");
    try {
      sut.site().settle(BatchId{7}, CycleNumber{3});
      FAIL("it was settled");
    } catch (const DbError& error) {
      CHECK(error.recovery() == Recovery::misconfigured);
      CHECK_THAT(error.what(), Catch::Contains("the marker of batch 7 cannot be read"));
    }
  }
}

}  // namespace miroir::test
