#include "mirror/plan.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "mirror/lensing.hpp"
#include "mirror/planted.hpp"

namespace miroir {
namespace {

// Why an aggregate cannot be written now; ends its plan.
struct Stop {
  Planned why;
};

class Planner {
 public:
  Planner(const std::vector<RecordState>& states, RecordId root, SiteId site, const Links& links,
          const Mapping& mapping, OwnLinks own_links)
      : site_{site}, links_{links}, mapping_{mapping}, own_links_{own_links} {
    for (const RecordState& state : states) {
      if (state.id == root)
        root_ = &state;
      else
        parts_.push_back(&state);
    }
    std::sort(parts_.begin(), parts_.end(),
              [](const auto* a, const auto* b) { return a->id < b->id; });
    write_.root = root;
    if (root_->key[index(site)]) write_.root_key = *root_->key[index(site)];
  }

  Planned plan() {
    try {
      plan_record(*root_);
      const bool alone = planted(Bug::half_aggregate) && !root_->shadow[index(site_)];
      for (const RecordState* part : parts_) {
        if (!alone) plan_record(*part);
      }
    } catch (Stop& stop) {
      return std::move(stop.why);
    }
    if (write_.rows.empty()) return InSync{};
    return std::move(write_);
  }

 private:
  const SiteTable& table(const RecordState& state) const {
    return mapping_.table(state.entity, site_);
  }

  void plan_record(const RecordState& state) {
    const auto& shadow = state.shadow[index(site_)];
    if (state.gone && shadow && !plan_emptying(state, *shadow)) plan_removal(state, *shadow);
    if (!state.gone && shadow) plan_update(state, *shadow);
    if (!state.gone && !shadow) plan_insert(state);
  }

  bool is_own_link(const Entity& entity, std::size_t field) const {
    return own_links_ == OwnLinks::empty && entity.fields[field].refers_to == root_->entity;
  }

  // Whether the record's links must be emptied before it can be removed.
  bool plan_emptying(const RecordState& state, const Row& shadow) {
    const Entity& entity = mapping_.entity(state.entity);
    RowChange change = change_of(state, WriteOp::update);
    change.key = state.key[index(site_)].value();
    change.expected.assign(shadow.size(), Null{});
    change.given.assign(shadow.size(), Null{});
    for (std::size_t f = 0; f < entity.fields.size(); ++f) {
      if (!is_own_link(entity, f)) continue;
      const std::size_t column = entity.fields[f].at[index(site_)].column();
      const auto nothing = put_field(entity, f, site_, Null{}, shadow, links_);
      const auto* cells = std::get_if<Cells>(&nothing);
      if (cells == nullptr || cells->front() == shadow[column]) continue;
      change.columns.push_back(column);
      change.expected[column] = shadow[column];
      change.given[column] = cells->front();
    }
    if (change.columns.empty()) return false;
    guard_written(state, shadow, change);
    guard_satellites(state, shadow, change);
    write_.rows.push_back(std::move(change));
    return true;
  }

  void plan_removal(const RecordState& state, const Row& shadow) {
    RowChange change = change_of(state, WriteOp::remove);
    change.key = state.key[index(site_)].value();
    change.expected = shadow;
    write_.rows.push_back(std::move(change));
  }

  RowChange change_of(const RecordState& state, WriteOp op) const {
    RowChange change;
    change.record = state.id;
    change.entity = state.entity;
    change.op = op;
    return change;
  }

  void plan_update(const RecordState& state, const Row& shadow) {
    const Entity& entity = mapping_.entity(state.entity);
    RowChange change = change_of(state, WriteOp::update);
    change.key = state.key[index(site_)].value();
    change.expected.assign(shadow.size(), Null{});
    change.given.assign(shadow.size(), Null{});
    for (std::size_t f = 0; f < entity.fields.size(); ++f) {
      if (is_held(state, f) || entity.fields[f].at_creation()) continue;
      if (has_seen(entity, f, site_, state.head, shadow, links_)) continue;
      const FieldAt& at = entity.fields[f].at[index(site_)];
      Put put = put_field(entity, f, site_, state.head[f], shadow, links_);
      at.set_cells(change.given, checked(std::move(put), entity, f));
      for (const std::size_t column : at.columns) {
        refuse_key_change(state, f, shadow[column], change.given[column], column);
        change.columns.push_back(column);
        change.expected[column] = shadow[column];
        if (table(state).columns[column].counter)
          change.given[column] = increment(entity, f, state, shadow);
      }
    }
    if (change.columns.empty()) return;
    make_satellites(state, shadow, change);
    guard_written(state, shadow, change);
    guard_groups(state, shadow, change);
    guard_scope(state, shadow, change);
    guard_satellites(state, shadow, change);
    write_.rows.push_back(std::move(change));
  }

  // The first of its values that is written takes all others of the satellite along.
  void make_satellites(const RecordState& state, const Row& shadow, RowChange& change) const {
    const SiteTable& t = table(state);
    for (const Satellite& satellite : t.satellites) {
      const std::size_t number = t.columns[satellite.rows].satellite;
      const auto is_here = [&](std::size_t column) {
        return t.columns[column].satellite == number;
      };
      const bool touched = std::any_of(change.columns.begin(), change.columns.end(), is_here);
      if (!touched || shadow[satellite.rows] != Value{std::int64_t{0}}) continue;
      const Entity& entity = mapping_.entity(state.entity);
      for (std::size_t f = 0; f < entity.fields.size(); ++f) {
        const FieldAt& at = entity.fields[f].at[index(site_)];
        if (!is_here(at.column()) || writes(change, at.column())) continue;
        const bool own = is_held(state, f) || entity.fields[f].at_creation();
        at.set_cells(
            change.given,
            checked(put_new_field(entity, f, site_, own ? Value{Null{}} : state.head[f], links_),
                    entity, f));
        change.columns.insert(change.columns.end(), at.columns.begin(), at.columns.end());
      }
      change.columns.push_back(satellite.rows);
      change.expected[satellite.rows] = shadow[satellite.rows];
      change.given[satellite.rows] = std::int64_t{1};
    }
  }

  // What of a satellite is written or compared is so only while it is there, or is not.
  void guard_satellites(const RecordState& state, const Row& shadow, RowChange& change) const {
    const SiteTable& t = table(state);
    for (const Satellite& satellite : t.satellites) {
      const auto is_here = [&](std::size_t column) {
        return t.columns[column].satellite == t.columns[satellite.rows].satellite;
      };
      if (std::any_of(change.columns.begin(), change.columns.end(), is_here) ||
          std::any_of(change.compared.begin(), change.compared.end(), is_here))
        compare(state, shadow, satellite.rows, change);
    }
  }

  static bool writes(const RowChange& change, std::size_t column) {
    return std::find(change.columns.begin(), change.columns.end(), column) != change.columns.end();
  }

  void compare(const RecordState& state, const Row& shadow, std::size_t column,
               RowChange& change) const {
    auto& compared = change.compared;
    const bool known = std::find(compared.begin(), compared.end(), column) != compared.end();
    const bool counted = writes(change, column) && table(state).columns[column].counter;
    if (known || counted || is_key_column(state, column)) return;
    compared.push_back(column);
    change.expected[column] = shadow[column];
  }

  // What somebody has just changed is not overwritten.
  void guard_written(const RecordState& state, const Row& shadow, RowChange& change) const {
    if (planted(Bug::loose_guard)) return;
    for (const std::size_t column : change.columns) compare(state, shadow, column, change);
  }

  // What somebody has just changed of a group must not be mixed with the rest that is written.
  void guard_groups(const RecordState& state, const Row& shadow, RowChange& change) const {
    const Entity& entity = mapping_.entity(state.entity);
    for (const FieldGroup& group : entity.groups) {
      std::vector<std::size_t> columns;
      for (const std::size_t f : group.fields) {
        const auto& own = entity.fields[f].at[index(site_)].columns;
        columns.insert(columns.end(), own.begin(), own.end());
      }
      const auto written = [&](std::size_t column) { return writes(change, column); };
      if (std::none_of(columns.begin(), columns.end(), written)) continue;
      for (const std::size_t column : columns) compare(state, shadow, column, change);
    }
  }

  // A row that has left what is mirrored meanwhile is not written.
  void guard_scope(const RecordState& state, const Row& shadow, RowChange& change) const {
    for (const Condition& condition : table(state).where)
      compare(state, shadow, condition.column, change);
  }

  bool is_key_column(const RecordState& state, std::size_t column) const {
    const auto& key = table(state).key;
    return std::any_of(key.begin(), key.end(),
                       [&](const KeyColumn& k) { return k.column == column; });
  }

  void refuse_key_change(const RecordState& state, std::size_t field, const Value& is,
                         const Value& wanted, std::size_t column) const {
    if (!is_key_column(state, column)) return;
    const Entity& entity = mapping_.entity(state.entity);
    throw Stop{Refused{fmt::format(
        "{}.{} is part of the key at {}: change it there by hand, from {} to {}", entity.name,
        entity.fields[field].name, mapping_.sites[index(site_)], display(is), display(wanted))}};
  }

  Value increment(const Entity& entity, std::size_t field, const RecordState& state,
                  const Row& shadow) const {
    const Lensed was = get_field(entity, field, site_, shadow, links_);
    const auto* before = std::get_if<Value>(&was);
    const auto* had = before == nullptr ? nullptr : std::get_if<Decimal>(before);
    const auto* wants = std::get_if<Decimal>(&state.head[field]);
    const auto delta =
        subtract(wants == nullptr ? Decimal{} : *wants, had == nullptr ? Decimal{} : *had);
    // Both are whole units of the column's, or they would not have been read and put.
    const auto units =
        delta ? divide(*delta, entity.fields[field].at[index(site_)].lens.times) : std::nullopt;
    if (!units)
      throw Stop{Refused{
          fmt::format("{}.{} has too many digits", entity.name, entity.fields[field].name)}};
    return *units;
  }

  Cells checked(Put put, const Entity& entity, std::size_t field) const {
    if (auto* cells = std::get_if<Cells>(&put)) return std::move(*cells);
    const std::string name = entity.name + "." + entity.fields[field].name;
    if (auto* refusal = std::get_if<Refusal>(&put))
      throw Stop{Refused{name + ": " + refusal->reason}};
    throw Stop{Waits{fmt::format("{} refers to a record that is not at {} yet", name,
                                 mapping_.sites[index(site_)])}};
  }

  void plan_insert(const RecordState& state) {
    const Entity& entity = mapping_.entity(state.entity);
    const SiteTable& t = table(state);
    RowChange change = change_of(state, WriteOp::insert);
    change.given.assign(t.columns.size(), Null{});
    for (std::size_t f = 0; f < entity.fields.size(); ++f) {
      Put put = put_new_field(entity, f, site_, state.head[f], links_);
      if (std::holds_alternative<ParentMissing>(put) && is_own_link(entity, f))
        put = put_nothing(entity, f);
      entity.fields[f].at[index(site_)].set_cells(change.given, checked(std::move(put), entity, f));
    }
    for (const auto& [column, value] : t.constants) change.given[column] = value;
    for (const Satellite& satellite : t.satellites) give_satellite(state, satellite, change.given);
    fill_key(state, t, change.given);
    change.key = t.key_of(change.given);
    if (state.id == root_->id) root_key_ = change.key;
    write_.rows.push_back(std::move(change));
  }

  // It is made if it must be there, or has something to hold.
  void give_satellite(const RecordState& state, const Satellite& satellite, Row& given) const {
    const Entity& entity = mapping_.entity(state.entity);
    const SiteTable& t = table(state);
    const std::size_t number = t.columns[satellite.rows].satellite;
    bool made = satellite.required;
    for (std::size_t f = 0; f < entity.fields.size(); ++f) {
      const std::size_t column = entity.fields[f].at[index(site_)].column();
      made |= t.columns[column].satellite == number && !is_null(state.head[f]);
    }
    for (std::size_t i = 0; i < t.columns.size(); ++i) {
      if (t.columns[i].satellite == number && !made) given[i] = Null{};
    }
    given[satellite.rows] = std::int64_t{made ? 1 : 0};
  }

  Put put_nothing(const Entity& entity, std::size_t field) const {
    if (entity.fields[field].at[index(site_)].lens.nullable ||
        entity.fields[field].at[index(site_)].lens.blank)
      return put_new_field(entity, field, site_, Null{}, links_);
    return Refusal{
        fmt::format("it refers to a record that refers to this one, and at {} neither "
                    "can be written first, since the column must not be empty",
                    mapping_.sites[index(site_)])};
  }

  void fill_key(const RecordState& state, const SiteTable& t, Row& row) {
    const auto& known =
        state.key[index(site_)];  // A record that comes back keeps the key that people know.
    for (std::size_t k = 0; k < t.key.size(); ++k) {
      if (std::holds_alternative<FromField>(t.key[k].source)) continue;
      // A part goes where its root is by now.
      const bool keeps = known && !std::holds_alternative<FromParent>(t.key[k].source);
      row[t.key[k].column] = keeps ? (*known)[k] : key_part(state, t.key[k].source);
    }
    for (const FilledColumn& filled : t.filled) {
      row[filled.column] = std::visit(
          [&](const auto& source) { return key_part(state, KeySource{source}); }, filled.source);
    }
  }

  Value key_part(const RecordState& state, const KeySource& source) {
    if (const auto* constant = std::get_if<Constant>(&source)) return constant->value;
    if (const auto* rule = std::get_if<Rule>(&source)) return by_rule(state, rule->pattern);
    if (const auto* parent = std::get_if<FromParent>(&source))
      return root_key().at(parent->parent_key);
    if (const auto* numbered = std::get_if<Numbered>(&source))
      return next_number(state.entity, numbered->step);
    return Null{};  // Generated: the database hands it out.
  }

  const Key& root_key() const { return root_key_.empty() ? write_.root_key : root_key_; }

  // "W{id}": the columns of the other site's key.
  Value by_rule(const RecordState& state, const std::string& pattern) const {
    const SiteId there = other(site_);
    const auto& key = state.key[index(there)];
    if (!key)
      throw Stop{Waits{"its key is made from the one at " + mapping_.sites[index(there)] +
                       ", which is not known"}};
    return made_by_rule(pattern, mapping_.table(state.entity, there), *key);
  }

  // Lines are numbered at each site on its own, after the last that is known there.
  Value next_number(EntityId entity, std::int64_t step) {
    auto [found, fresh] = last_number_.try_emplace(entity.raw(), 0);
    if (fresh) {
      const std::size_t column = mapping_.table(entity, site_).numbered_column().value();
      for (const RecordState* part : parts_) {
        if (part->entity != entity) continue;
        if (const auto n = number_of(*part, column)) found->second = std::max(found->second, *n);
      }
    }
    found->second += step;
    return found->second;
  }

  // The number that a part has at the site, or keeps when this write brings it back: a line that is
  // new must not be given the number of one that returns.
  std::optional<std::int64_t> number_of(const RecordState& part, std::size_t column) const {
    if (const auto& shadow = part.shadow[index(site_)]) {
      const auto* n = std::get_if<std::int64_t>(&(*shadow)[column]);
      return n == nullptr ? std::nullopt : std::optional{*n};
    }
    const auto& key = part.key[index(site_)];
    const SiteTable& t = table(part);
    for (std::size_t k = 0; key && k < t.key.size(); ++k) {
      if (t.key[k].column != column) continue;
      if (const auto* n = std::get_if<std::int64_t>(&(*key)[k])) return *n;
    }
    return std::nullopt;
  }

  SiteId site_;
  const Links& links_;
  const Mapping& mapping_;
  OwnLinks own_links_;
  const RecordState* root_ = nullptr;
  std::vector<const RecordState*> parts_;
  AggregateWrite write_;
  Key root_key_;  // Of a root that this write inserts; NULL where the database generates it.
  std::map<std::size_t, std::int64_t> last_number_;
};

}  // namespace

Planned plan_aggregate(const std::vector<RecordState>& states, RecordId root, SiteId site,
                       const Links& links, const Mapping& mapping, OwnLinks own_links) {
  return Planner{states, root, site, links, mapping, own_links}.plan();
}

}  // namespace miroir
