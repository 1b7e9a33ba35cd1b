// The store: miroir's own memory, one SQLite file (WAL, mode 0600), one row for each record.
//
// One writer: the thread that runs the cycle. Readers (status, plan) open their own Store and never
// block it. The mapping given to it must outlive it, and be bound before records are read.
// Pauses and requests are the exception to one writer: people write them beside a running cycle,
// and they move no head. Everything between begin() and commit() is one transaction, and
// on disk when commit() returns unless it was begun as `ordered`: so before acknowledge forgets
// anything at a site, and before a batch is sent. Throws StoreError.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "mirror/request.hpp"
#include "mirror/stages.hpp"
#include "mirror/state/acts.hpp"
#include "mirror/state/logged.hpp"
#include "mirror/state/store_error.hpp"
#include "schema/ids.hpp"
#include "schema/mapping.hpp"
#include "schema/mapping_changes.hpp"

namespace SQLite {
class Database;
class Statement;
}  // namespace SQLite

namespace miroir {

// Held by a cycle from start to end: never two at once, across processes. The kernel releases it.
class StoreLock {
 public:
  // nullopt: another holds it.
  static std::optional<StoreLock> try_lock(const std::filesystem::path& store);
  StoreLock(StoreLock&& other) noexcept;
  StoreLock& operator=(StoreLock&&) = delete;
  ~StoreLock();

 private:
  explicit StoreLock(int file) : file_{file} {}
  int file_;
};

// A mapping that the store was made with, and the cycle from which on.
struct KeptMapping {
  std::int64_t version = 0;
  CycleNumber since;
  std::string text;
};
// A record that is mirrored no more, with its keys as key_text.
struct FormerRecord {
  RecordId id;
  PerSite<std::optional<std::string>> keys;
};

struct ReReadEntry {
  std::int64_t id = 0;
  EntityId entity;
  Key root;
};

// Where a record is at the other site.
struct Counterpart {
  std::optional<Key> key;        // nullopt: it has none there.
  bool must_reread = false;      // Its root is on that site's re-read list.
  bool outside = false;          // At this site it is none that is mirrored.
  PerSite<bool> row_is_known{};  // There, mirrored, and the shadow is its row.
};

// How long is kept what no cycle needs any more.
struct Retention {
  // What happened, decisions, and questions and requests that ended.
  std::chrono::days history{400};
  std::chrono::days cycles{400};   // How cycles ended; never shorter than what happened in them.
  std::chrono::days deleted{400};  // Records that are deleted at both sites.
};

// What opening does where there is no store yet.
enum class NoStore : std::uint8_t { made, refused };

// When a transaction is on disk: `synced` when commit() returns, and all that went before with it;
// `ordered` together with the next one that is synced. What a power cut may take back must be work
// that the next cycle finds and does again.
enum class Durability : std::uint8_t { synced, ordered };

// A batch whose outcome is not recorded yet, with all that recording it takes.
struct PendingBatch {
  SiteId site = SiteId::first;
  Batch batch;
};

class Store {
 public:
  // Migrates an older schema forward, and refuses (StoreError with a remedy): a newer schema,
  // another mapping's store, a folder that cannot be written, a file that is no store or damaged.
  static Store open(const std::filesystem::path& file, const Mapping& mapping,
                    NoStore none = NoStore::made);
  static Store open_read_only(const std::filesystem::path& file, const Mapping& mapping);
  static Store in_memory(const Mapping& mapping);
  // A private copy to rehearse on; the original is not blocked.
  static Store copy_of(const std::filesystem::path& file, const Mapping& mapping);
  Store(Store&&) noexcept;
  ~Store();

  // What a store knows of the mapping that it was made with, whatever is configured now.
  struct MadeWith {
    std::string fingerprint;
    std::optional<std::string> text;  // nullopt: made by a version that did not keep it.
    PerSite<std::optional<std::string>> catalog;
    bool seeded = false;
  };
  // nullopt: nobody has made it his own yet.
  static std::optional<MadeWith> made_with(const std::filesystem::path& file);
  // The texts of the mappings that it was made with before that one.
  static std::vector<std::string> earlier_mappings(const std::filesystem::path& file);

  // What is wrong with the file, at most a few lines of it: reads all of it.
  std::vector<std::string> damage() const;
  // Forgets what is older and not needed any more, a small part of it at once, and once a day. Own
  // transaction; returns how many rows are gone.
  std::size_t forget_old(const Retention& retention, Instant now);

  void begin(Durability durability = Durability::synced);
  void commit();
  void rollback() noexcept;

  // What is read while it lives is one state of the store, and the file is locked once for all of
  // it instead of for each question. Within a transaction it does nothing; begin() must wait for
  // its end.
  class Reading {
   public:
    explicit Reading(const Store& store);
    ~Reading();
    Reading(const Reading&) = delete;
    Reading& operator=(const Reading&) = delete;

   private:
    const Store& store_;
    bool is_ours_;
  };

  // -- Identity and progress of the store itself
  std::string id() const;  // Random, made with the store.
  bool seeded() const;
  void set_seeded();
  // What the sites' catalogues said last, so that a cycle runs while a site is away. Own
  // transaction.
  void remember_catalog(SiteId site, const std::string& json);
  std::optional<std::string> catalog(SiteId site) const;
  // A site refused our SQL: its catalogue is to be read again, until it is remembered anew. What is
  // remembered stays, for cycles that may not ask because the site is paused.
  void doubt_catalog(SiteId site);
  bool catalog_is_doubted(SiteId site) const;
  CycleNumber last_cycle() const;
  // Next number, durable before it returns (own transaction).
  CycleNumber start_cycle(const std::string& started = {});
  BatchId next_batch();                // In the open transaction.
  RecordId first_free_record() const;  // Ids from here on were never used.

  // -- Another mapping, in the open transaction; see remap.hpp
  // From here on the store speaks `now`, which must outlive it: entities and fields have their new
  // numbers everywhere, what is mirrored no more is gone. Heads and shadows of entities that have
  // moved are the caller's to translate. Until commit() a rollback() leaves everything as it was.
  void adopt(const Mapping& now, const MappingComparison& comparison, CycleNumber since);
  // Forgets everything but its own id, for a seed that was begun with another mapping.
  void start_over(const Mapping& now);
  // Records of one entity, in the order of their ids.
  std::vector<RecordState> records(EntityId entity, RecordId after, std::size_t limit) const;
  // What a site holds in the columns that were not read before; forgotten by adopt().
  void note_cells(SiteId site, RecordId record, const Row& cells);
  std::optional<Row> cells(SiteId site, RecordId record) const;
  // The key of a record that is mirrored no more, as text; "" where there is none.
  std::string former_key(RecordId record) const;
  std::vector<KeptMapping> mappings() const;  // That it was made with; the present one is the last.
  std::vector<FormerRecord> former_records(std::int64_t version, EntityId entity) const;

  // -- The first meeting of two full databases
  bool surveyed() const;  // Twins are found, and everything is on the re-read list.
  void set_surveyed();
  // Another store, on disk and gone with this object, for a rehearsal of any size.
  static Store scratch(const Mapping& mapping);
  // What a row of an entity could be recognised by: by each rule at most one text. In the open
  // transaction.
  void begin_survey();
  void survey(SiteId site, std::size_t rule, const std::string& value, const Key& key);
  // Pairs what is alike and alike to nothing else, rule by rule; what is alike to several becomes a
  // question.
  void pair_survey(EntityId entity, std::size_t rules);
  bool any_twins() const;
  std::optional<Key> twin(SiteId site, EntityId entity,
                          const Key& key) const;  // At the other site.
  void forget_twin(EntityId entity, SiteId site, const Key& key);
  std::optional<SeedQuestion> question(SiteId site, EntityId entity, const Key& key) const;
  std::vector<std::pair<SiteId, Key>> question_group(EntityId entity,
                                                     const SeedQuestion& question) const;
  void forget_question(SiteId site, EntityId entity, const Key& key);
  void add_question(SiteId site, EntityId entity, const Key& key, const SeedQuestion& question);
  void rename_waiting(SiteId site, EntityId entity, const Key& before, const Key& after);
  void make_twins(EntityId entity, const PerSite<Key>& keys);  // As a person says.
  Tally tally(EntityId entity) const;
  // Keys of alive records that only this site has, in order.
  std::vector<Key> only_at(SiteId site, EntityId entity, std::size_t limit) const;

  // -- Records
  std::optional<RecordId> find(SiteId site, EntityId entity, const Key& key) const;
  // The root of the record with this key, and of any record.
  std::optional<RecordId> find_root(SiteId site, EntityId entity, const Key& key) const;
  std::optional<RecordId> root_of(RecordId id) const;
  // Of the record that has this key at `site`; nullopt: no record has.
  std::optional<Counterpart> counterpart(SiteId site, EntityId entity, const Key& key) const;
  // All records of the aggregate with this root, held fields included.
  std::vector<RecordState> aggregate(RecordId root) const;
  // The same, remembered: for who plans a write and records it a moment later. What is remembered
  // is forgotten as soon as it is no longer true. The reference is good until the next call.
  const std::vector<RecordState>& remembered_aggregate(RecordId root);
  std::vector<RecordState> take_aggregate(RecordId root);
  std::optional<RecordState> record(RecordId id) const;
  void put(const RecordState& state, PerSite<bool> behind);
  void put_at(SiteId site, const RecordState& state, bool behind);  // Its shadow and key there.
  Presence presence(RecordId id) const;
  PerSite<std::optional<Key>> keys(RecordId id) const { return presence(id).keys; }
  std::size_t count(EntityId entity, std::optional<std::size_t> at_most = {}) const;  // Alive.
  // The record that has this key at `site`, without what is held of it.
  std::optional<RecordState> record_at(SiteId site, EntityId entity, const Key& key) const;
  // Match values: the text of a rule's canonical values, for records that are alive or not yet
  // deleted everywhere.
  std::vector<RecordId> twins(EntityId entity, std::size_t rule, const std::string& value) const;
  void set_match_values(RecordId id, EntityId entity,
                        const std::vector<std::optional<std::string>>& by_rule);
  void free_key(SiteId site, RecordId id);  // Before another record takes it over.
  // References: child records that refer to a record, alive ones only if asked.
  void set_references(RecordId child, const std::vector<RecordId>& parents);
  std::vector<RecordId> referrers(RecordId parent, bool alive_only) const;
  // Whom a row meant by a field (nullopt: by any) when it was seen last, where its head, or who has
  // the key now, may say otherwise. What is noted stands.
  void note_row_reference(SiteId site, RecordId child, std::size_t field, RecordId parent);
  void forget_row_references(SiteId site, RecordId child, std::optional<std::size_t> field = {});
  std::vector<RecordId> row_referrers(SiteId site, RecordId parent) const;
  std::map<std::size_t, RecordId> row_references(SiteId site, RecordId child) const;
  bool any_row_references(SiteId site) const;
  // Root records of `entity` that are behind at `site`, after `cursor`, in order of their ids.
  std::vector<RecordId> behind(SiteId site, EntityId entity, bool gone, RecordId after,
                               CycleNumber cycle, std::size_t limit) const;
  std::size_t count_behind(SiteId site) const;
  std::vector<RecordId> gone_but_referenced(
      EntityId entity) const;  // Deleted heads that an alive record refers to.
  // Roots that are at one site alone, and that something to be written at the other refers to.
  std::vector<RecordId> alone_but_referenced(EntityId entity) const;

  // -- Roots that are looked for elsewhere at their site, and where they were found (Relocation)
  void set_missed(SiteId site, RecordId root, std::optional<std::size_t> place);
  std::optional<std::optional<std::size_t>> missed(SiteId site, RecordId root) const;
  void forget_missed(SiteId site, RecordId root);

  // -- Rows that somebody removed at a site, and in which transaction; "": nobody knows
  void note_removal(SiteId site, RecordId record, const std::string& transaction);
  std::optional<std::string> removed_by(SiteId site, RecordId record) const;

  // -- Re-read list
  void reread(SiteId site, EntityId root_entity, const Key& root);
  void reread_all(SiteId site, EntityId root_entity);  // Every root that the site holds.
  // Also where it is set aside for that.
  void rename_reread(SiteId site, EntityId root_entity, const Key& before, const Key& after);
  void clear_reread(SiteId site, EntityId root_entity, const Key& root);
  std::vector<ReReadEntry> reread_list(SiteId site, EntityId root_entity, std::int64_t after,
                                       std::int64_t up_to, std::size_t limit) const;
  std::int64_t last_reread() const;
  bool must_reread(SiteId site, EntityId root_entity, const Key& root) const;

  // -- Acknowledgements that may not have reached the site
  void set_unacknowledged(SiteId site, const std::vector<JournalId>& ids);
  std::vector<std::vector<JournalId>> unacknowledged(SiteId site) const;
  void clear_unacknowledged(SiteId site);  // In the open transaction.

  // -- Batches
  void put_batch(SiteId site, const Batch& batch);
  void drop_batch(BatchId id);
  std::vector<PendingBatch> batches() const;
  std::optional<BatchId> last_recorded(SiteId site) const;

  // -- What waits for a person
  void hold(RecordId record, const HeldField& field,
            CycleNumber cycle);  // Opens, or changes the candidates.
  void release(RecordId record, std::size_t field, CycleNumber cycle);
  void ask_deletion(RecordId record, const std::string& reason, CycleNumber cycle);
  void close_deletion(RecordId record, CycleNumber cycle);
  std::vector<OpenHeld> held() const;
  std::optional<OpenHeld> held(std::int64_t id) const;  // Also one that waits no more.
  std::size_t count_held() const;                       // That wait: not those that are ignored.
  bool has_held() const;                                // Whether they wait or are ignored.
  // What the open question about a field is about, besides what the sites hold.
  void propose(RecordId record, std::size_t field, const Value& value);
  // One more rewriting of what was delivered, if it was the other site's turn; the count.
  int count_turn(SiteId site, RecordId record, std::size_t field);
  bool has_turns() const;
  void forget_turns(RecordId record, std::size_t field);
  bool has_set_aside_writes() const;
  void set_aside_write(SiteId site, RecordId root, const std::string& reason, CycleNumber cycle);
  void clear_set_aside_write(SiteId site, RecordId root);
  void clear_moot_set_asides();   // Of records that are behind no more: somebody deleted them.
  void try_again(RecordId root);  // It changed: whatever was refused is tried in this cycle.
  void set_aside_read(const Stuck& stuck, CycleNumber cycle);
  void clear_set_aside_read(SiteId site, EntityId entity, const Key& root);
  bool is_set_aside(SiteId site, EntityId entity, const Key& root) const;  // It cannot come in.
  void retry_set_aside(std::int64_t id);  // In this cycle, whenever it was to be tried next.
  std::vector<OpenSetAside> set_aside() const;
  std::size_t count_set_aside() const;  // That wait: not those that are ignored.
  bool has_set_aside() const;           // Whether they wait or are ignored.
  std::size_t count_ignored() const;    // Of both.
  // Of each root's questions: what is ignored about its deletion waits again, since it was changed.
  void reopen_deletions(const PerSite<std::set<RecordId>>& changed, CycleNumber cycle);
  bool is_refused(RecordId root) const;      // A site does not take what it is to be given of it.
  bool is_in_question(RecordId root) const;  // Whether it, or a part of it, is to be deleted.

  // -- What the last census saw of a site, by names of the caller's
  std::optional<std::string> remembered(SiteId site, const std::string& name) const;
  void remember(SiteId site, const std::string& name, const std::string& value);
  // Numbers up to these were used before this store was put back to an earlier state. Own
  // transaction.
  void skip_to(CycleNumber cycle, BatchId batch);
  // Roots whose rows, or rows of that part of theirs, are at the site as far as the store knows.
  std::vector<Key> roots_with_rows(SiteId site, EntityId entity, std::size_t limit) const;

  // -- Pauses: own transactions, which wait for those of a running cycle; throw StoreBusy.
  std::vector<Pause> pauses() const;
  std::optional<Pause> pause(const Pause& pause);  // What was there goes on, with the new reason.
  std::optional<Pause> resume(const Pausable& what, const Actor& actor);  // What ended, if it was.

  // -- Requests: made in own transactions, as pauses are; a cycle ends them in that of what it did.
  std::int64_t ask(const Request& request);
  // All or none. An answer replaces the same person's to the same question that still waits; throws
  // AnsweredAlready where it is somebody else's.
  std::vector<std::int64_t> ask_all(const std::vector<Request>& requests);
  // Ignoring, done at once: nothing moves. nullopt: something had, and nothing was done.
  std::optional<std::vector<std::int64_t>> ignore(const std::vector<Request>& requests);
  std::vector<Request> requests() const;  // Not ended yet, in the order in which they were made.
  std::vector<Request> requests(std::int64_t after, std::size_t limit) const;  // A page of them.
  void end_request(std::int64_t id, const RequestEnd& end);
  std::vector<EndedRequest> ended_requests(std::optional<CycleNumber> cycle,
                                           std::size_t limit) const;  // The last one first.
  std::vector<EndedRequest> requests_of(RecordId record) const;       // Cycle 0: not ended.
  bool was_refused(std::int64_t request) const;
  // One record becomes part of another's: what happened to it is told of that one from here on, and
  // whoever refers to it is to be pointed there. The caller sees to heads.
  void dissolve(RecordId record, RecordId into);
  // Erases what the store knows of a record and its parts beyond what both sites hold: the past of
  // one that lives; all of one that is gone from both, or is mirrored no more. Own transaction.
  Forgotten forget(RecordId root, CycleNumber cycle, const Actor& actor);
  // Nothing that was erased is left in the file. Not within a transaction; throws StoreBusy while
  // somebody reads the file.
  void compact();

  // -- What happened
  void note(const Act& act);  // In the open transaction, or in one of its own.
  void log(const Conflict& conflict, CycleNumber cycle);
  void log(const HistoryLine& line, CycleNumber cycle);
  std::vector<LoggedConflict> conflicts(std::optional<CycleNumber> cycle, std::size_t limit) const;
  std::optional<LoggedConflict> conflict(std::int64_t id) const;
  std::vector<LoggedConflict> conflicts_of(RecordId record) const;  // In order, as the next two.
  std::vector<LoggedHistory> history_of(RecordId record) const;
  std::vector<OpenHeld> held_of(RecordId record) const;  // Closed ones too.
  void mark_undone(std::int64_t conflict, CycleNumber cycle);
  // The last line of a record and, for a root, its parts that is about more than its key; 0: none.
  std::int64_t last_change(RecordId record) const;
  bool changed_after(RecordId record, CycleNumber cycle) const;
  std::string cycle_time(CycleNumber cycle) const;  // When it began; "": not known.
  // Roots of aggregates with a line in the history since that time (ISO, UTC).
  std::vector<RecordId> changed_since(const std::string& time) const;
  // How far the log has come, and whether something of an aggregate was logged since.
  using LogPosition = std::array<std::int64_t, 2>;  // The last line of history, and conflict.
  LogPosition log_position() const;
  bool logged_since(const LogPosition& position, RecordId root) const;
  std::vector<RecordId> sample(EntityId entity, std::size_t count) const;  // Alive, at random.
  void log_cycle(const LoggedCycle& cycle);
  // What a comparison of all that is mirrored found last, as its caller says it. Own transaction,
  // as those of pauses.
  void note_comparison(const std::string& found);
  std::optional<std::string> last_comparison() const;
  std::optional<LoggedCycle> last_logged_cycle() const;
  std::vector<LoggedCycle> logged_cycles(CycleNumber before,
                                         std::size_t limit) const;  // Backwards.
  // Heads of alive records, backwards as well: what people look for is seldom old.
  std::vector<std::pair<RecordId, Row>> heads(EntityId entity, RecordId before,
                                              std::size_t limit) const;

 private:
  struct Impl;
  explicit Store(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace miroir
