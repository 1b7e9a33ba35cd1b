// Requests in the store: what is asked comes back as it was asked, and ends once.
#include <SQLiteCpp/SQLiteCpp.h>
#include <stdlib.h>

#include <catch2/catch.hpp>
#include <filesystem>

#include "mirror/state/store_schema.hpp"
#include "tests/mirror/request_world.hpp"

namespace miroir::test {
namespace {

Request request_of(const Asked& what) {
  return {.id = 0,
          .made = "2026-02-01T08:00:00Z",
          .by = "anne",
          .reason = "par téléphone",
          .record = RecordId{3},
          .what = what};
}

}  // namespace

TEST_CASE("a request comes back as it was asked, until it is ended", "[store][request]") {
  const Mapping mapping = small_mapping();
  Store store = Store::in_memory(mapping);
  store.ask(request_of(AnswerFields{
      {{7, text("a"), {Null{}, text("b")}}, {8, Decimal{1250, 2}, {Decimal{1, 0}, Null{}}}}}));
  store.ask(request_of(AnswerDeletion{9, false, 41}));
  store.ask(request_of(Undo{5}));
  store.ask(request_of(Retry{2}));
  store.ask(request_of(Link{"order", {Key{std::int64_t{4}}, Key{std::int64_t{1}, text("O4")}}}));
  store.ask(request_of(Unlink{RecordId{6}, at_erp}));
  store.ask(request_of(Unlink{RecordId{6}, std::nullopt}));

  const auto asked = store.requests();
  REQUIRE(asked.size() == 7);
  CHECK(asked[0].by == "anne");
  CHECK(asked[0].reason == "par téléphone");
  CHECK(asked[0].record == RecordId{3});
  const auto& answer = std::get<AnswerFields>(asked[0].what);
  REQUIRE(answer.choices.size() == 2);
  CHECK(answer.choices[0].held == 7);
  CHECK(answer.choices[0].seen == PerSite<Value>{Null{}, text("b")});
  CHECK(answer.choices[1].value == Value{Decimal{1250, 2}});
  CHECK(std::get<AnswerDeletion>(asked[1].what).seen == 41);
  CHECK_FALSE(std::get<AnswerDeletion>(asked[1].what).keep);
  CHECK(std::get<Undo>(asked[2].what).decision == 5);
  CHECK(std::get<Retry>(asked[3].what).set_aside == 2);
  const auto& link = std::get<Link>(asked[4].what);
  CHECK(link.entity == "order");
  CHECK(link.keys == PerSite<Key>{Key{std::int64_t{4}}, Key{std::int64_t{1}, text("O4")}});
  CHECK(std::get<Unlink>(asked[5].what).keeper == at_erp);
  CHECK(std::get<Unlink>(asked[6].what).record == RecordId{6});
  CHECK_FALSE(std::get<Unlink>(asked[6].what).keeper);
  store.ask(request_of(Ignoring{true, {{7, {Null{}, text("b")}, 0}, {8, {}, 41}}, {}}));
  store.ask(request_of(Ignoring{false, {}, Ignoring::SetAside{2, 9, "order W1"}}));
  const auto ignored = store.requests(asked.back().id, 2);
  CHECK(std::get<Ignoring>(ignored[0].what).ignored);
  CHECK(std::get<Ignoring>(ignored[0].what).questions.at(0).seen ==
        PerSite<Value>{Null{}, text("b")});
  CHECK(std::get<Ignoring>(ignored[0].what).questions.at(1).change == 41);
  const auto& back = std::get<Ignoring>(ignored[1].what);
  CHECK_FALSE(back.ignored);
  CHECK(back.set_aside.value().since == 9);
  CHECK(back.set_aside->what == "order W1");
  for (const Request& one : ignored) store.end_request(one.id, {});

  store.end_request(
      asked[1].id,
      {.done = false, .message = "it has moved", .record = {}, .cycle = CycleNumber{12}});
  CHECK(store.requests().size() == 6);
  const auto ended = store.ended_requests(CycleNumber{12}, 10);
  REQUIRE(ended.size() == 1);
  CHECK(ended[0].end.message == "it has moved");
  CHECK(ended[0].end.record == RecordId{3});
  CHECK(store.requests_of(RecordId{3}).size() == 9);
}

TEST_CASE("what an older state file had set aside has numbers, also before it is migrated",
          "[store][request]") {
  const Mapping mapping = small_mapping();
  std::string folder = (std::filesystem::temp_directory_path() / "miroir-old-XXXXXX").string();
  REQUIRE(mkdtemp(folder.data()) != nullptr);
  const std::string file = folder + "/s.db";
  {
    SQLite::Database old{file, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE};
    old.exec("PRAGMA application_id = " + std::to_string(store_application_id));
    for (const char* step : migrations().first(7)) old.exec(step);
    old.exec("PRAGMA user_version = 7");
    SQLite::Statement meta{old, "INSERT INTO meta VALUES ('mapping', ?), ('store', 'old')"};
    meta.bind(1, mapping.fingerprint);
    meta.exec();
    for (const char* key : {"[4]", "[5]"}) {
      SQLite::Statement row{old, "INSERT INTO set_aside_read VALUES (0, 1, ?, 'why', 3, 1)"};
      row.bind(1, key);
      row.exec();
    }
  }
  const auto numbers = [](const Store& store) {
    std::vector<std::int64_t> ids;
    for (const OpenSetAside& item : store.set_aside()) ids.push_back(item.id);
    return ids;
  };
  CHECK(numbers(Store::open_read_only(file, mapping)) == std::vector<std::int64_t>{1, 2});
  CHECK(SQLite::Database{file}.execAndGet("PRAGMA user_version").getInt() == 7);
  CHECK(numbers(Store::open(file, mapping)) == std::vector<std::int64_t>{1, 2});
  std::filesystem::remove_all(folder);
}

}  // namespace miroir::test
