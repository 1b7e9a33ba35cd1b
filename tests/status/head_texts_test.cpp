// The texts of all heads in memory: they are what the store says, without being read for each search.
#include <SQLiteCpp/SQLiteCpp.h>

#include <catch2/catch.hpp>
#include <filesystem>

#include "mirror/status/head_texts.hpp"
#include "tests/mirror/small_world.hpp"

namespace miroir::test {
namespace {

namespace fs = std::filesystem;

// A state file with customers, and what is kept of it.
class Shelf {
 public:
  ~Shelf() { fs::remove_all(folder_); }

  void say(std::int64_t id, const std::string& name, bool gone = false) {
    const Entity& entity = *mapping_.find("customer");
    RecordState state;
    state.id = state.root = RecordId{id};
    state.entity = entity.id;
    state.gone = gone;
    state.head.assign(entity.fields.size(), Null{});
    state.head[*entity.field_index("name")] = name;
    state.key[0] = Key{id};
    store_.begin();
    store_.put(state, {false, false});
    HistoryLine line{state.id, state.entity, std::nullopt, gone ? "deleted" : "changed", {}};
    line.changes.push_back({*entity.field_index("name"), Null{}, name});
    store_.log(line, CycleNumber{++cycle_});
    store_.commit();
  }

  std::vector<std::int64_t> find(HeadTexts& texts, const std::string& text) const {
    const Store reader = Store::open_read_only(file(), mapping_);
    const Store::Reading reading{reader};
    std::vector<std::int64_t> ids;
    for (const auto& found : texts.find(file(), reader, mapping_, folded(text))) {
      if (found.entity != mapping_.find("customer")->id) continue;
      from_ = found.from;
      for (const RecordId id : found.records) ids.push_back(id.raw());
    }
    return ids;
  }

  void run(const std::string& sql) const {
    SQLite::Database{file().string(), SQLite::OPEN_READWRITE}.exec(sql);
  }
  fs::path file() const { return folder_ / "s.db"; }
  RecordId from() const { return from_; }

 private:
  static fs::path made() {
    std::string pattern = (fs::temp_directory_path() / "miroir-texts-XXXXXX").string();
    REQUIRE(mkdtemp(pattern.data()) != nullptr);
    return pattern;
  }

  const Mapping mapping_ = small_mapping();
  const fs::path folder_ = made();
  Store store_ = Store::open(file(), mapping_);
  std::int64_t cycle_ = 0;
  mutable RecordId from_{0};
};

using Ids = std::vector<std::int64_t>;

TEST_CASE("what heads say is found without case and accents, the last ones first", "[status][texts]") {
  Shelf shelf;
  HeadTexts texts;
  shelf.say(1, "Château Bel-Air");
  shelf.say(2, "Le Petit CHATEAU");
  shelf.say(3, "Cave");
  CHECK(shelf.find(texts, "château") == Ids{2, 1});
  CHECK(shelf.find(texts, "nowhere").empty());
}

TEST_CASE("what is kept of heads follows what is written, and only that is read again",
          "[status][texts]") {
  Shelf shelf;
  HeadTexts texts;
  for (std::int64_t id = 1; id <= 5; ++id) shelf.say(id, "Anne");
  REQUIRE(shelf.find(texts, "anne") == Ids{5, 4, 3, 2, 1});
  shelf.say(2, "Zoé");
  shelf.say(3, "Anne", true);
  shelf.say(9, "Anne");
  // Nothing in the history speaks of these, so nobody looks at them.
  shelf.run("UPDATE record SET head = x'00' WHERE id IN (1, 4)");
  CHECK(shelf.find(texts, "anne") == Ids{9, 5, 4, 1});
  CHECK(shelf.find(texts, "zoe") == Ids{2});
}

TEST_CASE("where the history is another one, all heads are read again", "[status][texts]") {
  Shelf shelf;
  HeadTexts texts;
  shelf.say(1, "Anne");
  shelf.say(2, "Berthe");
  REQUIRE(shelf.find(texts, "berthe") == Ids{2});
  // As when the state file is put back: the line's number is given again, to another change.
  shelf.run("DELETE FROM history WHERE id = 2");
  shelf.say(1, "Claire");
  CHECK(shelf.find(texts, "claire") == Ids{1});
  CHECK(shelf.find(texts, "anne").empty());
}

TEST_CASE("heads that change all the time take no more room than what they say", "[status][texts]") {
  Shelf shelf;
  HeadTexts texts;
  const std::string much(400'000, 'x');
  shelf.say(2, "Berthe");
  for (int round = 0; round < 8; ++round) {
    shelf.say(1, much + std::to_string(round));
    CHECK(shelf.find(texts, "x" + std::to_string(round)) == Ids{1});
    CHECK(shelf.find(texts, "berthe") == Ids{2});
  }
  CHECK(texts.bytes() < 2'000'000);
}

TEST_CASE("where there are too many heads, it is said from which on they are kept",
          "[status][texts]") {
  Shelf shelf;
  HeadTexts none{0};
  shelf.say(1, "Anne");
  CHECK(shelf.find(none, "anne").empty());
  CHECK(shelf.from() > RecordId{1});
}

}  // namespace
}  // namespace miroir::test
