// A LocalSite under the contract: its users are a second session with the same database.
#pragma once

#include <memory>
#include <string>

#include "connectors/session.hpp"
#include "mirror/site_local.hpp"
#include "tests/mirror/site_under_test.hpp"

namespace miroir::test {

class SqlSiteUnderTest : public SiteUnderTest {
 public:
  using SiteUnderTest::SiteUnderTest;

  LocalSite& site() override { return *site_; }
  Key insert(EntityId entity, Row row) override;
  void update(EntityId entity, const Key& key, std::size_t column, const Value& value) override;
  void erase(EntityId entity, const Key& key) override;
  std::optional<Row> find(EntityId entity, const Key& key) override;
  void insert_satellite(EntityId entity, const Key& key, std::size_t n, const Row& row) override;
  void erase_satellite(EntityId entity, const Key& key, std::size_t n) override;
  void archive(const std::string& no, std::int64_t kind) override;
  void drop_triggers() override;
  void restore_triggers() override;
  void empty_customers() override;
  void empty_journal() override;
  std::size_t journal_rows() override;

 protected:
  // The tables must be there; installs miroir's own and connects.
  void open(const LocalSite::Open& open);
  Session& users() { return *users_; }
  std::string name_of(EntityId entity);
  // " WHERE ..." with the key's parameters added to the statement's.
  void add_key(Statement& statement, EntityId entity, const Key& key);
  void add_satellite_key(Statement& statement, const Satellite& satellite, const Key& key);
  void find_satellite(EntityId entity, const Key& key, std::size_t n, Row& row);
  // Runs it; the number that the row got.
  virtual Value insert_generated(const Statement& insert, const std::string& column) = 0;
  std::string last_invoice();
  virtual void after_insert(EntityId) {}

 private:
  // Statements that create the customers' triggers of ours again, as the catalogue has them; and one
  // that takes one away.
  virtual std::vector<std::string> trigger_texts() = 0;
  virtual std::string drop_text(const std::string& trigger) = 0;

  std::vector<std::string> dropped_;
  std::unique_ptr<Session> users_;
  std::unique_ptr<LocalSite> site_;
};

}  // namespace miroir::test
