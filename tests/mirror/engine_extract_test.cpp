// Extraction in chunks, one ahead of the engine.
#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>

#include "mirror/acknowledge.hpp"
#include "mirror/extract.hpp"
#include "mirror/incorporate.hpp"
#include "mirror/match.hpp"
#include "mirror/merge.hpp"
#include "tests/mirror/small_world.hpp"

namespace miroir::test {
namespace {

// A world with customers 1 to n on both sides, and what reads it in chunks of one root.
struct Chunked {
  explicit Chunked(int customers) {
    for (int n = 0; n < customers; ++n)
      keys.push_back(world.new_customer(at_shop, "Aubert", "a" + std::to_string(n) + "@x.fr"));
    world.seed();
    world.cycles_until_quiet();
    for (const SiteId site : both_sites) {
      world.at(site).faults = [this, site](std::string_view call) {
        if (call == "extract") ++extracts[index(site)];
        return Fault::none;
      };
    }
  }
  EntityId customer() const { return world.entity("customer").id; }
  // What the engine does with a chunk before it asks for the next.
  void take(Changes changes, Crew& crew) {
    const Known known = load_known(changes, world.store, mapping);
    const Merged merged = merge_pairs(match_records(changes, known, mapping), known, mapping,
                                      CycleNumber{9}, std::nullopt);
    const Incorporated kept = incorporate(merged, world.store, mapping, CycleNumber{9});
    Acknowledgement{kept, crew, world.store, CycleNumber{9}}.finish(crew, world.store);
  }

  Mapping mapping = small_mapping();
  SmallWorld world{mapping};
  std::vector<Key> keys;
  PerSite<int> extracts{};
};

TEST_CASE("the sites read the next chunk before the first is merged", "[engine]") {
  Chunked chunked{3};
  for (const Key& key : chunked.keys)
    chunked.world.set(at_shop, "customer", key, "city", std::string{"Dole"});
  Crew crew{{&chunked.world.shop, &chunked.world.erp}, Limits{}, true};
  Extraction extraction{chunked.customer(), crew, chunked.world.store, chunked.mapping, 1};
  const auto first = extraction.next([] {});
  REQUIRE(first);
  CHECK(first->from[0]->rows.size() == 1);
  CHECK(chunked.extracts[0] == 2);
}

// Of customers of 6 kB that all changed at the shop, in the order in which they were read, where each
// chunk takes the sites so long.
std::vector<std::size_t> sizes_of_chunks(int customers, std::chrono::seconds each) {
  Chunked chunked{customers};
  for (const Key& key : chunked.keys)
    chunked.world.set(at_shop, "customer", key, "city", std::string(6'000, 'D'));
  std::chrono::steady_clock::time_point now{};
  chunked.world.shop.faults = [&](std::string_view call) {
    if (call == "extract") now += each;
    return Fault::none;
  };
  Limits patient;
  patient.deadline = std::chrono::hours{24};
  Crew crew{{&chunked.world.shop, &chunked.world.erp}, patient, true, [&] { return now; }};
  Extraction extraction{chunked.customer(), crew, chunked.world.store, chunked.mapping, 1'000};
  std::vector<std::size_t> sizes;
  while (auto changes = extraction.next([] {})) {
    sizes.push_back(changes->from[0]->rows.size());
    chunked.take(std::move(*changes), crew);
  }
  return sizes;
}

TEST_CASE("a chunk is as large as the lines carry within a few seconds", "[engine]") {
  const auto largest_of_last = [](std::chrono::seconds each) {
    const auto sizes = sizes_of_chunks(400, each);
    REQUIRE(sizes.size() >= 3);
    return *std::max_element(sizes.begin() + 2, sizes.end());
  };
  CHECK(largest_of_last(std::chrono::seconds{0}) > 40);  // More than 250 kB.
  const auto steady = largest_of_last(std::chrono::seconds{4});
  CHECK(steady >= 8);  // 64 kB.
  CHECK(steady <= 11);
  CHECK(sizes_of_chunks(400, std::chrono::seconds{7}).back() <= 2);
}

TEST_CASE("a record that both sites changed is in one chunk, wherever the sites list it",
          "[engine]") {
  Chunked chunked{2};
  chunked.world.set(at_shop, "customer", chunked.keys[0], "city", std::string{"Dole"});
  const Key there = chunked.world.there(at_shop, "customer", chunked.keys[1]);
  chunked.world.set(at_shop, "customer", chunked.keys[1], "city", std::string{"Dole"});
  chunked.world.set(at_erp, "customer", there, "Name", std::string{"Erp"});
  Crew crew{{&chunked.world.shop, &chunked.world.erp}, Limits{}, true};
  Extraction extraction{chunked.customer(), crew, chunked.world.store, chunked.mapping, 1};
  std::size_t rows = 0;
  std::size_t of_erp = 0;
  while (const auto changes = extraction.next([] {})) {
    rows += changes->from[0]->rows.size();
    of_erp += changes->from[1]->rows.size();
    chunked.take(*changes, crew);
  }
  CHECK(rows == 2);
  CHECK(of_erp == 1);
}

TEST_CASE("what a changed key ties to the chunk before is not read twice", "[engine]") {
  Chunked chunked{1};
  chunked.world.shop.update(chunked.customer(), chunked.keys[0], [&](Row& row) {
    row[chunked.world.column(at_shop, "customer", "id")] = std::int64_t{7};
  });
  Crew crew{{&chunked.world.shop, &chunked.world.erp}, Limits{}, true};
  Extraction extraction{chunked.customer(), crew, chunked.world.store, chunked.mapping, 1};
  const auto first = extraction.next([] {});
  REQUIRE(first);
  CHECK(first->from[0]->journal.size() == 2);  // Under its old key and its new one.
  chunked.take(*first, crew);
  CHECK_FALSE(extraction.next([] {}));
}

}  // namespace
// What is set aside is read and forgotten, whatever the journal had of it. Here that is an order of
// nobody, typed under another number, so that the journal lists it in two chunks.
TEST_CASE("an order that was set aside a chunk ago is read as a whole", "[engine][G6]") {
  SmallWorld world;
  const Key customer = world.new_customer(at_erp, "Aubert", "a@x.fr");
  world.seed();
  world.options.limits.chunk_roots = 1;
  const Key typed = world.new_order(at_erp, {std::string{"nobody"}}, {"Chablis", "Rully"});
  const Key order{std::int64_t{1}, std::string{"Q9"}};
  world.erp.begin();
  const auto lines = world.rows(at_erp, "line");
  world.set(at_erp, "order", typed, "No_", order[1]);
  for (const auto& [key, row] : lines) world.set(at_erp, "line", key, "Document", order[1]);
  world.erp.commit();
  world.options.at_step = [&](const char* step) {
    if (std::string_view{step} == "merge")
      world.set(at_erp, "order", order, "Customer", customer[0]);
  };
  world.cycle();
  world.options.at_step = [](const char*) {};
  CHECK(world.rows(at_shop, "order").size() == 1);
  CHECK(world.rows(at_shop, "line").size() == 2);
  world.cycles_until_quiet();
  CHECK(world.differences() == std::vector<std::string>{});
}

// What ties them is a customer's key that changed, and that another customer got. Taken twice, the
// first would have lost its row to the second.
TEST_CASE("what is tied to a chunk that the site could not forget is not taken again",
          "[engine][G1]") {
  SmallWorld world;
  const EntityId customer = world.entity("customer").id;
  const Key old = world.new_customer(at_shop, "Aubert", "a@x.fr");
  world.seed();
  world.cycles_until_quiet();
  world.options.limits.chunk_roots = 1;
  Row other = world.rows(at_shop, "customer").at(old);
  other[world.column(at_shop, "customer", "email")] = std::string{"b@x.fr"};
  world.shop.update(customer, old, [&](Row& row) {
    row[world.column(at_shop, "customer", "id")] = std::int64_t{7};
  });
  world.shop.insert(customer, other);
  const auto there = world.rows(at_erp, "customer");
  world.shop.faults = [](std::string_view call) {
    return call == "acknowledge" ? Fault::before : Fault::none;
  };
  world.cycle();
  world.shop.faults = [](std::string_view) { return Fault::none; };
  CHECK(world.cycle().set_aside == 1);  // Of the other, whose number in the ERP is taken.
  CHECK(world.rows(at_erp, "customer") == there);
  CHECK(world.there(at_shop, "customer", {std::int64_t{7}}) == there.begin()->first);
}

}  // namespace miroir::test
