// What the contract of Site needs of a site beside the port: the users who work there, and triggers
// of its own.
//
// Documents may have moved to the archive, where kind 3 is looked for before kind 4.
//
// The mapping has customers and orders with generated keys (lines numbered within their order, with
// a foreign key that cascades), documents with composite keys, a constant part, and no foreign
// keys, and invoices: documents whose numbers, RE-101 and so on, a trigger of the site's hands out.
// Members have two satellites, the main one of their addresses and a card that each must have; a
// member's stays have a companion with the same key.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "mirror/site.hpp"
#include "schema/mapping.hpp"

namespace miroir::test {

inline const EntityId customer{0}, order{1}, order_line{2}, document{3}, document_line{4},
    invoice{5}, invoice_line{6}, member{7}, stay{8};

// Indexes in SiteTable::columns.
namespace at {
enum Customer : std::size_t { id = 0, email = 1, city = 2, seen_by = 3, points = 4, credit = 5 };
enum Order : std::size_t { customer_id = 1, note = 2 };
enum Line : std::size_t { order_id = 1, line_no = 2, item = 3, qty = 4 };
enum Document : std::size_t { type = 0, no = 1, remark = 2 };
enum DocumentLine : std::size_t { document_no = 1, number = 2, thing = 3 };
enum Member : std::size_t { name = 1, addresses = 2, street = 3, town = 4, cards = 5, level = 6,
                            visits = 7 };
enum Stay : std::size_t { member_id = 0, stay_no = 1, room = 2, extras = 3, wish = 4 };
}  // namespace at

// `amounts` is what a column for exact amounts holds: decimals, or text where the database has no
// decimals.
Mapping contract_mapping(ValueKind amounts);

class SiteUnderTest {
 public:
  explicit SiteUnderTest(ValueKind amounts) : mapping_{contract_mapping(amounts)} {}
  virtual ~SiteUnderTest() = default;
  SiteUnderTest(const SiteUnderTest&) = delete;
  SiteUnderTest& operator=(const SiteUnderTest&) = delete;

  virtual Site& site() = 0;
  const Mapping& mapping() const { return mapping_; }
  const SiteTable& table(EntityId entity) const { return mapping_.table(entity, SiteId::first); }
  Value amount(const std::string& text) const;

  // Its users. A row's generated column is NULL when the database shall hand it out.
  virtual Key insert(EntityId entity, Row row) = 0;
  virtual void update(EntityId entity, const Key& key, std::size_t column, const Value& value) = 0;
  virtual void erase(EntityId entity, const Key& key) = 0;
  virtual void truncate(EntityId entity) = 0;
  virtual std::optional<Row> find(EntityId entity, const Key& key) = 0;
  // Of a row's n-th satellite: one row more, as `row` has it; its row is gone; another transaction
  // holds it until unlock().
  virtual void insert_satellite(EntityId entity, const Key& key, std::size_t n,
                                const Row& row) = 0;
  virtual void erase_satellite(EntityId entity, const Key& key, std::size_t n) = 0;
  virtual void lock_satellite(EntityId entity, const Key& key, std::size_t n) = 0;
  virtual bool has_strays() const { return true; }  // Satellites without the row they belong to.
  // A row of the archive, which nobody mirrors.
  virtual void archive(const std::string& no, std::int64_t kind) = 0;
  // Another transaction holds the row until unlock(). Only where has_row_locks().
  virtual void lock(EntityId entity, const Key& key) = 0;
  virtual void unlock() = 0;
  // Takes its journal number now, and commits when land() is called. Only where has_row_locks().
  virtual void update_later(EntityId entity, const Key& key, std::size_t column,
                            const Value& value) = 0;
  virtual void land() = 0;
  virtual bool has_row_locks() const { return true; }
  virtual bool has_clock() const { return true; }  // That runs, as this machine's does.
  virtual bool has_truncate() const { return true; }
  virtual bool journals_cascades() const { return true; }

  // Its own triggers. Cities are stored in capitals; a customer's `seen_by` becomes the mark
  // whenever the row is updated; a new order line takes one of the points of customer 1; e-mails
  // that begin with '!' are refused.
  virtual void add_capitals_trigger() = 0;
  virtual void add_streets_trigger() = 0;  // Streets of addresses as well.
  virtual void add_mark_trigger() = 0;
  virtual void add_points_trigger() = 0;
  virtual bool has_neighbour_trigger() const { return true; }
  virtual void add_neighbour_trigger() = 0;
  virtual void add_refusing_trigger() = 0;
  // New lines, of orders and of documents, that hold "nothing" are left out without a word; numbers
  // of new documents are stored in capitals.
  virtual bool has_dropping_trigger() const { return true; }
  virtual void add_dropping_trigger() = 0;
  virtual void add_renaming_trigger() = 0;
  // Where a customer is to get the city "nowhere", or points below zero, his row stays as it is; so
  // does the main address of a member whose street is to be "nowhere"; and lines, of orders and of
  // documents, that hold "kept" are not deleted (where has_dropping_trigger()): without a word.
  virtual void add_keeping_triggers() = 0;

  // Its administrators: customers are no longer journaled, and then again; their city gets another
  // type; all of them are gone, or the journal is empty, without any trigger firing.
  virtual void drop_triggers() = 0;
  virtual void restore_triggers() = 0;
  virtual void change_city() = 0;
  virtual void empty_customers() = 0;
  virtual void empty_journal() = 0;

  virtual std::size_t journal_rows() = 0;
  // Reads what the journal has of these roots and forgets it, as a cycle does.
  void forget(EntityId root, const std::vector<Key>& keys);

 protected:
  Mapping mapping_;
};

}  // namespace miroir::test
