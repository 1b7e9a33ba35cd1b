#include "mirror/record.hpp"

#include <algorithm>
#include <cstdlib>

#include "mirror/incorporate.hpp"
#include "mirror/lensing.hpp"
#include "mirror/marks.hpp"
#include "mirror/planted.hpp"

namespace miroir {
namespace {

std::string without_trailing_blanks(const std::string& text) {
  const auto end = text.find_last_not_of(' ');
  return end == std::string::npos ? std::string{} : text.substr(0, end + 1);
}

// One character for each code point, enough to see where one was replaced.
std::vector<std::string> characters(const std::string& text) {
  std::vector<std::string> all;
  for (const char byte : text) {
    const bool continues = (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U;
    if (continues && !all.empty())
      all.back() += byte;
    else
      all.emplace_back(1, byte);
  }
  return all;
}

bool is_replacement(const std::string& character) {
  return character == "?" || character == "\xEF\xBF\xBD";
}

bool any_mutilated(const Cells& given, const Cells& stored) {
  return !std::equal(given.begin(), given.end(), stored.begin(),
                     [](const Value& g, const Value& s) { return !is_mutilated(g, s); });
}

class Recorder {
 public:
  Recorder(SiteId site, const Batch& batch, const Delivered& delivered, Store& store,
           const Mapping& mapping, CycleNumber cycle)
      : site_{site},
        batch_{batch},
        delivered_{delivered},
        store_{store},
        mapping_{mapping},
        cycle_{cycle},
        some_turned_{store.has_turns()},
        some_refer_{store.any_row_references(site)},
        some_set_aside_{store.has_set_aside_writes()} {
    for (const LearntKey& learnt : delivered.keys)
      learnt_[{learnt.write, learnt.row}] = &learnt.key;
    for (const StoredOtherwise& stored : delivered.otherwise)
      otherwise_[{stored.write, stored.row}] = &stored.stored;
  }

  std::size_t record() {
    std::size_t written = 0;
    for (std::size_t w = 0; w < batch_.writes.size(); ++w) {
      if (delivered_.voided || delivered_.results.at(w) != WriteResult::written) {
        look_again(batch_.writes[w]);
      } else {
        record_write(w);
        ++written;
      }
    }
    store_.drop_batch(batch_.id);
    return written;
  }

 private:
  EntityId root_entity() const { return batch_.entity; }

  void look_again(const AggregateWrite& write) {
    if (planted(Bug::lost_write_forgotten)) return;
    if (!write.root_key.empty()) return store_.reread(site_, root_entity(), write.root_key);
    const RowChange& root = write.rows.front();  // An insert: somebody else may have taken its key.
    const bool known =
        std::none_of(root.key.begin(), root.key.end(), [](const Value& v) { return is_null(v); });
    if (known) store_.reread(site_, root_entity(), root.key);
  }

  void record_write(std::size_t w) {
    const AggregateWrite& write = batch_.writes[w];
    std::map<RecordId, RecordState> states;
    for (RecordState& state : store_.take_aggregate(write.root))
      states.emplace(state.id, std::move(state));
    look_again_ = false;
    for (std::size_t r = 0; r < write.rows.size(); ++r) {
      record_row(states.at(write.rows[r].record), w, r, states.at(write.root));
    }
    Links links;
    for (const RowChange& change : write.rows) {
      RecordState& state = states.at(change.record);
      load_links(links, state, store_, mapping_);
      for (const HeldField& held : state.held) store_.hold(state.id, held, cycle_);
      // What the other site holds, and whether it is behind, is as it was but for a question.
      const Entity& entity = mapping_.entity(state.entity);
      if (state.held.empty())
        store_.put_at(site_, state, is_behind(entity, site_, state, links));
      else
        store_.put(state, behind_at(state, links, mapping_));
    }
    if (some_set_aside_) store_.clear_set_aside_write(site_, write.root);
    if (look_again_)
      store_.reread(site_, root_entity(), states.at(write.root).key[index(site_)].value());
  }

  void record_row(RecordState& state, std::size_t w, std::size_t r, const RecordState& root) {
    const RowChange& change = batch_.writes[w].rows[r];
    auto& shadow = state.shadow[index(site_)];
    if (some_refer_) forget_references(state, change);
    switch (change.op) {
      case WriteOp::remove:
        shadow.reset();
        return;
      case WriteOp::insert:
        shadow = change.given;
        fill_learnt(state, *shadow, w, r, root);
        take_key(state, mapping_.table(state.entity, site_).key_of(*shadow));
        tell_arrival(state);
        break;
      case WriteOp::update:
        for (const std::size_t column : change.columns)
          (*shadow)[column] = after_update(state, change, column);
        break;
    }
    const auto stored = otherwise_.find({w, r});
    if (stored != otherwise_.end())
      take_stored(state, change, *stored->second);
    else
      forget_turns(state, change);
  }

  // A deleted record may have had the key before.
  void take_key(RecordState& state, Key key) {
    const auto before = store_.find(site_, state.entity, key);
    if (before && *before != state.id) store_.free_key(site_, *before);
    state.key[index(site_)] = std::move(key);
  }

  // Of a whole record: that a line was added to an order is told where it came from.
  void tell_arrival(const RecordState& state) {
    if (state.id != state.root) return;
    store_.log(
        HistoryLine{state.id, state.entity, site_, "delivered", {}, *state.key[index(site_)]},
        batch_.cycle);
  }

  void fill_learnt(const RecordState& state, Row& row, std::size_t w, std::size_t r,
                   const RecordState& root) const {
    const SiteTable& table = mapping_.table(state.entity, site_);
    if (const auto found = learnt_.find({w, r}); found != learnt_.end()) {
      for (std::size_t k = 0; k < table.key.size(); ++k)
        row[table.key[k].column] = (*found->second)[k];
    }
    if (state.id == root.id) return;
    for (const auto& [part_of_key, column] : table.parent_columns()) {
      row[column] = root.key[index(site_)].value()[part_of_key];
    }
  }

  Value after_update(const RecordState& state, const RowChange& change, std::size_t column) const {
    if (!mapping_.table(state.entity, site_).columns[column].counter) return change.given[column];
    const Entity& entity = mapping_.entity(state.entity);
    const Value& before = (*state.shadow[index(site_)])[column];
    const Field& field =
        *std::find_if(entity.fields.begin(), entity.fields.end(),
                      [&](const Field& f) { return f.at[index(site_)].holds(column); });
    const Lens& lens = field.at[index(site_)].lens;
    const Lensed was = lens.get(before);
    const auto* had = std::get_if<Decimal>(&std::get<Value>(was));
    const auto more = multiply(std::get<Decimal>(change.given[column]), Decimal{lens.times, 0});
    const auto sum = add(had == nullptr ? Decimal{} : *had, more.value());
    return std::get<Value>(lens.put(sum.value(), before));
  }

  // A field is written with all of its columns or not at all.
  static bool was_written(const RowChange& change, const FieldAt& at) {
    return change.op == WriteOp::insert || std::find(change.columns.begin(), change.columns.end(),
                                                     at.column()) != change.columns.end();
  }

  void take_stored(RecordState& state, const RowChange& change, const Row& stored) {
    look_again_ = true;
    const Entity& entity = mapping_.entity(state.entity);
    const SiteTable& table = mapping_.table(state.entity, site_);
    some_turned_ = true;
    for (std::size_t f = 0; f < entity.fields.size(); ++f) {
      const FieldAt& at = entity.fields[f].at[index(site_)];
      if (!was_written(change, at) || table.columns[at.column()].counter) continue;
      if (planted(Bug::shadow_from_read_back))
        at.set_cells(*state.shadow[index(site_)], at.cells(stored));
      if (at.same(stored, change.given)) {
        store_.forget_turns(state.id, f);
      } else if (any_mutilated(at.cells(change.given), at.cells(stored))) {
        hold(state, f, HoldReason::shortened, stored);
      } else if (store_.count_turn(site_, state.id, f) >= turns_max) {
        hold(state, f, HoldReason::rewriting, stored);
      }
    }
  }

  // Each site keeps its value: the shadow is what the site holds, so that nothing is a change any
  // more. What is decided together with the field waits with it.
  void hold(RecordState& state, std::size_t field, HoldReason reason, const Row& stored) {
    const Entity& entity = mapping_.entity(state.entity);
    Links links;
    load_links(links, state, store_, mapping_);
    for (const std::size_t f : entity.decided_with(field)) {
      if (is_held(state, f)) continue;
      HeldField held{f, reason, {state.head[f], state.head[f]}};
      if (f == field) {
        Lensed here = get_field(entity, f, site_, stored, links);
        if (auto* value = std::get_if<Value>(&here))
          held.candidates[index(site_)] = std::move(*value);
      }
      state.held.push_back(std::move(held));
    }
    const FieldAt& at = entity.fields[field].at[index(site_)];
    at.set_cells(*state.shadow[index(site_)], at.cells(stored));
    store_.forget_turns(state.id, field);
  }

  // What it meant until now, by what was written or is there no more.
  void forget_references(const RecordState& state, const RowChange& change) {
    const std::vector<Field>& fields = mapping_.entity(state.entity).fields;
    for (std::size_t f = 0; f < fields.size(); ++f) {
      const bool ends =
          change.op == WriteOp::remove || was_written(change, fields[f].at[index(site_)]);
      if (fields[f].refers_to && ends) store_.forget_row_references(site_, state.id, f);
    }
  }

  void forget_turns(const RecordState& state, const RowChange& change) {
    if (!some_turned_) return;
    const Entity& entity = mapping_.entity(state.entity);
    for (std::size_t f = 0; f < entity.fields.size(); ++f) {
      if (was_written(change, entity.fields[f].at[index(site_)])) store_.forget_turns(state.id, f);
    }
  }

  SiteId site_;
  const Batch& batch_;
  const Delivered& delivered_;
  Store& store_;
  const Mapping& mapping_;
  CycleNumber cycle_;
  std::map<std::pair<std::size_t, std::size_t>, const Key*> learnt_;
  std::map<std::pair<std::size_t, std::size_t>, const Row*> otherwise_;
  bool look_again_ = false;
  bool some_turned_;  // Whether the store has any: nearly always there is nothing to be cleared.
  bool some_refer_;
  bool some_set_aside_;
};

}  // namespace

namespace {

// A column keeps so many digits after the point; what is left of a number is rounded, or cut.
bool is_rounded(const Decimal& given, const Decimal& stored) {
  const int kept = normalize(stored).scale();  // A staging table has more zeros than the column.
  if (kept >= normalize(given).scale()) return false;
  const auto rest = subtract(given, stored);
  return rest && Decimal{-1, kept} < *rest && *rest < Decimal{1, kept};
}

// So it is with the fractions of a second.
bool is_rounded(std::int64_t given, std::int64_t stored) {
  constexpr std::int64_t second = 1'000'000;
  for (std::int64_t unit = 10; unit <= second; unit *= 10) {
    if (given % unit != 0 && stored % unit == 0 && std::abs(given - stored) < unit) return true;
  }
  return false;
}

}  // namespace

bool is_mutilated(const Value& given, const Value& stored) {
  if (given.index() != stored.index()) return false;
  if (const auto* number = std::get_if<Decimal>(&given))
    return is_rounded(*number, std::get<Decimal>(stored));
  if (const auto* moment = std::get_if<Instant>(&given))
    return is_rounded(moment->micros, std::get<Instant>(stored).micros);
  if (const auto* moment = std::get_if<Timestamp>(&given))
    return is_rounded(moment->micros, std::get<Timestamp>(stored).micros);
  const auto* g = std::get_if<std::string>(&given);
  const auto* s = std::get_if<std::string>(&stored);
  if (g == nullptr || s == nullptr) return false;
  const std::string whole = without_trailing_blanks(*g);
  const std::string kept = without_trailing_blanks(*s);
  if (kept.size() < whole.size() && whole.compare(0, kept.size(), kept) == 0) return true;
  const auto a = characters(*g);
  const auto b = characters(*s);
  if (a.size() != b.size() || *g == *s) return false;
  return std::equal(a.begin(), a.end(), b.begin(), [](const std::string& x, const std::string& y) {
    return x == y || is_replacement(y);
  });
}

std::size_t record_delivered(SiteId site, const Batch& batch, const Delivered& delivered,
                             Store& store, const Mapping& mapping, CycleNumber cycle) {
  if (!delivered.voided) note_confirmed(store, site, batch.cycle);
  return Recorder{site, batch, delivered, store, mapping, cycle}.record();
}

void reread_batch(SiteId site, const Batch& batch, Store& store) {
  for (const AggregateWrite& write : batch.writes) {
    const auto key = store.keys(write.root)[index(site)];
    if (key)
      store.reread(site, batch.entity, *key);
    else if (!write.root_key.empty())
      store.reread(site, batch.entity, write.root_key);
  }
}

}  // namespace miroir
