#include "mirror/rebase.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <set>

#include "mirror/incorporate.hpp"
#include "mirror/lensing.hpp"
#include "mirror/marks.hpp"

namespace miroir {
namespace {

constexpr std::size_t page_records = 500;
constexpr std::size_t page_rows = 2'000;

// Two values of a column's kind, so that one of them is always another one than what it is not.
std::pair<Value, Value> odd_values(ValueKind kind) {
  switch (kind) {
    case ValueKind::boolean:
      return {true, false};
    case ValueKind::integer:
      return {std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max()};
    default:
      return {Value{Null{}}, std::string{"\x01"}};
  }
}

// A value that is neither.
Value neither(const Value& row, const Value& head, ValueKind kind) {
  const auto [one, two] = odd_values(kind);
  for (const Value& candidate : {Value{Null{}}, one, two}) {
    if (candidate != row && candidate != head) return candidate;
  }
  return Null{};
}

class Rebase {
 public:
  Rebase(SiteId id, Site& site, Store& store, const Mapping& mapping, CycleNumber cycle)
      : id_{id}, site_{site}, store_{store}, mapping_{mapping}, cycle_{cycle} {}

  void run() {
    forget_what_was_read();
    for (const Entity& entity : mapping_.entities) {
      if (entity.is_part()) continue;
      go_through_records(entity);
      go_through_rows(entity);
    }
  }

 private:
  using RowAt = std::pair<EntityId, Key>;
  struct Named {
    bool any = false, inserted = false, removed = false;  // The last two: of the root's own row.
    // Columns that updates changed; nullopt: nobody knows which.
    std::map<RowAt, std::optional<std::set<std::size_t>>> rows;
  };
  struct Seen {
    std::map<RowAt, Row> rows;
    Named named;
  };

  void forget_what_was_read() {
    const auto until = read_all_until(store_, id_);
    if (!until) return;
    const auto ids = site_.noted_until(*until);
    if (!ids.empty()) site_.acknowledge(ids, {store_.id(), CycleNumber{0}});
  }

  void go_through_records(const Entity& root) {
    RecordId after{};
    for (bool more = true; more;) {
      const auto page = store_.records(root.id, after, page_records);
      more = page.size() == page_records;
      if (page.empty()) return;
      after = page.back().id;
      std::vector<Key> keys;
      for (const RecordState& state : page) {
        if (state.key[index(id_)]) keys.push_back(*state.key[index(id_)]);
      }
      if (keys.empty()) continue;
      const std::map<Key, Seen> seen = look(root, keys);
      store_.begin();
      try {
        for (const RecordState& state : page) {
          const auto& key = state.key[index(id_)];
          if (key) see(root, state, seen.at(*key));
        }
        store_.commit();
      } catch (...) {
        store_.rollback();
        throw;
      }
    }
  }

  std::map<Key, Seen> look(const Entity& root, const std::vector<Key>& keys) {
    std::map<Key, Seen> seen;
    for (const Key& key : keys) seen[key];
    const Extract extract = site_.extract({root.id, keys, keys});
    for (const ReadRow& read : extract.rows) {
      if (!read.row) continue;
      const Key of = read.entity == root.id
                         ? read.key
                         : root_key(root, mapping_.entity(read.entity), id_, *read.row);
      const auto found = seen.find(of);
      if (found != seen.end()) found->second.rows.emplace(RowAt{read.entity, read.key}, *read.row);
    }
    for (const JournalRow& row : extract.journal) {
      for (const auto& of : {row.old_root, row.new_root}) {
        const auto found = of ? seen.find(*of) : seen.end();
        if (found != seen.end()) note(root, row, found->second.named);
      }
    }
    return seen;
  }

  static void note(const Entity& root, const JournalRow& row, Named& named) {
    named.any = true;
    if (row.entity == root.id && row.op == JournalOp::insert) named.inserted = true;
    if (row.entity == root.id && row.op == JournalOp::remove) named.removed = true;
    const auto& key = row.new_key ? row.new_key : row.old_key;
    if (!key) return;
    const auto at = named.rows.try_emplace({row.entity, *key}, std::in_place).first;
    if (!row.changed)
      at->second.reset();
    else if (at->second)
      at->second->insert(row.changed->begin(), row.changed->end());
  }

  void see(const Entity& root, const RecordState& state, const Seen& seen) {
    const Key& key = *state.key[index(id_)];
    const auto row = seen.rows.find({root.id, key});
    const SiteTable& table = root.table[index(id_)];
    // Who is mirrored, and who is not, is found out as always.
    if (state.outside[index(id_)] ||
        (row != seen.rows.end() && !table.is_mirrored(row->second)))
      return store_.reread(id_, root.id, key);
    const bool somebody_else = seen.named.inserted && table.generated_column().has_value();
    const bool is_there = row != seen.rows.end() && !somebody_else;
    std::set<RowAt> known;
    for (RecordState member : store_.aggregate(state.root)) {
      const auto& its_key = member.key[index(id_)];
      const RowAt at{member.entity, its_key.value_or(Key{})};
      const auto its_row = seen.rows.find(at);
      const bool stays = is_there && its_key && its_row != seen.rows.end();
      if (stays) {
        known.insert(at);
        take(member, its_row->second, seen.named);
      } else {
        lose(member);
      }
      Links links;
      load_row_links(links, member, store_, mapping_);
      store_.forget_row_references(id_, member.id);
      keep_state(member, !stays, links, store_, mapping_, cycle_);
    }
    if (!is_there && seen.named.removed && !state.gone)
      store_.ask_deletion(state.id, "it was deleted after its site had been put back", cycle_);
    if (seen.named.any || known.size() < seen.rows.size()) store_.reread(id_, root.id, key);
  }

  void lose(RecordState& state) {
    state.shadow[index(id_)].reset();
    follow_other(state);
    if (mapping_.table(state.entity, id_).generated_column()) {
      store_.free_key(id_, state.id);
      state.key[index(id_)].reset();
    }
  }

  // What is given when its row is made anew is what the other site's holds by now.
  void follow_other(RecordState& state) {
    const Entity& entity = mapping_.entity(state.entity);
    const auto& row = state.shadow[index(other(id_))];
    if (!row) return;
    Links links;
    load_row_links(links, state, store_, mapping_);
    for (std::size_t f = 0; f < entity.fields.size(); ++f) {
      if (!entity.fields[f].at_creation()) continue;
      Lensed value = get_field(entity, f, other(id_), *row, links);
      if (auto* known = std::get_if<Value>(&value)) state.head[f] = std::move(*known);
    }
  }

  void take(RecordState& state, const Row& row, const Named& named) {
    state.shadow[index(id_)] = row;
    const auto changed = named.rows.find({state.entity, *state.key[index(id_)]});
    if (changed == named.rows.end()) return;
    const Entity& entity = mapping_.entity(state.entity);
    Links links;
    load_links(links, state, store_, mapping_);
    load_row_links(links, state, store_, mapping_);
    for (std::size_t f = 0; f < entity.fields.size(); ++f) {
      const Field& field = entity.fields[f];
      const FieldAt& at = field.at[index(id_)];
      if (field.at_creation() || field.is_derived()) continue;
      const Put put = put_field(entity, f, id_, state.head[f], row, links);
      // Whoever changes what was deleted elsewhere brings it back.
      const bool is_news = state.gone || !keeps(put, at, row);
      if (!is_news || !is_changed(changed->second, at)) continue;
      if (!std::holds_alternative<Counter>(field.policy))
        hide(*state.shadow[index(id_)], at, put, entity.table[index(id_)]);
      else if (!state.gone)
        hold(state, entity, f, row, links);
    }
  }

  static bool is_changed(const std::optional<std::set<std::size_t>>& columns, const FieldAt& at) {
    return !columns || std::any_of(columns->begin(), columns->end(),
                                   [&](std::size_t column) { return at.holds(column); });
  }

  // As if the site had never held what it holds, nor what the head is.
  static void hide(Row& shadow, const FieldAt& at, const Put& put, const SiteTable& table) {
    const auto* cells = std::get_if<Cells>(&put);
    std::size_t cell = 0;
    for (const std::size_t column : at.columns) {
      const Value head = cells != nullptr && cell < cells->size() ? (*cells)[cell] : Value{Null{}};
      shadow[column] = neither(shadow[column], head, table.columns[column].kind);
      ++cell;
    }
  }

  void hold(RecordState& state, const Entity& entity, std::size_t f, const Row& row,
            const Links& links) const {
    if (is_held(state, f)) return;
    HeldField held{f, HoldReason::policy, {state.head[f], state.head[f]}};
    Lensed here = get_field(entity, f, id_, row, links);
    if (auto* value = std::get_if<Value>(&here)) held.candidates[index(id_)] = std::move(*value);
    state.held.push_back(std::move(held));
  }

  // Rows that no record knows: of users since, or of those that were deleted elsewhere and forgotten.
  void go_through_rows(const Entity& root) {
    const SiteTable& table = root.table[index(id_)];
    std::optional<Key> after;
    for (bool more = true; more;) {
      const auto page = site_.read_page(root.id, after, page_rows);
      more = page.size() == page_rows;
      if (more) after = table.key_of(page.back());
      store_.begin();
      try {
        for (const Row& row : page) {
          const Key key = table.key_of(row);
          if (table.in_scope(key) && !store_.find(id_, root.id, key))
            store_.reread(id_, root.id, key);
        }
        store_.commit();
      } catch (...) {
        store_.rollback();
        throw;
      }
    }
  }

  SiteId id_;
  Site& site_;
  Store& store_;
  const Mapping& mapping_;
  CycleNumber cycle_;
};

}  // namespace

void rebase(SiteId id, Site& site, Store& store, const Mapping& mapping, CycleNumber cycle) {
  Rebase{id, site, store, mapping, cycle}.run();
}

}  // namespace miroir
