// The users' side of MemorySite: transactions, the journal that triggers fill, locks.
#include <algorithm>
#include <stdexcept>

#include "schema/row_codec.hpp"
#include "tests/support/memory_site.hpp"

namespace miroir::test {

void MemorySite::begin() {
  if (open_) throw std::logic_error{"a transaction is open already"};
  open_ = Transaction{std::to_string(++transaction_number_), std::nullopt, {}, {}};
}

void MemorySite::commit() {
  if (!open_) throw std::logic_error{"no transaction is open"};
  open_.reset();
  if (at_end) at_end(true);
}

void MemorySite::rollback() {
  if (!open_) throw std::logic_error{"no transaction is open"};
  for (auto undo = open_->undo.rbegin(); undo != open_->undo.rend(); ++undo) {
    Rows& rows = tables_[undo->entity.raw()];
    if (undo->row) {
      rows[undo->key] = *undo->row;
    } else {
      rows.erase(undo->key);
    }
  }
  for (const JournalId id : open_->journaled) journal_.erase(id);
  open_.reset();
  if (at_end) at_end(false);
}

// Inside an open transaction (of a user, or miroir's own when a trigger calls) the work simply
// joins it.
void MemorySite::atomically(std::optional<BatchId> origin, const std::function<void()>& work) {
  if (open_) return work();
  begin();
  open_->origin = origin;
  try {
    work();
  } catch (...) {
    rollback();
    throw;
  }
  commit();
}

Key MemorySite::insert(EntityId id, Row row) {
  number_row(id, row);
  const Key key = table(id).key_of(row);
  require_free(id, key);
  atomically(std::nullopt, [&] { write_insert(id, std::move(row)); });
  return key;
}

void MemorySite::update(EntityId id, const Key& key, const Edit& edit) {
  require_free(id, key);
  atomically(std::nullopt, [&] { write_update(id, key, edit); });
}

void MemorySite::erase(EntityId id, const Key& key) {
  require_free(id, key);
  atomically(std::nullopt, [&] {
    if (cascades) {
      for (const EntityId part : entity(id).parts) {
        for (const Key& child : parts_of(part, key)) write_erase(part, child);
      }
    }
    write_erase(id, key);
  });
}

void MemorySite::truncate(EntityId id) {
  atomically(std::nullopt, [&] {
    const Rows emptied = tables_[id.raw()];
    for (const auto& [key, row] : emptied) store(id, key, std::nullopt);
    note(id, JournalOp::truncate, nullptr, nullptr);
  });
}

void MemorySite::update_later(EntityId id, const Key& key, const Edit& edit) {
  require_free(id, key);
  // Two numbers: an update that changes a root's key is listed twice.
  const std::int64_t first = ++journal_number_;
  const std::int64_t second = ++journal_number_;
  under_way_.push_back({std::nullopt, {{id, key}}, [this, id, key, edit, first, second] {
                          reserved_ = {first, second};
                          atomically(std::nullopt, [&] { write_update(id, key, edit); });
                          reserved_.clear();
                        }});
}

void MemorySite::set_untriggered(EntityId id, const Key& key, std::optional<Row> row) {
  require_free(id, key);
  store(id, key, std::move(row));
}

bool MemorySite::locked(EntityId id, const Key& key) const {
  const RowId row{id, key};
  return held_.contains(row) ||
         std::any_of(under_way_.begin(), under_way_.end(),
                     [&](const UnderWay& w) { return w.keys.contains(row); });
}

// Each is taken from the list before it commits: its own locks must not stop it.
void MemorySite::land() {
  while (!under_way_.empty()) {
    const UnderWay first = std::move(under_way_.front());
    under_way_.pop_front();
    first.commit();
  }
}

const Row* MemorySite::find(EntityId id, const Key& key) const {
  const auto found = rows(id).find(key);
  return found == rows(id).end() ? nullptr : &found->second;
}

// Triggers write what their transaction may: only users of their own wait for locks.
void MemorySite::require_free(EntityId id, const Key& key) const {
  if (!open_ && locked(id, key)) throw std::logic_error{"the row is locked"};
}

void MemorySite::number_row(EntityId id, Row& row) {
  const std::optional<std::size_t> generated = table(id).generated_column();
  if (!generated) return;
  std::int64_t& last = generated_[id.raw()];
  if (is_null(row.at(*generated)) && table(id).columns[*generated].kind == ValueKind::text)
    row[*generated] = "RE-" + std::to_string(100 + ++last);  // From the site's own series.
  if (is_null(row.at(*generated))) {
    // A number that a person has given a row by hand is passed over.
    do row[*generated] = ++last;
    while (find(id, table(id).key_of(row)) != nullptr);
  }
  if (const auto* number = std::get_if<std::int64_t>(&row[*generated])) {
    last = std::max(last, *number);
  }
}

void MemorySite::store(EntityId id, const Key& key, std::optional<Row> row) {
  Rows& rows = tables_[id.raw()];
  if (open_) {
    const auto found = rows.find(key);
    open_->undo.push_back(
        {id, key,
         found == rows.end() ? std::nullopt : std::optional<Row>{std::move(found->second)}});
  }
  if (row) {
    rows[key] = std::move(*row);
  } else {
    rows.erase(key);
  }
}

void MemorySite::write_insert(EntityId id, Row row) {
  if (before_write) before_write(id, row);
  const Key key = table(id).key_of(row);
  if (find(id, key) != nullptr) {
    throw DbError{"duplicate key in " + entity(id).name, "23505", Recovery::refused};
  }
  store(id, key, row);
  note(id, JournalOp::insert, nullptr, &row);
  if (after_write) after_write(id, WriteOp::insert, row);
}

void MemorySite::write_update(EntityId id, const Key& key, const Edit& edit) {
  const Row* found = find(id, key);
  if (found == nullptr) throw std::logic_error{"no such row in " + entity(id).name};
  const Row before = *found;
  Row after = before;
  edit(after);
  if (before_write) before_write(id, after);
  const Key new_key = table(id).key_of(after);
  if (new_key != key) {
    if (find(id, new_key) != nullptr) throw std::logic_error{"duplicate key"};
    store(id, key, std::nullopt);
  }
  store(id, new_key, after);
  if (after != before) note(id, JournalOp::update, &before, &after);
  if (after_write) after_write(id, WriteOp::update, after);
}

void MemorySite::write_erase(EntityId id, const Key& key) {
  const Row* found = find(id, key);
  if (found == nullptr) throw std::logic_error{"no such row in " + entity(id).name};
  const Row before = *found;
  store(id, key, std::nullopt);
  note(id, JournalOp::remove, &before, nullptr);
  if (after_write) after_write(id, WriteOp::remove, before);
}

// What the triggers that miroir installs do.
void MemorySite::note(EntityId id, JournalOp op, const Row* before, const Row* after) {
  if (triggers_off_.contains(id)) return;
  JournalRow row{JournalId{}, id, op, {}, {}, {}, {}, {}, {}};
  if (op == JournalOp::update) {
    row.changed.emplace();
    for (std::size_t i = 0; i < before->size(); ++i) {
      if ((*before)[i] != (*after)[i]) row.changed->push_back(i);
    }
  }
  if (before != nullptr) {
    row.old_key = table(id).key_of(*before);
    row.old_root = root_key(id, *before);
  }
  if (after != nullptr) {
    row.new_key = table(id).key_of(*after);
    row.new_root = root_key(id, *after);
  }
  if (row.old_root && row.old_root != row.new_root) note_under(row, id, *row.old_root);
  if (row.new_root) note_under(row, id, *row.new_root);
  if (!row.old_root && !row.new_root) note_under(row, id, {});
}

void MemorySite::note_under(JournalRow row, EntityId id, const Key& root) {
  if (reserved_.empty()) {
    row.id = JournalId{++journal_number_};
  } else {
    row.id = JournalId{reserved_.front()};
    reserved_.pop_front();
  }
  row.transaction = open_->id;
  if (!open_->origin) row.at = time;
  open_->journaled.push_back(row.id);
  const JournalId number = row.id;
  journal_.emplace(number, Listed{std::move(row), root_of(id), root.empty() ? "" : key_text(root),
                                  open_->origin});
}

}  // namespace miroir::test
