// A site in memory: the Site port over maps, for tests and for the simulation of the whole engine.
//
// It behaves as a database with miroir's triggers does: users' transactions are journaled, rows can
// be locked, commits can land late or after their client died, the site may have triggers of its
// own. Deterministic: its clock stands still, no randomness; whatever goes wrong is asked of
// `faults`. Used by one thread. Its users' calls throw std::logic_error when a test asks for what a
// database would refuse (a locked row, a key twice, a row that is not there).
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "mirror/site.hpp"
#include "schema/mapping.hpp"

namespace miroir::test {

// What goes wrong with a call of the port. After each of them but `none` and `denied` the line is
// lost until connect().
enum class Fault : std::uint8_t {
  none,
  before,   // Nothing happened.
  after,    // It happened, the answer was lost.
  stalled,  // deliver, acknowledge: begun at the server, holding its locks; happens when land() is
            // called.
  queued,  // deliver: sent, not begun; happens when land() is called, unless it was settled before.
  denied,  // deliver: it happened, and the site says that it was cancelled.
};

class MemorySite final : public Site {
 public:
  using Rows = std::map<Key, Row>;
  using Edit = std::function<void(Row&)>;
  struct Listed {
    JournalRow row;
    EntityId root_entity;
    std::string
        root;  // The text of the root's key that the row is listed under; "" for a TRUNCATE.
    std::optional<BatchId> origin{};  // Of miroir's own writes.
  };

  MemorySite(const Mapping& mapping, SiteId site);

  // The port.
  void connect() override;
  CatalogTable describe(const TableName& table) override;
  Instant clock() override;
  Census take_census() override;
  std::map<std::size_t, TableState> describe_tables() override;
  Settled settle(BatchId id, CycleNumber now) override;
  std::vector<ListedRoot> list_roots(EntityId entity, const std::string& cursor,
                                     std::size_t limit) override;
  Extract extract(const ExtractRequest& request) override;
  void acknowledge(const std::vector<JournalId>& ids, const SiteMark& mark) override;
  Delivered deliver(const Batch& batch) override;
  std::vector<Row> read_page(EntityId entity, const std::optional<Key>& after,
                             std::size_t limit) override;
  std::size_t count(EntityId entity) override;
  bool has_truncations(EntityId entity) override;
  std::vector<JournalId> noted_until(Instant moment) override;
  std::vector<std::optional<std::size_t>> look_elsewhere(EntityId entity,
                                                         const std::vector<Row>& rows) override;
  bool claim(const SiteMark& mark) override;
  bool take_over(const std::string& from, const SiteMark& mark) override;

  // What goes wrong: asked once at the beginning of every call of the port, with the call's name. A
  // fault that makes no sense for a call counts as `before`.
  std::function<Fault(std::string_view call)> faults;

  // The site's users. Each call is a transaction of its own, unless it stands between begin() and
  // commit().
  void begin();
  void commit();
  void rollback();
  Key insert(EntityId entity, Row row);  // A Generated column that is NULL gets the next number.
  void update(EntityId entity, const Key& key, const Edit& edit);
  void erase(EntityId entity, const Key& key);  // With `cascades`, also a root's parts.
  void truncate(EntityId entity);
  // Takes its number in the journal now and commits when land() is called; the row is locked until
  // then.
  void update_later(EntityId entity, const Key& key, const Edit& edit);
  // A change that no trigger sees.
  void set_untriggered(EntityId entity, const Key& key, std::optional<Row> row);
  // What administrators do: nothing of the table is journaled while its triggers are off; somebody
  // empties the journal; a column gets another type, or "": it is gone.
  void switch_triggers(EntityId entity, bool on);
  void empty_journal();
  void change_column(EntityId entity, const std::string& column, const std::string& type);
  bool cascades = true;
  bool tells_transactions = true;
  Instant time{};  // What the site's clock shows, and its journal notes.
  // Tables that nobody mirrors: rows by column.
  std::map<TableName, std::vector<std::map<std::string, Value>>> elsewhere;

  // The site's own triggers; they fire for miroir's writes too. `before_write` changes the row that
  // is about to be stored, or throws DbError to refuse it; `after_write` may call insert, update
  // and erase: same transaction.
  std::function<void(EntityId, Row&)> before_write;
  std::function<void(EntityId, WriteOp, const Row&)> after_write;
  // A transaction has ended, of whomever.
  std::function<void(bool committed)> at_end;
  bool is_delivering() const { return open_ && open_->origin; }

  // Rows that other transactions hold, and commits that are still under way.
  void lock(EntityId entity, const Key& key) { held_.insert({entity, key}); }
  void unlock_all() { held_.clear(); }
  bool locked(EntityId entity, const Key& key) const;
  void land();
  bool under_way() const { return !under_way_.empty(); }

  // To look at.
  const Rows& rows(EntityId entity) const { return tables_[entity.raw()]; }
  const Row* find(EntityId entity, const Key& key) const;
  const std::map<JournalId, Listed>& journal() const { return journal_; }
  const SiteMark& mark() const { return mark_; }
  std::size_t markers() const { return markers_.size(); }

 private:
  using RowId = std::pair<EntityId, Key>;
  struct Marker {
    bool is_void = false;
    std::vector<std::size_t> not_written;
    std::vector<LearntKey> keys;
    CycleNumber cycle{};  // In which it was voided.
  };
  struct UnderWay {
    std::optional<BatchId> batch;  // Set while its marker is inserted and not committed.
    std::set<RowId> keys;
    std::function<void()> commit;
  };
  struct Undo {
    EntityId entity;
    Key key;
    std::optional<Row> row;
  };
  struct Transaction {
    std::string id;
    std::optional<BatchId> origin;
    std::vector<Undo> undo;
    std::vector<JournalId> journaled;
  };

  const Entity& entity(EntityId id) const { return mapping_->entity(id); }
  const SiteTable& table(EntityId id) const { return mapping_->table(id, site_); }
  EntityId root_of(EntityId id) const { return entity(id).root.value_or(id); }
  Key root_key(EntityId id, const Row& row) const;
  std::vector<Key> parts_of(EntityId part, const Key& root) const;

  // memory_site_users.cpp: transactions and single rows.
  void atomically(std::optional<BatchId> origin, const std::function<void()>& work);
  void store(EntityId id, const Key& key, std::optional<Row> row);
  void write_insert(EntityId id, Row row);
  void write_update(EntityId id, const Key& key, const Edit& edit);
  void write_erase(EntityId id, const Key& key);
  void note(EntityId id, JournalOp op, const Row* before, const Row* after);
  void note_under(JournalRow row, EntityId id, const Key& root);
  void number_row(EntityId id, Row& row);
  void require_free(EntityId id, const Key& key) const;

  // memory_site_delivery.cpp: guards, writes, what was stored.
  Delivered deliver_now(const Batch& batch);
  WriteResult judge(const AggregateWrite& write) const;
  bool row_is_as_expected(const RowChange& change) const;
  bool is_reused(const RowChange& change) const;
  bool refers_elsewhere(const RowChange& change) const;
  bool has_changed_hands(EntityId id, const Key& key) const;
  bool is_taken(const RowChange& change) const;
  bool insert_is_free(const AggregateWrite& write, const RowChange& change) const;
  bool removal_is_free(const AggregateWrite& write, const RowChange& change) const;
  bool leaves(const AggregateWrite& write, EntityId id, const Key& key) const;
  std::set<RowId> keys_of(const AggregateWrite& write) const;
  struct Applied;
  void apply(const AggregateWrite& write, std::vector<Applied>& applied);
  void refuse_unchanged(const Applied& one, const Row& stored) const;
  void compare(std::size_t index, std::vector<Applied>& applied, Delivered& delivered) const;
  void forget_echo(const std::vector<Applied>& applied, BatchId batch);

  Fault next(std::string_view call, std::initializer_list<Fault> possible);
  [[noreturn]] void lose(Recovery recovery, std::string_view call);
  void answer(Fault fault, Recovery recovery, std::string_view call);
  void acknowledge_now(const std::vector<JournalId>& ids, const SiteMark& mark);
  Census count_journal() const;

  // memory_site_census.cpp
  void look_at_site(Census& census) const;
  std::map<std::size_t, TableState> tables_now() const;
  std::string catalogue_now() const;
  void write_mark(const SiteMark& mark);
  void put_anchor();
  static void leave_out_known(ReadRow& read, const std::vector<JournalRow>& journal);

  const Mapping* mapping_;
  SiteId site_;
  std::vector<Rows> tables_;
  std::vector<std::int64_t> generated_;  // The last number handed out, by entity.
  std::map<JournalId, Listed> journal_;
  std::int64_t journal_number_ = 0;
  std::deque<std::int64_t> reserved_;  // Numbers that the transaction that now lands took long ago.
  std::int64_t transaction_number_ = 0;
  std::map<BatchId, Marker> markers_;
  SiteMark mark_{};
  std::map<std::string, std::map<BatchId, Marker>> former_markers_;  // Of stores that were lost.
  std::optional<JournalId> anchor_;
  std::set<EntityId> triggers_off_;
  std::map<EntityId, int> trigger_versions_;
  std::map<std::pair<EntityId, std::string>, std::string> types_;  // That were changed.
  std::string catalogue_;  // One text of all tables, for the census.
  std::set<RowId> held_;
  std::deque<UnderWay> under_way_;
  std::optional<Transaction> open_;
  bool connected_ = true;
};

// The value of a counter after an increment, in the form that the column has; NULL counts as zero.
Value add_to_counter(const Value& value, const Value& increment, ValueKind kind);

}  // namespace miroir::test
