// The memory site under the contract.
#pragma once

#include "tests/mirror/site_under_test.hpp"
#include "tests/support/memory_site.hpp"

namespace miroir::test {

class MemorySiteUnderTest final : public SiteUnderTest {
 public:
  MemorySiteUnderTest() : SiteUnderTest{ValueKind::decimal}, site_{mapping_, SiteId::first} {}

  MemorySite& site() override { return site_; }
  Key insert(EntityId entity, Row row) override { return site_.insert(entity, std::move(row)); }
  void update(EntityId entity, const Key& key, std::size_t column, const Value& value) override {
    site_.update(entity, key, [&](Row& row) { row[column] = value; });
  }
  void erase(EntityId entity, const Key& key) override { site_.erase(entity, key); }
  void truncate(EntityId entity) override { site_.truncate(entity); }
  std::optional<Row> find(EntityId entity, const Key& key) override {
    const Row* row = site_.find(entity, key);
    return row == nullptr ? std::nullopt : std::optional<Row>{*row};
  }
  // Of several nobody could say which is meant.
  void insert_satellite(EntityId entity, const Key& key, std::size_t n, const Row& row) override {
    change_satellite(entity, key, n, +1, row);
  }
  void erase_satellite(EntityId entity, const Key& key, std::size_t n) override {
    change_satellite(entity, key, n, -1, {});
  }
  void lock_satellite(EntityId entity, const Key& key, std::size_t) override {
    site_.lock(entity, key);
  }
  bool has_strays() const override { return false; }
  void archive(const std::string& no, std::int64_t kind) override {
    site_.elsewhere[{"", "archive"}].push_back({{"Old No_", no}, {"Kind", kind}});
  }
  void lock(EntityId entity, const Key& key) override { site_.lock(entity, key); }
  void unlock() override { site_.unlock_all(); }
  void update_later(EntityId entity, const Key& key, std::size_t column,
                    const Value& value) override {
    site_.update_later(entity, key, [=](Row& row) { row[column] = value; });
  }
  void land() override { site_.land(); }
  bool has_clock() const override { return false; }
  void add_capitals_trigger() override {
    site_.before_write = [](EntityId entity, Row& row) {
      auto* city = entity == customer ? std::get_if<std::string>(&row[at::city]) : nullptr;
      if (city == nullptr) return;
      for (char& c : *city) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    };
  }
  void add_streets_trigger() override {
    site_.before_write = [](EntityId entity, Row& row) {
      auto* street = entity == member ? std::get_if<std::string>(&row[at::street]) : nullptr;
      if (street == nullptr) return;
      for (char& c : *street) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    };
  }
  void add_mark_trigger() override {
    site_.before_write = [](EntityId entity, Row& row) {
      if (entity == customer) row[at::seen_by] = "seen";
    };
  }
  void add_points_trigger() override {
    site_.after_write = [this](EntityId entity, WriteOp op, const Row&) {
      if (entity != order_line || op != WriteOp::insert) return;
      site_.update(customer, {std::int64_t{1}},
                   [](Row& row) { row[at::points] = std::get<std::int64_t>(row[at::points]) - 1; });
    };
  }
  void add_neighbour_trigger() override {
    site_.after_write = [this](EntityId entity, WriteOp op, const Row& written) {
      const bool first = entity == customer && written[0] == Value{std::int64_t{1}};
      if (!first || op != WriteOp::update) return;
      site_.update(customer, {std::int64_t{2}}, [](Row& row) { row[at::city] = "next door"; });
    };
  }
  void add_refusing_trigger() override {
    site_.before_write = [](EntityId entity, Row& row) {
      const auto* email = entity == customer ? std::get_if<std::string>(&row[at::email]) : nullptr;
      if (email != nullptr && email->starts_with('!')) {
        throw DbError{"an e-mail must not begin with '!'", "P0001", Recovery::refused};
      }
    };
  }
  void add_dropping_trigger() override {
    site_.after_write = [this](EntityId entity, WriteOp op, const Row& row) {
      const bool line = entity == order_line || entity == document_line;
      if (line && op == WriteOp::insert && row[at::item] == Value{"nothing"})
        site_.erase(entity, table(entity).key_of(row));
    };
  }
  void add_renaming_trigger() override {
    site_.before_write = [](EntityId entity, Row& row) {
      if (entity == document && row[at::no] == Value{"w2"}) row[at::no] = "W2";
    };
  }
  void add_keeping_triggers() override {
    site_.before_write = [this](EntityId entity, Row& row) {
      const Row* before = site_.find(entity, table(entity).key_of(row));
      if (before == nullptr) return;
      const bool keeps = entity == customer && (row[at::city] == Value{"nowhere"} ||
                                                row[at::points] < Value{std::int64_t{0}});
      if (keeps) row = *before;
      if (entity == member && row[at::street] == Value{"nowhere"})
        row[at::street] = (*before)[at::street];
    };
    site_.after_write = [this](EntityId entity, WriteOp op, const Row& row) {
      const bool line = entity == order_line || entity == document_line;
      if (line && op == WriteOp::remove && row[at::item] == Value{"kept"})
        site_.insert(entity, row);
    };
  }
  void drop_triggers() override { site_.switch_triggers(customer, false); }
  void restore_triggers() override { site_.switch_triggers(customer, true); }
  void change_city() override { site_.change_column(customer, "city", "varchar(77)"); }
  void empty_customers() override {
    const MemorySite::Rows all = site_.rows(customer);
    for (const auto& [key, row] : all) site_.set_untriggered(customer, key, std::nullopt);
  }
  void empty_journal() override { site_.empty_journal(); }
  std::size_t journal_rows() override { return site_.journal().size(); }

 private:
  void change_satellite(EntityId entity, const Key& key, std::size_t n, std::int64_t by,
                        const Row& given) {
    const SiteTable& of = table(entity);
    site_.update(entity, key, [&](Row& row) {
      const std::size_t rows = of.satellites[n].rows;
      const std::int64_t now = std::get<std::int64_t>(row[rows]) + by;
      for (std::size_t i = rows + 1; i < row.size(); ++i) {
        if (of.columns[i].satellite == n + 1) row[i] = now == 1 ? given.at(i) : Value{Null{}};
      }
      row[rows] = now;
    });
  }

  MemorySite site_;
};

}  // namespace miroir::test
