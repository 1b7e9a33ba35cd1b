// Rows that are spread over a table and its satellites: one record all the same.
#include <catch2/catch.hpp>

#include "tests/mirror/small_world.hpp"

namespace miroir::test {
namespace {

Value text(const char* value) { return std::string{value}; }
using Names = std::vector<std::string>;
using Counts = PerSite<std::size_t>;
constexpr std::size_t address = 0, extension = 0;  // Each the only one at its site.

// The shop keeps towns and faxes in the main one of its addresses, which need not be there; the ERP
// keeps notes in an extension that each of its customers has.
const std::string satellites = R"({"entities": {"customer": {
    "shop": {"satellites": {"address": {"table": "address", "key": {"customer_id": "id"},
                                        "where": {"main": true}, "on_insert": {"label": "miroir"}}}},
    "erp": {"satellites": {"ext": {"table": "Customer Ext", "required": true}}},
    "fields": {
      "city": {"shop": {"column": "city", "satellite": "address"}},
      "fax": {"type": "text", "shop": {"column": "fax", "satellite": "address"},
              "erp": {"column": "Fax", "blank": ""}},
      "note": {"erp": {"column": "Note", "satellite": "ext", "blank": ""}}}}}})";

class World : public SmallWorld {
 public:
  World() : SmallWorld{small_mapping(satellites)} {
    anna = new_customer(at_shop, "Anna", "a@x.fr");
    seed();
    no = there(at_shop, "customer", anna);
  }

  const Satellite& satellite(SiteId site) const {
    return entity("customer").table[index(site)].satellites.front();
  }
  // The satellite of a row becomes so many rows, with these values where it is one.
  void have(SiteId site, const Key& key, std::int64_t rows,
            const std::map<std::string, Value>& values = {}) {
    at(site).update(entity("customer").id, key, [&](Row& row) {
      const std::size_t first = satellite(site).rows;
      for (std::size_t i = first; i < row.size(); ++i) row[i] = Null{};
      row[first] = rows;
      for (const auto& [name, value] : values) row[column(site, "customer", name)] = value;
    });
  }
  Value rows_of(SiteId site, const Key& key) const {
    return at(site).find(entity("customer").id, key)->at(satellite(site).rows);
  }
  Value shop_value(const char* name) const { return get(at_shop, "customer", anna, name); }
  Value erp_value(const char* name) const { return get(at_erp, "customer", no, name); }
  std::string reason() const {
    REQUIRE(store.set_aside().size() == 1);
    return store.set_aside().front().reason;
  }

  Key anna, no;
};

const Value none = std::int64_t{0}, one = std::int64_t{1};

}  // namespace

TEST_CASE("a record that is spread over two tables is one, whichever of them is changed",
          "[engine][satellites]") {
  World world;
  CHECK(world.erp_value("City") == text("Beaune"));
  CHECK(world.rows_of(at_erp, world.no) == one);  // It must be there, though it has nothing to say.
  CHECK(world.erp_value("Note") == text(""));

  world.set(at_shop, "customer", world.anna, "city", text("Dijon"));
  world.set(at_shop, "customer", world.anna, "email", text("anna@x.fr"));
  world.set(at_erp, "customer", world.no, "Note", text("pays late"));
  world.set(at_erp, "customer", world.no, "Fax", text("03 80"));
  CHECK(world.cycle().conflicts == 0);
  CHECK(world.erp_value("City") == text("Dijon"));
  CHECK(world.erp_value("E-Mail") == text("anna@x.fr"));
  CHECK(world.shop_value("note") == text("pays late"));
  CHECK(world.shop_value("fax") == text("03 80"));
  CHECK(world.differences() == Names{});
  CHECK(world.cycles_until_quiet() <= 2);
}

TEST_CASE("a satellite that goes takes its values along, and one that comes brings them",
          "[engine][satellites]") {
  World world;
  world.have(at_shop, world.anna, 0);
  CHECK(world.cycle().conflicts == 0);
  CHECK(world.erp_value("City") == text(""));
  CHECK(world.rows_of(at_shop, world.anna) == none);
  CHECK(world.cycles_until_quiet() == 1);

  world.have(at_shop, world.anna, 1, {{"city", text("Nuits")}});
  world.cycle();
  CHECK(world.erp_value("City") == text("Nuits"));
  CHECK(world.cycles_until_quiet() <= 2);
}

TEST_CASE("a satellite is made with the first of its values, and not before",
          "[engine][satellites]") {
  World world;
  world.have(at_shop, world.anna, 0);
  world.cycle();
  world.set(at_erp, "customer", world.no, "Name", text("Anna B"));
  world.cycle();
  CHECK(world.rows_of(at_shop, world.anna) == none);
  world.set(at_erp, "customer", world.no, "Fax", text("03 80"));
  world.cycle();
  CHECK(world.rows_of(at_shop, world.anna) == one);
  CHECK(world.shop_value("fax") == text("03 80"));
  CHECK(world.shop_value("city") == Value{Null{}});
  CHECK(world.cycles_until_quiet() <= 2);
}

TEST_CASE("a new record has the satellites that it needs at the other side, and no others",
          "[engine][satellites]") {
  World world;
  world.erp.insert(world.entity("customer").id,
                   world.row(at_erp, "customer",
                             {{"No_", text("C1")}, {"Name", text("Bert")}, {"E-Mail", text("b@x")},
                              {"City", text("")}, {"Fax", text("")}, {"Note", text("")},
                              {"Points", Decimal{0, 0}}, {"Changed", std::int64_t{0}}}));
  world.cycle();
  const Key bert = world.there(at_erp, "customer", {text("C1")});
  CHECK(world.rows_of(at_shop, bert) == none);
  const Key carl = world.new_customer(at_shop, "Carl", "c@x.fr");
  world.cycle();
  CHECK(world.rows_of(at_erp, world.there(at_shop, "customer", carl)) == one);
  CHECK(world.differences() == Names{});
  CHECK(world.cycles_until_quiet() <= 2);
}

TEST_CASE("a satellite that alone was changed meanwhile is not overwritten",
          "[engine][satellites][G1]") {
  World world;
  world.set(at_erp, "customer", world.no, "City", text("Dijon"));
  bool once = true;
  world.shop.faults = [&](std::string_view call) {
    if (call == "deliver" && std::exchange(once, false)) {
      SECTION("it has another value") {
        world.set(at_shop, "customer", world.anna, "city", text("Nuits"));
      }
      SECTION("it is gone") { world.have(at_shop, world.anna, 0); }
    }
    return Fault::none;
  };
  world.cycle();
  REQUIRE_FALSE(once);
  const Value meanwhile = world.shop_value("city");
  CHECK(meanwhile != text("Dijon"));
  world.cycle();
  // The shop wins; what lost is kept.
  CHECK(world.shop_value("city") == meanwhile);
  CHECK(world.differences() == Names{});
  CHECK(world.cycles_until_quiet() <= 2);
}

TEST_CASE("two satellites of one row set its record aside, and no other",
          "[engine][satellites][G5]") {
  World world;
  const Key bert = world.new_customer(at_shop, "Bert", "b@x.fr");
  world.cycle();
  world.have(at_shop, world.anna, 2);
  world.set(at_shop, "customer", bert, "city", text("Pommard"));
  world.set(at_erp, "customer", world.no, "City", text("Dijon"));
  CHECK(world.cycle().set_aside == 1);
  CHECK(world.reason() ==
        "customer: 2 rows of address belong to it, where one is expected (address)");
  CHECK(world.get(at_erp, "customer", world.there(at_shop, "customer", bert), "City") ==
        text("Pommard"));
  CHECK(world.rows_of(at_shop, world.anna) == Value{std::int64_t{2}});

  world.have(at_shop, world.anna, 1, {{"city", text("Beaune")}});
  CHECK(world.cycle().set_aside == 0);
  CHECK(world.shop_value("city") == text("Dijon"));
  CHECK(world.differences() == Names{});
}

TEST_CASE("a row without the satellite that it must have waits for it, and no other does",
          "[engine][satellites][G5]") {
  World world;
  world.have(at_erp, world.no, 0);
  world.set(at_erp, "customer", world.no, "Name", text("Anna B"));
  CHECK(world.cycle().set_aside == 1);
  CHECK(world.reason() == "customer: it has no row in Customer Ext (ext)");
  CHECK(world.shop_value("name") == text("Anna"));
  world.have(at_erp, world.no, 1, {{"Note", text("")}});
  CHECK(world.cycle().set_aside == 0);
  CHECK(world.shop_value("name") == text("Anna B"));
}

TEST_CASE("a record goes from both sides with its satellites", "[engine][satellites]") {
  World world;
  world.shop.erase(world.entity("customer").id, world.anna);
  world.cycle();
  CHECK(world.rows(at_erp, "customer").empty());
  CHECK(world.cycles_until_quiet() <= 2);
}

TEST_CASE("a deletion does not win over a change of the satellite alone",
          "[engine][satellites][G1]") {
  World world;
  world.set(at_erp, "customer", world.no, "Note", text("pays late"));
  world.shop.erase(world.entity("customer").id, world.anna);
  world.cycles_until_quiet();
  REQUIRE(world.rows(at_shop, "customer").size() == 1);
  CHECK(world.shop_value("note") == text("pays late"));
  CHECK(world.shop_value("city") == text("Beaune"));
  CHECK(world.rows_of(at_shop, world.anna) == one);
}

TEST_CASE("a row that is renamed keeps its satellites", "[engine][satellites]") {
  World world;
  world.erp.update(world.entity("customer").id, world.no, [&](Row& row) {
    row[world.column(at_erp, "customer", "No_")] = text("K9");
    row[world.column(at_erp, "customer", "Note")] = text("moved");
  });
  world.cycle();
  CHECK(world.there(at_shop, "customer", world.anna) == Key{text("K9")});
  CHECK(world.shop_value("note") == text("moved"));
  world.set(at_shop, "customer", world.anna, "note", text("back"));
  world.cycle();
  CHECK(world.get(at_erp, "customer", {text("K9")}, "Note") == text("back"));
}

TEST_CASE("a satellite that comes with nothing in it is nobody's change, and is known",
          "[engine][satellites][G3]") {
  World world;
  world.have(at_shop, world.anna, 0);
  world.cycles_until_quiet();
  world.have(at_shop, world.anna, 1);
  CHECK(world.cycle().delivered == Counts{});
  world.set(at_erp, "customer", world.no, "Fax", text("03 80"));
  CHECK(world.cycle().delivered == Counts{1, 0});
  CHECK(world.shop_value("fax") == text("03 80"));
}

}  // namespace miroir::test
