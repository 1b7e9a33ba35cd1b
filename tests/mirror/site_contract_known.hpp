// The contract of a site, continued: rows that the caller knows but for what the journal names.
#pragma once

#include "tests/mirror/site_contract.hpp"

namespace miroir::test {

struct KnownCustomer {
  explicit KnownCustomer(SiteUnderTest& site) : sut{site} {
    anna = sut.insert(customer, customer_row(sut, Null{}, "anna", "Lyon"));
    forget_all(sut);
    known = *sut.find(customer, anna);
  }
  Extract extract() { return sut.site().extract({customer, {anna}, {}, {anna}}); }
  // Anna's row as the caller then knows it.
  std::optional<Row> seen(const Extract& extract) const {
    REQUIRE(extract.rows.size() == 1);
    const ReadRow& read = extract.rows[0];
    CHECK(read.key == anna);
    if (!read.row || !read.columns) return read.row;
    Row row = known;
    for (const std::size_t column : *read.columns) row[column] = (*read.row)[column];
    return row;
  }

  SiteUnderTest& sut;
  Key anna;
  Row known;
};

TEMPLATE_LIST_TEST_CASE("a known row is complete with the columns that updates have changed",
                        "[site]", SitesUnderTest) {
  TestType sut;
  KnownCustomer known{sut};
  sut.update(customer, known.anna, at::city, "Metz");
  sut.update(customer, known.anna, at::email, Null{});
  sut.update(customer, known.anna, at::city, "Metz ");
  const Extract extract = known.extract();
  CHECK(extract.journal.size() == 3);
  CHECK(known.seen(extract) == sut.find(customer, known.anna));
  for (const JournalRow& row : extract.journal) {
    CHECK(row.old_key == known.anna);
    CHECK(row.new_root == known.anna);
    if (row.changed) CHECK(row.changed->size() == 1);
  }
}

TEMPLATE_LIST_TEST_CASE("a known row that is gone is read as absent", "[site]", SitesUnderTest) {
  TestType sut;
  KnownCustomer known{sut};
  sut.update(customer, known.anna, at::city, "Metz");
  sut.erase(customer, known.anna);
  CHECK_FALSE(known.seen(known.extract()));
}

TEMPLATE_LIST_TEST_CASE("a known row that was inserted anew is read as a whole", "[site]",
                        SitesUnderTest) {
  TestType sut;
  KnownCustomer known{sut};
  sut.erase(customer, known.anna);
  sut.insert(customer, customer_row(sut, known.anna[0], "berta", "Nice"));
  sut.update(customer, known.anna, at::city, "Metz");
  CHECK(known.seen(known.extract()) == sut.find(customer, known.anna));
}

TEMPLATE_LIST_TEST_CASE("a row that is wanted as a whole is read as a whole, known or not",
                        "[site]", SitesUnderTest) {
  TestType sut;
  KnownCustomer known{sut};
  sut.update(customer, known.anna, at::city, "Metz");
  const Extract extract = sut.site().extract({customer, {known.anna}, {known.anna}, {known.anna}});
  REQUIRE(extract.rows.size() == 1);
  CHECK_FALSE(extract.rows[0].columns);
  CHECK(extract.rows[0].row == sut.find(customer, known.anna));
}

TEMPLATE_LIST_TEST_CASE("known rows and others are read side by side", "[site]", SitesUnderTest) {
  TestType sut;
  KnownCustomer known{sut};
  const Key bert = sut.insert(customer, customer_row(sut, Null{}, "bert", "Nice"));
  forget_all(sut);
  sut.update(customer, known.anna, at::city, "Metz");
  sut.update(customer, bert, at::city, "Metz");
  const auto rows = rows_of(sut.site().extract({customer, {known.anna, bert}, {}, {known.anna}}));
  CHECK(rows.at({customer, bert}) == sut.find(customer, bert));
  CHECK(rows.at({customer, known.anna})->at(at::city) == Value{std::string{"Metz"}});
}

}  // namespace miroir::test
