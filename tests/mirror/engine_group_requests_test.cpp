// Answers and undo where fields are decided together: never a mixture of two addresses.
#include <catch2/catch.hpp>

#include "tests/mirror/request_world.hpp"

namespace miroir::test {
namespace {

constexpr auto address = R"({"entities": {"customer": {
    "groups": {"address": {"fields": ["city", "note"], "by": "city"}},
    "fields": {"note": {"policy": null}}}}})";
constexpr auto asked_address = R"({"entities": {"customer": {
    "groups": {"address": {"fields": ["city", "note"], "by": "note"}}}}})";

Names both(const RequestWorld& world, const char* city, const char* note) {
  const auto said = [](const Value& value) { return is_null(value) ? "''" : display(value); };
  CHECK(said(world.get(at_shop, "customer", world.customer, "city")) == city);
  CHECK(said(world.get(at_shop, "customer", world.customer, "note")) == note);
  CHECK(said(world.get(at_erp, "customer", world.no, "City")) == city);
  CHECK(said(world.get(at_erp, "customer", world.no, "Note")) == note);
  return world.differences();
}

// The shop changes the city, the ERP the line.
void part(RequestWorld& world) {
  world.set(at_shop, "customer", world.customer, "city", text("Dijon"));
  world.set(at_erp, "customer", world.no, "Note", text("1 rue du Port"));
  world.cycle();
}

Choice choice(const OpenHeld& held, SiteId site) {
  return {held.id, held.candidates[index(site)], held.candidates};
}

}  // namespace

TEST_CASE("an address is answered as a whole, or not at all", "[engine][request][group]") {
  RequestWorld world{asked_address};
  part(world);
  const auto held = world.store.held();
  REQUIRE(held.size() == 2);
  ask(world, AnswerFields{{choice(held[0], at_erp)}});
  CHECK(world.cycle().held == 2);
  CHECK_FALSE(world.last().end.done);
  CHECK(says(world.last().end.message, "is decided together with it"));
  ask(world, AnswerFields{{choice(held[0], at_erp), choice(held[1], at_erp)}});
  CHECK(world.cycle().held == 0);
  CHECK(world.last().end.done);
  CHECK(both(world, "Beaune", "1 rue du Port") == Names{});
}

TEST_CASE("an address that lost comes back as a whole", "[engine][request][group]") {
  for (const std::string field : {"city", "note"}) {
    CAPTURE(field);
    RequestWorld world{address};
    part(world);
    CHECK(both(world, "Dijon", "''") == Names{});
    world.undo(field);
    world.cycle();
    CHECK(world.last().end.done);
    CHECK(both(world, "Beaune", "1 rue du Port") == Names{});
  }
}

TEST_CASE("an address of which a line has changed since is in question as a whole",
          "[engine][request][group]") {
  RequestWorld world{address};
  part(world);
  world.set(at_erp, "customer", world.no, "Note", text("2 rue Haute"));
  world.cycle();
  world.undo("city");
  CHECK(world.cycle().held == 2);
  CHECK(both(world, "Dijon", "2 rue Haute") == Names{});
  AnswerFields answer;
  for (const OpenHeld& held : world.store.held())
    answer.choices.push_back({held.id, held.proposal.value(), held.candidates});
  ask(world, answer);
  CHECK(world.cycle().held == 0);
  CHECK(both(world, "Beaune", "1 rue du Port") == Names{});
}

}  // namespace miroir::test
