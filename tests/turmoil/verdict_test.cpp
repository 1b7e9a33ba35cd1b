#include <catch2/catch.hpp>

#include "tests/turmoil/verdict.hpp"

using namespace miroir::turmoil;

namespace {

// A small world, in which each test changes one thing.
class Story {
 public:
  Story& did(Side side, std::vector<Act> acts) {
    deeds_.push_back({.id = ++last_, .side = side, .who = "somebody", .acts = std::move(acts)});
    return *this;
  }
  Story& born(const std::string& mark, const std::string& root = "") {
    return did(Side::shop, {Born{mark, root}});
  }
  Story& wrote(Side side, const std::string& value, const std::string& saw) {
    return did(side, {Wrote{{"anne", "phone"}, value, saw}});
  }
  Story& shows(Side side, const std::string& mark, const std::string& phone,
               const std::string& root = "") {
    Found& found = ending_.rows[index(side)][mark];
    ++found.times;
    found.root = root;
    if (!phone.empty()) found.values["phone"] = phone;
    return *this;
  }
  Story& both_show(const std::string& mark, const std::string& phone,
                   const std::string& root = "") {
    return shows(Side::shop, mark, phone, root).shows(Side::erp, mark, phone, root);
  }
  Story& lists(const std::string& loser) {
    ending_.listed[{"anne", "phone"}].insert(loser);
    return *this;
  }
  Story& disputes(const std::string& mark) {
    ending_.disputed.insert(mark);
    return *this;
  }
  Story& holds(Side side, std::int64_t amount) {
    ending_.counters[index(side)]["wine"] = amount;
    return *this;
  }

  // The rules that are broken, each once.
  std::set<std::string> verdict() const {
    std::set<std::string> rules;
    for (const Complaint& complaint : judge(deeds_, ending_)) rules.insert(complaint.rule);
    return rules;
  }

 private:
  std::int64_t last_ = 0;
  std::vector<Deed> deeds_;
  Ending ending_;
};

using Rules = std::set<std::string>;
const Rules nothing{};

Story anne() { return Story{}.born("anne"); }

}  // namespace

TEST_CASE("a value that both sites show is not lost", "[verdict]") {
  CHECK(anne().wrote(Side::shop, "1", "").both_show("anne", "1").verdict() == nothing);
}

TEST_CASE("a value that was overwritten by somebody who had seen it is not lost", "[verdict]") {
  // Also at the other site, and however many came after.
  CHECK(anne()
            .wrote(Side::shop, "1", "")
            .wrote(Side::erp, "2", "1")
            .wrote(Side::shop, "3", "2")
            .both_show("anne", "3")
            .verdict() == nothing);
}

TEST_CASE("a value that was overwritten by somebody who had not seen it is lost", "[verdict]") {
  Story story =
      anne().wrote(Side::shop, "0", "").wrote(Side::shop, "1", "0").wrote(Side::erp, "2", "0");
  story.both_show("anne", "2");
  CHECK(story.verdict() == Rules{"vanished"});
  SECTION("unless it stands in the conflict list") { CHECK(story.lists("1").verdict() == nothing); }
  SECTION("another loser in the list does not excuse it") {
    CHECK(story.lists("0").verdict() == Rules{"vanished"});
  }
}

TEST_CASE("that the last of a chain is lost is not excused by those before it", "[verdict]") {
  CHECK(anne()
            .wrote(Side::shop, "1", "")
            .wrote(Side::shop, "2", "1")
            .both_show("anne", "1")
            .verdict() == Rules{"vanished"});
}

TEST_CASE("a value that only one site shows is a difference, not a loss", "[verdict]") {
  CHECK(anne()
            .wrote(Side::shop, "1", "")
            .wrote(Side::erp, "2", "1")
            .shows(Side::shop, "anne", "1")
            .shows(Side::erp, "anne", "2")
            .verdict() == Rules{"equal"});
}

TEST_CASE("what a deleter had seen of a record may go with it, the rest may not", "[verdict]") {
  Story story = anne().wrote(Side::shop, "1", "");
  story.did(Side::shop, {Removed{"anne", {{"phone", "1"}}}});
  CHECK(story.verdict() == nothing);
  CHECK(story.wrote(Side::erp, "2", "1").verdict() == Rules{"vanished"});
}

TEST_CASE("a record that nobody deleted is there", "[verdict]") {
  CHECK(anne().verdict() == Rules{"vanished"});
}

TEST_CASE("a record that somebody deleted is gone, unless a decision says why not", "[verdict]") {
  Story story = anne().did(Side::erp, {Removed{"anne", {}}}).both_show("anne", "");
  CHECK(story.verdict() == Rules{"vanished"});
  CHECK(story.disputes("anne").verdict() == nothing);
}

TEST_CASE("a line that comes back with its order is excused by the order's decision", "[verdict]") {
  Story story = Story{}.born("order").born("line", "order");
  story.did(Side::erp, {Removed{"order", {}}, Removed{"line", {}}});
  story.both_show("order", "").both_show("line", "", "order");
  CHECK(story.verdict() == Rules{"vanished"});
  CHECK(Story{story}.disputes("line").verdict() == Rules{"vanished"});  // Not the other way round.
  CHECK(story.disputes("order").verdict() == nothing);
}

TEST_CASE("a record that is twice at a site is doubled", "[verdict]") {
  CHECK(anne().both_show("anne", "").shows(Side::erp, "anne", "").verdict() == Rules{"doubled"});
}

TEST_CASE("a record that only one site has is a difference", "[verdict]") {
  CHECK(anne().shows(Side::erp, "anne", "").verdict() == Rules{"equal"});
}

TEST_CASE("a line that is part of another order at the other site is a difference", "[verdict]") {
  CHECK(Story{}
            .born("line", "order")
            .shows(Side::shop, "line", "", "order")
            .shows(Side::erp, "line", "", "other")
            .verdict() == Rules{"equal"});
}

TEST_CASE("what nobody wrote into a cell must not stand there", "[verdict]") {
  CHECK(anne().both_show("anne", "1").verdict() == Rules{"invented"});
  CHECK(anne().both_show("anne", "").both_show("ghost", "").verdict() == Rules{"invented"});
}

TEST_CASE("a counter is what people counted, at both sites", "[verdict]") {
  Story story;
  story.did(Side::shop, {Counted{"wine", 5}}).did(Side::erp, {Counted{"wine", -2}});
  CHECK(Story{story}.holds(Side::shop, 3).holds(Side::erp, 3).verdict() == nothing);
  CHECK(Story{story}.holds(Side::shop, 3).holds(Side::erp, 1).verdict() == Rules{"counter"});
  CHECK(Story{story}.holds(Side::shop, 3).verdict() == Rules{"counter"});
}
