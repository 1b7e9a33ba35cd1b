// The first meeting of two full databases: which rows are one record.
#include "mirror/state/store_impl.hpp"

namespace miroir {

bool Store::surveyed() const { return impl_->meta("surveyed").has_value(); }
void Store::set_surveyed() { impl_->set_meta("surveyed", "1"); }

void Store::begin_survey() {
  impl_->db->exec(
      "CREATE TEMP TABLE IF NOT EXISTS survey (site INTEGER NOT NULL, rule INTEGER NOT NULL, value "
      "TEXT NOT NULL, "
      "key TEXT NOT NULL); CREATE INDEX IF NOT EXISTS temp.survey_value ON survey (rule, value); "
      "CREATE INDEX IF NOT EXISTS temp.survey_key ON survey (site, key); DELETE FROM survey");
}

void Store::survey(SiteId site, std::size_t rule, const std::string& value, const Key& key) {
  auto& statement =
      impl_->prepare("INSERT INTO survey (site, rule, value, key) VALUES (?, ?, ?, ?)");
  statement.bind(1, number(site));
  statement.bind(2, static_cast<std::int64_t>(rule));
  statement.bind(3, value);
  statement.bind(4, key_text(key));
  finish(statement);
}

// Who was paired before stays so, and whoever was in question is asked about anew. What a rule has
// paired, or made a question of, is no candidate for the rules after it.
void Store::pair_survey(EntityId entity, std::size_t rules) {
  impl_->absent.twins = false;
  for (const char* sql :
       {"DELETE FROM question WHERE entity = ?1",
        "DELETE FROM survey WHERE site = 0 AND key IN (SELECT key_0 FROM twin WHERE entity = ?1)",
        "DELETE FROM survey WHERE site = 1 AND key IN (SELECT key_1 FROM twin WHERE entity = ?1)"}) {
    auto& statement = impl_->prepare(sql);
    statement.bind(1, number(entity));
    finish(statement);
  }
  for (std::size_t rule = 0; rule < rules; ++rule) {
    // Counted, not joined: many rows may say the same, at both sites.
    for (const char* sql : {"INSERT INTO twin (entity, key_0, key_1) SELECT ?1, "
                            "max(iif(site = 0, key, NULL)), max(iif(site = 1, key, NULL)) "
                            "FROM survey WHERE rule = ?2 GROUP BY value "
                            "HAVING sum(site = 0) = 1 AND sum(site = 1) = 1",
                            "INSERT INTO question (entity, site, key, rule, value) SELECT ?1, "
                            "site, key, rule, value FROM survey WHERE rule = ?2 AND value IN "
                            "(SELECT value FROM survey WHERE rule = ?2 GROUP BY value "
                            "HAVING min(site) = 0 AND max(site) = 1 AND count(*) > 2)",
                            "DELETE FROM survey WHERE rule > ?2 AND site = 0 AND key IN (SELECT "
                            "key_0 FROM twin WHERE entity = ?1 "
                            "UNION ALL SELECT key FROM question WHERE entity = ?1 AND site = 0)",
                            "DELETE FROM survey WHERE rule > ?2 AND site = 1 AND key IN (SELECT "
                            "key_1 FROM twin WHERE entity = ?1 "
                            "UNION ALL SELECT key FROM question WHERE entity = ?1 AND site = 1)"}) {
      auto& statement = impl_->prepare(sql);
      statement.bind(1, number(entity));
      statement.bind(2, static_cast<std::int64_t>(rule));
      finish(statement);
    }
  }
}

bool Store::any_twins() const {
  return impl_->any(impl_->absent.twins,
                    "SELECT EXISTS (SELECT 1 FROM twin) OR EXISTS (SELECT 1 FROM question)");
}

std::optional<Key> Store::twin(SiteId site, EntityId entity, const Key& key) const {
  auto& statement = impl_->prepare(site == SiteId::first
                                       ? "SELECT key_1 FROM twin WHERE entity = ? AND key_0 = ?"
                                       : "SELECT key_0 FROM twin WHERE entity = ? AND key_1 = ?");
  statement.bind(1, number(entity));
  statement.bind(2, key_text(key));
  if (!statement.executeStep()) return std::nullopt;
  Key there = parse_key_text(statement.getColumn(0).getString(),
                             impl_->mapping->table(entity, other(site)).key_kinds());
  statement.reset();
  return there;
}

void Store::forget_twin(EntityId entity, SiteId site, const Key& key) {
  auto& statement =
      impl_->prepare(site == SiteId::first ? "DELETE FROM twin WHERE entity = ? AND key_0 = ?"
                                           : "DELETE FROM twin WHERE entity = ? AND key_1 = ?");
  statement.bind(1, number(entity));
  statement.bind(2, key_text(key));
  finish(statement);
}

std::optional<SeedQuestion> Store::question(SiteId site, EntityId entity, const Key& key) const {
  auto& statement =
      impl_->prepare("SELECT rule, value FROM question WHERE entity = ? AND site = ? AND key = ?");
  statement.bind(1, number(entity));
  statement.bind(2, number(site));
  statement.bind(3, key_text(key));
  if (!statement.executeStep()) return std::nullopt;
  SeedQuestion question{static_cast<std::size_t>(statement.getColumn(0).getInt64()),
                        statement.getColumn(1).getString()};
  statement.reset();
  return question;
}

std::vector<std::pair<SiteId, Key>> Store::question_group(EntityId entity,
                                                          const SeedQuestion& question) const {
  auto& statement = impl_->prepare(
      "SELECT site, key FROM question WHERE entity = ? AND rule = ? AND value = ? ORDER BY site, "
      "key");
  statement.bind(1, number(entity));
  statement.bind(2, static_cast<std::int64_t>(question.rule));
  statement.bind(3, question.value);
  std::vector<std::pair<SiteId, Key>> group;
  while (statement.executeStep()) {
    const auto site = static_cast<SiteId>(statement.getColumn(0).getInt());
    group.emplace_back(site, parse_key_text(statement.getColumn(1).getString(),
                                            impl_->mapping->table(entity, site).key_kinds()));
  }
  statement.reset();
  return group;
}

void Store::forget_question(SiteId site, EntityId entity, const Key& key) {
  auto& statement =
      impl_->prepare("DELETE FROM question WHERE entity = ? AND site = ? AND key = ?");
  statement.bind(1, number(entity));
  statement.bind(2, number(site));
  statement.bind(3, key_text(key));
  finish(statement);
}

void Store::add_question(SiteId site, EntityId entity, const Key& key,
                         const SeedQuestion& question) {
  impl_->absent.twins = false;
  auto& statement = impl_->prepare(
      "INSERT OR IGNORE INTO question (entity, site, key, rule, value) VALUES (?, ?, ?, ?, ?)");
  statement.bind(1, number(entity));
  statement.bind(2, number(site));
  statement.bind(3, key_text(key));
  statement.bind(4, static_cast<std::int64_t>(question.rule));
  statement.bind(5, question.value);
  finish(statement);
}

void Store::rename_waiting(SiteId site, EntityId entity, const Key& before, const Key& after) {
  rename_key(
      *impl_,
      {site == SiteId::first
           ? "UPDATE OR REPLACE twin SET key_0 = ?1 WHERE entity = ?2 AND key_0 = ?3 AND ?4 >= 0"
           : "UPDATE OR REPLACE twin SET key_1 = ?1 WHERE entity = ?2 AND key_1 = ?3 AND ?4 >= 0",
       "UPDATE OR REPLACE question SET key = ?1 WHERE entity = ?2 AND key = ?3 AND site = ?4"},
      site, entity, before, after);
}

void Store::make_twins(EntityId entity, const PerSite<Key>& keys) {
  impl_->absent.twins = false;
  for (const SiteId site : both_sites) {
    forget_twin(entity, site, keys[index(site)]);
    forget_question(site, entity, keys[index(site)]);
  }
  auto& statement = impl_->prepare("INSERT INTO twin (entity, key_0, key_1) VALUES (?, ?, ?)");
  statement.bind(1, number(entity));
  statement.bind(2, key_text(keys[0]));
  statement.bind(3, key_text(keys[1]));
  finish(statement);
}

Tally Store::tally(EntityId entity) const {
  auto& statement = impl_->prepare(
      "SELECT ifnull(sum(shadow_0 IS NOT NULL AND shadow_1 IS NOT NULL), 0), ifnull(sum(shadow_1 "
      "IS NULL), 0), ifnull(sum(shadow_0 IS NULL), 0), (SELECT count(DISTINCT r.root) FROM (SELECT "
      "record FROM conflict UNION SELECT record FROM held WHERE closed IS NULL) d JOIN record r ON "
      "r.id = d.record WHERE r.root_entity = ?1), (SELECT count(*) FROM set_aside_read WHERE "
      "entity "
      "= ?1) FROM record WHERE entity = ?1 AND gone = 0");
  statement.bind(1, number(entity));
  statement.executeStep();
  const auto count = [&](int column) {
    return static_cast<std::size_t>(statement.getColumn(column).getInt64());
  };
  Tally tally{count(0), {count(1), count(2)}, count(3), count(4)};
  statement.reset();
  return tally;
}

std::vector<Key> Store::only_at(SiteId site, EntityId entity, std::size_t limit) const {
  auto& statement =
      impl_->prepare(site == SiteId::first ? "SELECT key_0 FROM record WHERE entity = ? AND gone = "
                                             "0 AND shadow_1 IS NULL ORDER BY id LIMIT ?"
                                           : "SELECT key_1 FROM record WHERE entity = ? AND gone = "
                                             "0 AND shadow_0 IS NULL ORDER BY id LIMIT ?");
  statement.bind(1, number(entity));
  statement.bind(2, static_cast<std::int64_t>(limit));
  const auto kinds = impl_->mapping->table(entity, site).key_kinds();
  std::vector<Key> keys;
  while (statement.executeStep()) {
    keys.push_back(parse_key_text(statement.getColumn(0).getString(), kinds));
  }
  statement.reset();
  return keys;
}

}  // namespace miroir
