// Delivery to a MemorySite: every guard is judged before anything is written, as a database's
// transaction does it.
#include <fmt/core.h>

#include <algorithm>
#include <stdexcept>

#include "connectors/journal.hpp"
#include "mirror/table_writes.hpp"
#include "tests/support/memory_site.hpp"

namespace miroir::test {

struct MemorySite::Applied {
  std::size_t row = 0;
  EntityId entity;
  Key key;
  std::optional<Row> before;  // As the row stood when the guards were judged.
  RowChange given;            // With generated keys filled in.
  bool echo = true;           // The row ended as we left it, in all that is not reported.
};

namespace {

Decimal decimal_of(const Value& value) {
  if (const auto* number = std::get_if<std::int64_t>(&value)) return Decimal{*number, 0};
  if (const auto* text = std::get_if<std::string>(&value)) return parse_decimal(*text).value();
  return std::get<Decimal>(value);
}

[[noreturn]] void refuse(const std::string& what, const std::string& why) {
  throw DbError{fmt::format("a {} that {}", what, why), "P0001", Recovery::refused};
}

}  // namespace

Value add_to_counter(const Value& value, const Value& increment, ValueKind kind) {
  const Decimal before = is_null(value) ? Decimal{} : decimal_of(value);
  const Decimal sum = add(before, decimal_of(increment)).value();
  if (kind == ValueKind::integer) {
    return static_cast<std::int64_t>(rescale(sum, 0).value().coefficient());
  }
  if (kind == ValueKind::text) return normalize(sum).to_string();
  return sum;
}

Delivered MemorySite::deliver(const Batch& batch) {
  const Fault fault = next("deliver", {Fault::stalled, Fault::queued, Fault::denied});
  if (fault == Fault::denied) {
    deliver_now(batch);
    throw DbError{"it was cancelled", "57014", Recovery::retry};
  }
  if (fault != Fault::stalled && fault != Fault::queued) {
    Delivered delivered = deliver_now(batch);
    answer(fault, Recovery::in_doubt, "deliver");
    return delivered;
  }
  UnderWay sent{std::nullopt, {}, [this, batch] {
                  try {
                    deliver_now(batch);
                  } catch (const DbError&) {
                    return;  // Rolled back, and nobody is there any more to be told.
                  }
                }};
  if (fault == Fault::stalled && !markers_.contains(batch.id)) {
    sent.batch = batch.id;
    for (const AggregateWrite& write : batch.writes) sent.keys.merge(keys_of(write));
  }
  under_way_.push_back(std::move(sent));
  lose(Recovery::in_doubt, "deliver");
}

std::set<MemorySite::RowId> MemorySite::keys_of(const AggregateWrite& write) const {
  std::set<RowId> keys;
  for (const RowChange& change : write.rows) {
    keys.insert({change.entity, change.key});
    if (!write.root_key.empty()) keys.insert({root_of(change.entity), write.root_key});
  }
  return keys;
}

// Weeks later no server has a batch any more that a void marker keeps from happening.
constexpr std::int64_t void_cycles_max = 10'000;

Delivered MemorySite::deliver_now(const Batch& batch) {
  Delivered delivered;
  const auto former = former_markers_.find(batch.store);
  const auto there = markers_.find(batch.id);
  if (there != markers_.end() && !there->second.is_void)
    throw DbError{"its marker is there", "23505", Recovery::in_doubt};
  if (there != markers_.end() ||
      (former != former_markers_.end() && former->second.contains(batch.id))) {
    delivered.voided = true;
    return delivered;
  }
  Marker marker;
  for (std::size_t i = 0; i < batch.writes.size(); ++i) {
    delivered.results.push_back(judge(batch.writes[i]));
    if (delivered.results.back() != WriteResult::written) marker.not_written.push_back(i);
  }
  atomically(batch.id, [&] {
    std::vector<std::vector<Applied>> applied(batch.writes.size());
    for (std::size_t i = 0; i < batch.writes.size(); ++i) {
      if (delivered.results[i] == WriteResult::written) apply(batch.writes[i], applied[i]);
    }
    for (std::size_t i = 0; i < batch.writes.size(); ++i) {
      compare(i, applied[i], delivered);
      forget_echo(applied[i], batch.id);
    }
  });
  marker.keys = delivered.keys;
  markers_.emplace(batch.id, marker);
  if (mark_.store.empty() || mark_.store == batch.store) write_mark({batch.store, batch.cycle});
  if (batch.forget_to) {
    std::erase_if(markers_, [&](const auto& known) {
      const auto& [id, old] = known;
      return id <= *batch.forget_to &&
             (!old.is_void || old.cycle.raw() < batch.cycle.raw() - void_cycles_max);
    });
  }
  return delivered;
}

WriteResult MemorySite::judge(const AggregateWrite& write) const {
  for (const RowId& row : keys_of(write)) {
    if (find(row.first, row.second) != nullptr && locked(row.first, row.second)) {
      return WriteResult::busy;
    }
  }
  bool inserts_root = false;
  for (const RowChange& change : write.rows) {
    inserts_root |= !entity(change.entity).is_part() && change.op == WriteOp::insert;
    const bool free = change.op == WriteOp::insert   ? insert_is_free(write, change)
                      : change.op == WriteOp::remove ? removal_is_free(write, change)
                                                     : row_is_as_expected(change);
    if (!free) return is_taken(change) ? WriteResult::taken : WriteResult::moved;
  }
  const bool only_removes = std::all_of(write.rows.begin(), write.rows.end(),
                                        [](const RowChange& c) { return c.op == WriteOp::remove; });
  if (only_removes || inserts_root) return WriteResult::written;
  const bool root_is_there = find(root_of(write.rows.front().entity), write.root_key) != nullptr;
  return root_is_there ? WriteResult::written : WriteResult::moved;
}

bool MemorySite::row_is_as_expected(const RowChange& change) const {
  const Row* row = find(change.entity, change.key);
  if (row == nullptr || is_reused(change) || refers_elsewhere(change)) return false;
  return std::all_of(change.compared.begin(), change.compared.end(),
                     [&](std::size_t column) { return (*row)[column] == change.expected[column]; });
}

// Whether the key may be somebody else's by now: the journal says so, and not of what we wrote. Not
// asked of parts whose key does not tell their root.
bool MemorySite::is_reused(const RowChange& change) const {
  if (entity(change.entity).is_part()) {
    const auto& own = table(change.entity).key;
    for (const std::size_t column : root_columns(*mapping_, change.entity, site_)) {
      const auto names = [&](const KeyColumn& k) { return k.column == column; };
      if (std::none_of(own.begin(), own.end(), names)) return false;
    }
  }
  return has_changed_hands(change.entity, change.key);
}

// Or the key of whom it is to refer to, or refers to where that is to end. Not asked where that is
// a part of something.
bool MemorySite::refers_elsewhere(const RowChange& change) const {
  for (const Field& field : entity(change.entity).fields) {
    if (!field.refers_to || entity(*field.refers_to).is_part()) continue;
    const std::size_t column = field.at[index(site_)].column();
    const auto& columns = change.columns;
    const bool written = change.op == WriteOp::insert ||
                         std::find(columns.begin(), columns.end(), column) != columns.end();
    const bool ends = change.op == WriteOp::remove || (written && change.op == WriteOp::update);
    const auto changed_hands = [&](const Row& row) {
      return has_changed_hands(*field.refers_to,
                               key_of_reference(*mapping_, *field.refers_to, site_, row[column]));
    };
    if ((written && changed_hands(change.given)) || (ends && changed_hands(change.expected)))
      return true;
  }
  return false;
}

bool MemorySite::has_changed_hands(EntityId id, const Key& key) const {
  return std::any_of(journal_.begin(), journal_.end(), [&](const auto& noted) {
    const JournalRow& row = noted.second.row;
    const bool moved = row.op != JournalOp::update || row.old_key != row.new_key;
    return row.entity == id && !noted.second.origin && moved &&
           (row.old_key == key || row.new_key == key);
  });
}

// Whether the write takes this part away itself.
bool MemorySite::leaves(const AggregateWrite& write, EntityId id, const Key& key) const {
  return std::any_of(write.rows.begin(), write.rows.end(), [&](const RowChange& change) {
    return change.op == WriteOp::remove && change.entity == id && change.key == key;
  });
}

bool MemorySite::insert_is_free(const AggregateWrite& write, const RowChange& change) const {
  const EntityId id = change.entity;
  const std::optional<std::size_t> generated = table(id).generated_column();
  if (refers_elsewhere(change)) return false;
  const bool has_key = !generated || !is_null(change.given[*generated]);
  if (has_key && is_reused(change)) return false;
  if (has_key && find(id, change.key) != nullptr && !leaves(write, id, change.key)) return false;
  const std::optional<std::size_t> number = table(id).numbered_column();
  if (!number) return true;
  for (const Key& sibling : parts_of(id, root_key(id, change.given))) {
    const bool renumbered =
        std::any_of(write.rows.begin(), write.rows.end(), [&](const RowChange& c) {
          return c.op == WriteOp::update && c.entity == id && c.key == sibling &&
                 std::find(c.columns.begin(), c.columns.end(), *number) != c.columns.end();
        });
    const bool stays = !renumbered && !leaves(write, id, sibling);
    if (stays && (*find(id, sibling))[*number] == change.given[*number]) return false;
  }
  return true;
}

// By a row that nobody has just written.
bool MemorySite::is_taken(const RowChange& change) const {
  return change.op == WriteOp::insert && !entity(change.entity).is_part() &&
         !refers_elsewhere(change) && !is_reused(change);
}

bool MemorySite::removal_is_free(const AggregateWrite& write, const RowChange& change) const {
  const Row* row = find(change.entity, change.key);
  if (row == nullptr || is_reused(change) || refers_elsewhere(change) || *row != change.expected)
    return false;
  for (const EntityId part : entity(change.entity).parts) {
    for (const Key& key : parts_of(part, change.key)) {
      if (!leaves(write, part, key)) return false;
    }
  }
  for (const auto& [child, field] : mapping_->referenced_by(change.entity)) {
    const std::size_t column = entity(child).fields[field].at[index(site_)].column();
    const Value& referred = change.key[mapping_->reference_key(change.entity, site_)];
    for (const auto& [key, refers] : rows(child)) {
      if (refers[column] == referred && !leaves(write, child, key)) return false;
    }
  }
  return true;
}

void MemorySite::apply(const AggregateWrite& write, std::vector<Applied>& applied) {
  std::optional<Key> learnt;
  for (std::size_t i = 0; i < write.rows.size(); ++i) {
    Applied one{i, write.rows[i].entity, write.rows[i].key, std::nullopt, write.rows[i], true};
    if (const Row* row = find(one.entity, one.key)) one.before = *row;
    applied.push_back(std::move(one));
  }
  // Parts go before their root, and before what may take their numbers; otherwise the root, which
  // stands first, leads.
  const auto run = [&](auto&& chosen, auto&& act) {
    for (Applied& one : applied) {
      if (chosen(one)) act(one);
    }
  };
  const auto is_part = [&](const Applied& one) { return entity(one.entity).is_part(); };
  const auto erase_row = [&](Applied& one) { write_erase(one.entity, one.key); };
  run([&](const Applied& o) { return is_part(o) && o.given.op == WriteOp::remove; }, erase_row);
  run([&](const Applied& o) { return o.given.op == WriteOp::update; },
      [&](Applied& one) {
        write_update(one.entity, one.key, [&](Row& row) {
          for (const std::size_t column : one.given.columns) {
            const bool counter = table(one.entity).columns[column].counter;
            row[column] = counter ? add_to_counter(row[column], one.given.given[column],
                                                   table(one.entity).columns[column].kind)
                                  : one.given.given[column];
          }
        });
      });
  run([](const Applied& o) { return o.given.op == WriteOp::insert; },
      [&](Applied& one) {
        if (learnt && is_part(one)) {
          for (const auto& [part, column] : table(one.entity).parent_columns()) {
            if (is_null(one.given.given[column])) one.given.given[column] = (*learnt)[part];
          }
        }
        number_row(one.entity, one.given.given);
        one.key = table(one.entity).key_of(one.given.given);
        if (!is_part(one)) learnt = one.key;
        write_insert(one.entity, one.given.given);
      });
  run([&](const Applied& o) { return !is_part(o) && o.given.op == WriteOp::remove; }, erase_row);
}

// Each of its tables is told by itself: its own, and its satellites.
void MemorySite::refuse_unchanged(const Applied& one, const Row& stored) const {
  if (one.given.op != WriteOp::update) return;
  const SiteTable& here = table(one.entity);
  for (std::size_t n = 0; n <= here.satellites.size(); ++n) {
    RowChange change = one.given;
    std::erase_if(change.columns, [&](std::size_t c) {
      return here.columns[c].satellite != n || here.columns[c].name.empty();
    });
    const bool unchanged =
        std::all_of(change.columns.begin(), change.columns.end(),
                    [&](std::size_t c) { return stored[c] == (*one.before)[c]; });
    if (!unchanged || may_change_nothing(change, here)) continue;
    const std::string& name = entity(one.entity).name;
    refuse(n == 0 ? name : name + "." + here.satellites[n - 1].name,
           "was given other values is as it was");
  }
}

void MemorySite::compare(std::size_t index, std::vector<Applied>& applied,
                         Delivered& delivered) const {
  for (Applied& one : applied) {
    const SiteTable& here = table(one.entity);
    const Row* stored = find(one.entity, one.key);
    if (one.given.op == WriteOp::remove) {
      const bool again = std::any_of(applied.begin(), applied.end(), [&](const Applied& o) {
        return o.given.op == WriteOp::insert && o.entity == one.entity && o.key == one.key;
      });
      one.echo = stored == nullptr || again;
      const SiteTable& root = table(entity(one.entity).root.value_or(one.entity));
      if (!one.echo && !here.has_conditions() && !root.has_conditions())
        refuse(entity(one.entity).name, "was deleted is still there");
      continue;
    }
    if (one.given.op == WriteOp::insert && here.generated_column()) {
      delivered.keys.push_back({index, one.row, one.key});
    }
    one.echo = stored != nullptr;
    if (stored == nullptr) {
      if (one.given.op == WriteOp::update) continue;
      refuse(entity(one.entity).name, fmt::format("is new is not there under its key ('{}')",
                                                  here.columns[here.key.back().column].name));
    }
    Row reported(stored->size(), Null{});
    bool otherwise = false;
    for (std::size_t column = 0; column < stored->size(); ++column) {
      const auto& written = one.given.columns;
      const bool counter = here.columns[column].counter;
      Value wanted = one.given.given[column];
      if (one.given.op == WriteOp::insert) {
        reported[column] = (*stored)[column];
      } else if (std::find(written.begin(), written.end(), column) == written.end()) {
        one.echo = one.echo && (*stored)[column] == (*one.before)[column];
        continue;
      } else if (counter) {
        wanted = add_to_counter((*one.before)[column], wanted, here.columns[column].kind);
      } else {
        reported[column] = (*stored)[column];
      }
      otherwise = otherwise || (*stored)[column] != wanted;
    }
    if (otherwise) refuse_unchanged(one, *stored);
    if (otherwise) delivered.otherwise.push_back({index, one.row, std::move(reported)});
  }
}

// What the site's own triggers did in our transaction stays: other keys, renamed rows, columns that
// we did not write.
void MemorySite::forget_echo(const std::vector<Applied>& applied, BatchId batch) {
  for (const Applied& one : applied) {
    if (!one.echo) continue;
    std::erase_if(journal_, [&](const auto& noted) {
      const JournalRow& row = noted.second.row;
      if (noted.second.origin != batch || row.entity != one.entity) return false;
      if (row.old_key && row.new_key && row.old_key != row.new_key) return false;
      return (row.new_key ? row.new_key : row.old_key) == one.key;
    });
  }
}

}  // namespace miroir::test
