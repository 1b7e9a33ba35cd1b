#include "mirror/survey.hpp"

#include <algorithm>

#include "mirror/lensing.hpp"
#include "schema/row_codec.hpp"

namespace miroir {
namespace {

constexpr std::size_t page_rows = 2'000;

const Rule* rule_of(const SiteTable& table) {
  for (const KeyColumn& part : table.key) {
    if (const auto* rule = std::get_if<Rule>(&part.source)) return rule;
  }
  return nullptr;
}

// The fields that are a site's whole key, in order; empty where the key is made otherwise.
std::vector<std::size_t> fields_of_key(const Entity& entity, SiteId site) {
  std::vector<std::size_t> fields;
  for (const KeyColumn& part : entity.table[index(site)].key) {
    if (std::holds_alternative<Constant>(part.source)) continue;
    const auto field =
        std::find_if(entity.fields.begin(), entity.fields.end(),
                     [&](const Field& f) { return f.at[index(site)].holds(part.column); });
    if (!std::holds_alternative<FromField>(part.source) || field == entity.fields.end()) return {};
    fields.push_back(static_cast<std::size_t>(field - entity.fields.begin()));
  }
  std::sort(fields.begin(), fields.end());
  return fields;
}

// The fields that stand in the key beside what a rule makes: of W12's of several customers, only
// those of one customer are the same.
std::vector<std::size_t> fields_beside_rule(const Entity& entity) {
  std::vector<std::size_t> fields;
  for (const SiteTable& table : entity.table) {
    if (rule_of(table) == nullptr) continue;
    for (const KeyColumn& part : table.key) {
      if (!std::holds_alternative<FromField>(part.source)) continue;
      const auto at = static_cast<std::size_t>(&table - entity.table.data());
      for (std::size_t f = 0; f < entity.fields.size(); ++f) {
        if (entity.fields[f].at[at].holds(part.column)) fields.push_back(f);
      }
    }
  }
  return fields;
}

// "W12" at the site whose key a rule makes, and what the rule makes of 12 at the other.
std::optional<std::string> key_by_rule(const Entity& entity, SiteId site, const Key& key) {
  for (const SiteId made_at : both_sites) {
    const SiteTable& table = entity.table[index(made_at)];
    const Rule* rule = rule_of(table);
    if (rule == nullptr) continue;
    if (site != made_at) return made_by_rule(rule->pattern, entity.table[index(site)], key);
    for (std::size_t i = 0; i < table.key.size(); ++i) {
      if (std::holds_alternative<Rule>(table.key[i].source)) return display(key[i]);
    }
  }
  return std::nullopt;
}

Value readable(const Entity& entity, std::size_t f, SiteId site, const Row& raw,
               const Mapping& mapping, const Identity& identity) {
  const Field& field = entity.fields[f];
  const FieldAt& at = field.at[index(site)];
  if (field.refers_to) {
    const Value& held = raw[at.column()];
    if (is_null(held) || (at.lens.blank && held == *at.lens.blank)) return Null{};
    return identity(*field.refers_to, key_of_reference(mapping, *field.refers_to, site, held));
  }
  Lensed value = at.get(raw);
  return std::holds_alternative<Value>(value) ? std::get<Value>(std::move(value)) : Value{Null{}};
}

class Survey {
 public:
  Survey(const Sites& sites, Store& store, const Mapping& mapping, const CycleOptions& options)
      : sites_{sites}, store_{store}, mapping_{mapping}, options_{options} {}

  void run() {
    for (const Entity& entity : mapping_.entities) {
      if (!entity.is_part()) survey(entity);
    }
    store_.set_surveyed();
  }
  void run(const std::set<EntityId>& entities) {
    has_records_ = true;
    for (const Entity& entity : mapping_.entities) {
      if (!entity.is_part() && entities.contains(entity.id)) survey(entity);
    }
  }

 private:
  void survey(const Entity& entity) {
    store_.begin_survey();
    for (const SiteId site : both_sites) read(entity, site);
    store_.pair_survey(entity.id, 1 + entity.match.size());
  }

  // Twins, and the two rows of a record, are known by their key at the first site.
  std::string identity(SiteId site, EntityId target, const Key& key) const {
    if (site == SiteId::first) return "0" + key_text(key);
    if (has_records_) {
      const auto record = store_.find(site, target, key);
      const auto first = record ? store_.keys(*record)[0] : std::nullopt;
      if (first) return "0" + key_text(*first);
    }
    const auto twin = store_.twin(site, target, key);
    return twin ? "0" + key_text(*twin) : "1" + key_text(key);
  }

  bool is_at_both(SiteId site, EntityId entity, const Key& key) const {
    const auto record = store_.find(site, entity, key);
    if (!record) return false;
    const Presence presence = store_.presence(*record);
    return presence.keys[0] && presence.keys[1] && !presence.gone;
  }

  void read(const Entity& entity, SiteId site) {
    const SiteTable& table = entity.table[index(site)];
    const auto known = [&](EntityId target, const Key& key) { return identity(site, target, key); };
    Site& there = *sites_[index(site)];
    const std::size_t total = there.count(entity.id);
    std::size_t done = 0;
    std::optional<Key> after;
    do {
      const std::vector<Row> page = there.read_page(entity.id, after, page_rows);
      after.reset();
      for (const Row& row : page) {
        if (!table.may_come_in(row)) continue;
        const Key key = table.key_of(row);
        if (has_records_ && is_at_both(site, entity.id, key)) continue;
        const auto texts = recognised_by(entity, site, row, mapping_, known);
        for (std::size_t rule = 0; rule < texts.size(); ++rule) {
          if (texts[rule]) store_.survey(site, rule, *texts[rule], key);
        }
        store_.reread(site, entity.id, key);
      }
      done += page.size();
      options_.progress(
          {"comparing " + entity.name + " of " + mapping_.sites[index(site)], done, total});
      if (page.size() == page_rows) after = table.key_of(page.back());
    } while (after);
  }

  const Sites& sites_;
  Store& store_;
  const Mapping& mapping_;
  const CycleOptions& options_;
  bool has_records_ = false;
};

}  // namespace

std::vector<std::optional<std::string>> recognised_by(const Entity& entity, SiteId site,
                                                      const Row& raw, const Mapping& mapping,
                                                      const Identity& identity) {
  Row canonical;
  for (std::size_t f = 0; f < entity.fields.size(); ++f) {
    canonical.push_back(readable(entity, f, site, raw, mapping, identity));
  }
  std::vector<std::optional<std::string>> texts{
      key_by_rule(entity, site, entity.table[index(site)].key_of(raw))};
  const auto beside = fields_beside_rule(entity);
  if (texts.front() && !beside.empty()) {
    const auto rest = match_text(entity, beside, canonical);
    texts.front() = rest ? std::optional{*texts.front() + " " + *rest} : std::nullopt;
  }
  const auto fields = fields_of_key(entity, SiteId::first);
  if (!texts.front() && !fields.empty() && fields == fields_of_key(entity, SiteId::second)) {
    texts.front() = match_text(entity, fields, canonical);
  }
  for (auto& text : match_texts(entity, canonical)) texts.push_back(std::move(text));
  return texts;
}

void survey_unknown(const Sites& sites, Store& store, const Mapping& mapping,
                    const std::set<EntityId>& entities, const CycleOptions& options) {
  Survey{sites, store, mapping, options}.run(entities);
}

void survey_sites(const Sites& sites, Store& store, const Mapping& mapping,
                  const CycleOptions& options) {
  store.begin();
  try {
    Survey{sites, store, mapping, options}.run();
    store.commit();
  } catch (...) {
    store.rollback();
    throw;
  }
}

}  // namespace miroir
