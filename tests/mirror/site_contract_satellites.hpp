// The contract of a site: rows that are spread over their own table and satellites.
#pragma once

#include "tests/mirror/site_contract_delivery.hpp"

namespace miroir::test {

// Mia with an address and a card, Noah with a card alone; each has had a stay, Mia's with a wish.
template <class Sut>
struct Club {
  Club() {
    sut.site().claim({"store", CycleNumber{1}});
    sut.insert(member, mia);
    sut.insert(member, noah);
    sut.insert(stay, suite);
    sut.insert(stay, attic);
    forget_all(sut);
  }
  static Row member_row(const Value& id, const Value& name) {
    return {id, name, std::int64_t{0}, Null{}, Null{}, std::int64_t{1}, "gold", std::int64_t{3}};
  }
  static Row with_address(Row row, const Value& street, const Value& town) {
    row[at::addresses] = std::int64_t{1};
    row[at::street] = street;
    row[at::town] = town;
    return row;
  }
  static Row stay_row(std::int64_t who, std::int64_t no, const Value& room, const Value& wish) {
    return {who, no, room, std::int64_t{is_null(wish) ? 0 : 1}, wish};
  }
  Delivered deliver(std::vector<AggregateWrite> writes, std::int64_t id = 7) {
    return sut.site().deliver(batch_of(id, member, std::move(writes)));
  }
  // An update that says of the satellites whether they are there, as the engine does.
  AggregateWrite change(const Row& row, const std::map<std::size_t, Value>& given,
                        const std::vector<std::size_t>& compared, EntityId entity = member) {
    RowChange update = update_of(sut, entity, row, given);
    for (const std::size_t column : compared) {
      update.compared.push_back(column);
      update.expected[column] = row[column];
    }
    return write_of({row[0]}, {update});
  }
  AggregateWrite move(const Row& row, const Value& street) {
    return change(row, {{at::street, street}}, {at::addresses});
  }
  AggregateWrite give_address(const Row& row, const Value& street) {
    return change(row, {{at::addresses, std::int64_t{1}}, {at::street, street}, {at::town, Null{}}},
                  {});
  }
  AggregateWrite remove(const Row& row, const std::vector<Row>& stays) {
    AggregateWrite gone = write_of({row[0]}, {removal_of(sut, member, row)});
    for (const Row& one : stays) gone.rows.push_back(removal_of(sut, stay, one));
    return gone;
  }
  std::optional<Row> find(std::int64_t id) { return sut.find(member, key(id)); }

  Sut sut;
  Row mia = with_address(member_row(std::int64_t{1}, "Mia"), "Quai 1", "Lyon");
  Row noah = member_row(std::int64_t{2}, "Noah");
  Row suite = stay_row(1, 1, "suite", "sea view"), attic = stay_row(2, 1, "attic", Null{});
};

TEMPLATE_LIST_TEST_CASE("a row is read with its satellites, by whatever way it is read", "[site]",
                        SitesUnderTest) {
  Club<TestType> club;
  CHECK(club.sut.site().read_page(member, std::nullopt, 10) == Rows{club.mia, club.noah});
  CHECK(club.sut.site().read_page(member, key(1), 10) == Rows{club.noah});
  CHECK(club.sut.site().read_page(stay, std::nullopt, 10) == Rows{club.suite, club.attic});
  CHECK(club.sut.site().count(member) == 2);
  const auto rows = rows_of(club.sut.site().extract({member, {}, {key(1), key(2)}}));
  CHECK(rows.at({member, key(1)}) == club.mia);
  CHECK(rows.at({member, key(2)}) == club.noah);
  CHECK(rows.at({stay, {std::int64_t{1}, std::int64_t{1}}}) == club.suite);
  CHECK(rows.at({stay, {std::int64_t{2}, std::int64_t{1}}}) == club.attic);
}

TEMPLATE_LIST_TEST_CASE("what happens to a satellite happens to its row", "[site]",
                        SitesUnderTest) {
  Club<TestType> club;
  const int what = GENERATE(0, 1, 2);
  if (what == 0) club.sut.update(member, key(1), at::town, "Metz");
  if (what == 1) club.sut.erase_satellite(member, key(1), 0);
  if (what == 2) {
    club.sut.insert_satellite(member, key(2), 0, club.with_address(club.noah, "Rue 2", Null{}));
  }
  const Key changed = key(what == 2 ? 2 : 1);
  CHECK(listed(club.sut.site(), member) == Keys{changed});
  const Extract extract = club.sut.site().extract({member, {changed}, {}});
  REQUIRE(extract.journal.size() == 1);
  CHECK(extract.journal[0].entity == member);
  CHECK(extract.journal[0].op == JournalOp::update);
  CHECK(extract.journal[0].old_key == changed);
  CHECK(extract.journal[0].new_key == changed);
  CHECK(extract.journal[0].new_root == changed);
  CHECK(rows_of(extract) == std::map<std::pair<EntityId, Key>, std::optional<Row>>{
                                {{member, changed}, club.sut.find(member, changed)}});
  CHECK(rows_of(extract).at({member, changed})->at(at::addresses) ==
        Value{std::int64_t{what == 1 ? 0 : 1}});
  forget_all(club.sut);
}

TEMPLATE_LIST_TEST_CASE("what happens to a part's satellite happens to the part", "[site]",
                        SitesUnderTest) {
  Club<TestType> club;
  club.sut.update(stay, {std::int64_t{1}, std::int64_t{1}}, at::wish, "garden");
  CHECK(listed(club.sut.site(), member) == Keys{key(1)});
  const Extract extract = club.sut.site().extract({member, {key(1)}, {}});
  REQUIRE(extract.journal.size() == 1);
  CHECK(extract.journal[0].entity == stay);
  CHECK(extract.journal[0].old_root == key(1));
  CHECK(rows_of(extract).at({stay, {std::int64_t{1}, std::int64_t{1}}}) ==
        club.stay_row(1, 1, "suite", "garden"));
}

TEMPLATE_LIST_TEST_CASE("of two satellites of one row none is picked", "[site]", SitesUnderTest) {
  Club<TestType> club;
  club.sut.insert_satellite(member, key(1), 0, club.with_address(club.mia, "Rue 9", "Nice"));
  Row read = club.mia;
  read[at::addresses] = std::int64_t{2};
  read[at::street] = read[at::town] = Null{};
  CHECK(rows_of(club.sut.site().extract({member, {key(1)}, {}})).at({member, key(1)}) == read);
  CHECK(club.sut.site().read_page(member, std::nullopt, 10) == Rows{read, club.noah});
  CHECK(club.deliver({club.move(club.mia, "Quai 3")}).results == Results{moved});
  CHECK(club.find(1) == read);
}

TEMPLATE_LIST_TEST_CASE("a satellite whose row is not there waits for it", "[site]",
                        SitesUnderTest) {
  Club<TestType> club;
  if (!club.sut.has_strays()) return;
  const Key later{std::int64_t{2}, std::int64_t{2}};
  club.sut.insert_satellite(stay, later, 0, club.stay_row(2, 2, "", "balcony"));
  const auto rows = rows_of(club.sut.site().extract({member, {key(2)}, {}}));
  CHECK(rows.at({stay, later}) == std::nullopt);
  CHECK(club.sut.site().read_page(stay, std::nullopt, 10) == Rows{club.suite, club.attic});
  Row loft = club.stay_row(2, 2, "loft", Null{});
  club.sut.insert(stay, loft);
  loft = club.stay_row(2, 2, "loft", "balcony");
  CHECK(rows_of(club.sut.site().extract({member, {key(2)}, {}})).at({stay, later}) == loft);
}

TEMPLATE_LIST_TEST_CASE("a row and its satellites are written as one, and leave no echo", "[site]",
                        SitesUnderTest) {
  Club<TestType> club;
  const Delivered done = club.deliver({club.change(
      club.mia, {{at::name, "Mia B"}, {at::street, "Quai 2"}, {at::visits, exactly("2")}},
      {at::addresses, at::cards})});
  CHECK(done.results == Results{written});
  CHECK(done.otherwise.empty());
  Row expected = club.mia;
  expected[at::name] = "Mia B";
  expected[at::street] = "Quai 2";
  expected[at::visits] = std::int64_t{5};
  CHECK(club.find(1) == expected);
  CHECK(club.sut.journal_rows() == 0);
}

TEMPLATE_LIST_TEST_CASE("a delivery of a satellite alone is stored, and leaves no echo", "[site]",
                        SitesUnderTest) {
  Club<TestType> club;
  const Delivered done = club.deliver({club.move(club.mia, "Quai 2")});
  CHECK(done.results == Results{written});
  CHECK(done.otherwise.empty());
  CHECK(club.find(1)->at(at::street) == Value{"Quai 2"});
  CHECK(club.find(1)->at(at::town) == Value{"Lyon"});
  CHECK(club.sut.journal_rows() == 0);
}

TEMPLATE_LIST_TEST_CASE("whichever table of a row was changed meanwhile, none is written", "[site]",
                        SitesUnderTest) {
  Club<TestType> club;
  const AggregateWrite both =
      club.change(club.mia, {{at::name, "Mia B"}, {at::street, "Quai 2"}}, {at::addresses});
  Row expected = club.mia;
  SECTION("its own") {
    club.sut.update(member, key(1), at::name, "mia");
    expected[at::name] = "mia";
  }
  SECTION("the satellite, however little") {
    const auto meanwhile = GENERATE(values<Value>({"quai 1", "Quai 1 ", "", Null{}}));
    club.sut.update(member, key(1), at::street, meanwhile);
    expected[at::street] = meanwhile;
  }
  SECTION("the satellite is gone") {
    club.sut.erase_satellite(member, key(1), 0);
    expected[at::addresses] = std::int64_t{0};
    expected[at::street] = expected[at::town] = Null{};
  }
  CHECK(club.deliver({both}).results == Results{moved});
  CHECK(club.find(1) == expected);
  CHECK(listed(club.sut.site(), member) == Keys{key(1)});
}

TEMPLATE_LIST_TEST_CASE("a column of a satellite that is not written stands in nobody's way",
                        "[site]", SitesUnderTest) {
  Club<TestType> club;
  club.sut.update(member, key(1), at::town, "Metz");
  CHECK(club.deliver({club.move(club.mia, "Quai 2")}).results == Results{written});
  CHECK(club.find(1)->at(at::town) == Value{"Metz"});
  CHECK(club.sut.journal_rows() == 1);
}

TEMPLATE_LIST_TEST_CASE("what of a satellite is only compared is guarded, and not written",
                        "[site]", SitesUnderTest) {
  Club<TestType> club;
  const bool has_address = GENERATE(true, false), meanwhile = GENERATE(true, false);
  const Row& who = has_address ? club.mia : club.noah;
  const Key id = key(has_address ? 1 : 2);
  if (meanwhile && has_address) club.sut.update(member, id, at::street, "Rue 1");
  if (meanwhile && !has_address)
    club.sut.insert_satellite(member, id, 0, club.with_address(who, "Rue 1", Null{}));
  const Results expected{meanwhile ? moved : written};
  const AggregateWrite renamed = club.change(who, {{at::name, "N"}}, {at::addresses, at::street});
  CHECK(club.deliver({renamed}).results == expected);
  CHECK(club.sut.find(member, id)->at(at::name) == (meanwhile ? who[at::name] : Value{"N"}));
}

TEMPLATE_LIST_TEST_CASE("a satellite is made when it gets a value, unless one is there by then",
                        "[site]", SitesUnderTest) {
  Club<TestType> club;
  const bool meanwhile = GENERATE(true, false);
  if (meanwhile) {
    club.sut.insert_satellite(member, key(2), 0, club.with_address(club.noah, "Rue 1", "Brest"));
  }
  const Results expected{meanwhile ? moved : written};
  CHECK(club.deliver({club.give_address(club.noah, "Rue 2")}).results == expected);
  CHECK(club.find(2) == club.with_address(club.noah, meanwhile ? "Rue 1" : "Rue 2",
                                          meanwhile ? Value{"Brest"} : Value{Null{}}));
  CHECK(club.sut.journal_rows() == (meanwhile ? 1 : 0));
}

TEMPLATE_LIST_TEST_CASE("a new row's satellites get the key that the database hands out", "[site]",
                        SitesUnderTest) {
  Club<TestType> club;
  const auto born = [&](const Row& row) {
    return write_of({}, {insert_of(club.sut, member, row)});
  };
  const Row olga = club.member_row(Null{}, "Olga");
  const Delivered done = club.deliver({born(club.with_address(olga, "Rue 5", "Albi")), born(olga)});
  REQUIRE(done.results == Results{written, written});
  CHECK(done.otherwise.empty());
  REQUIRE(done.keys.size() == 2);
  std::map<std::size_t, Key> learnt;
  for (const LearntKey& one : done.keys) learnt[one.write] = one.key;
  Row first = club.with_address(olga, "Rue 5", "Albi"), second = olga;
  first[at::id] = learnt.at(0)[0];
  second[at::id] = learnt.at(1)[0];
  CHECK(club.sut.find(member, learnt.at(0)) == first);
  CHECK(club.sut.find(member, learnt.at(1)) == second);
  CHECK(club.sut.journal_rows() == 0);
  CHECK(club.sut.site().settle(BatchId{7}, CycleNumber{3}).keys.size() == 2);
}

TEMPLATE_LIST_TEST_CASE("a part's satellite is written with it", "[site]", SitesUnderTest) {
  Club<TestType> club;
  const AggregateWrite more = write_of(
      key(2),
      {club.change(club.attic, {{at::extras, std::int64_t{1}}, {at::wish, "stove"}}, {}, stay)
           .rows.front(),
       insert_of(club.sut, stay, club.stay_row(2, 2, "loft", "lift")),
       insert_of(club.sut, stay, club.stay_row(2, 3, "hut", Null{}))});
  const AggregateWrite less = write_of(key(1), {removal_of(club.sut, stay, club.suite)});
  REQUIRE(club.deliver({more, less}).results == Results{written, written});
  CHECK(club.sut.site().read_page(stay, std::nullopt, 10) ==
        Rows{club.stay_row(2, 1, "attic", "stove"), club.stay_row(2, 2, "loft", "lift"),
             club.stay_row(2, 3, "hut", Null{})});
  CHECK(club.sut.journal_rows() == 0);
}

TEMPLATE_LIST_TEST_CASE("a row goes with the satellites that are known, and with no others",
                        "[site]", SitesUnderTest) {
  Club<TestType> club;
  SECTION("as they are known") {
    CHECK(club.deliver({club.remove(club.mia, {club.suite}), club.remove(club.noah, {club.attic})})
              .results == Results{written, written});
    CHECK(club.find(1) == std::nullopt);
    CHECK(club.find(2) == std::nullopt);
    CHECK(club.sut.site().read_page(stay, std::nullopt, 10).empty());
    CHECK(club.sut.journal_rows() == 0);
    if (club.sut.has_strays()) {  // Nothing of it was left behind.
      club.sut.insert(member, club.member_row(std::int64_t{1}, "another"));
      CHECK(club.find(1) == club.member_row(std::int64_t{1}, "another"));
    }
  }
  SECTION("one of them was changed") {
    club.sut.update(member, key(1), at::town, "Metz");
    CHECK(club.deliver({club.remove(club.mia, {club.suite})}).results == Results{moved});
    CHECK(club.find(1)->at(at::town) == Value{"Metz"});
  }
  SECTION("one has come") {
    club.sut.insert_satellite(member, key(2), 0, club.with_address(club.noah, "Rue 1", Null{}));
    CHECK(club.deliver({club.remove(club.noah, {club.attic})}).results == Results{moved});
    CHECK(club.find(2)->at(at::street) == Value{"Rue 1"});
  }
}

TEMPLATE_LIST_TEST_CASE("a satellite that another transaction holds is busy, and so is its row",
                        "[site]", SitesUnderTest) {
  Club<TestType> club;
  if (!club.sut.has_row_locks()) return;
  club.sut.lock_satellite(member, key(1), 0);
  const AggregateWrite both =
      club.change(club.mia, {{at::name, "M"}, {at::street, "Quai 2"}}, {at::addresses});
  const Delivered done =
      club.deliver({both, club.change(club.noah, {{at::level, "silver"}}, {at::cards})});
  club.sut.unlock();
  CHECK(done.results == Results{WriteResult::busy, written});
  CHECK(club.find(1) == club.mia);
}

TEMPLATE_LIST_TEST_CASE("what a satellite stored otherwise comes back, and is the site's change",
                        "[site]", SitesUnderTest) {
  Club<TestType> club;
  club.sut.add_streets_trigger();
  const Row olga = club.with_address(club.member_row(Null{}, "Olga"), "Rue 5", "Albi");
  const Delivered done = club.deliver(
      {club.move(club.mia, "Quai 2"), write_of({}, {insert_of(club.sut, member, olga)})});
  REQUIRE(done.results == Results{written, written});
  REQUIRE(done.otherwise.size() == 2);
  for (const StoredOtherwise& one : done.otherwise) {
    if (one.write == 0) {
      CHECK(one.stored[at::street] == Value{"QUAI 2"});
    } else {
      Row stored = olga;
      stored[at::id] = done.keys.at(0).key[0];
      stored[at::street] = "RUE 5";
      CHECK(one.stored == stored);
    }
  }
}

TEMPLATE_LIST_TEST_CASE("the census counts satellites that go, and watches their columns", "[site]",
                        SitesUnderTest) {
  Club<TestType> club;
  const auto tables = club.sut.site().describe_tables();
  CHECK(tables.at(member.raw()).watched);
  CHECK(tables.at(member.raw()).columns.contains("member_address.street"));
  CHECK(tables.at(member.raw()).columns.contains("name"));
  CHECK(tables.size() == club.sut.mapping().entities.size());
  club.sut.update(member, key(1), at::street, "Rue 8");
  CHECK(club.sut.site().take_census().entities.at(member.raw()).updated_roots == 1);
}

}  // namespace miroir::test
