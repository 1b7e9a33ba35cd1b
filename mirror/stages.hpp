// The types between the stages of a cycle, in the order of the stages. A stage cannot be skipped:
// the type that the next one wants exists only when it has run.
//
//   Scope -> Chunk -> Changes -> Pairs -> Merged -> Incorporated      (loop one)
//   Plan -> Sent (Delivered) -> recorded in the store                  (loop two)
//
// "Raw" values are a site's own, "canonical" ones are the head's. All are plain values, owned by
// who holds them.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "mirror/site.hpp"
#include "schema/ids.hpp"
#include "schema/mapping.hpp"
#include "schema/value.hpp"

namespace miroir {

template <class T>
using PerSite = std::array<T, 2>;

// ---- The store's view of a record
// --------------------------------------------------------------------------

// Why a field of a record waits for a person.
enum class HoldReason : std::uint8_t {
  policy,     // The field's policy leaves it to a person, and both sites changed it.
  shortened,  // A site stored less than it was given.
  rewriting,  // The two sites keep rewriting each other's value.
  remapped,   // The mapping was changed, and by the new one the sites differ.
  against,    // It was changed at the site that it only goes to.
  term,       // It is computed from what waits for a person, or has too many digits.
  undone,     // A person wants back what a decision had made lose, and it has moved since.
};
// A held field keeps its head; each site keeps its own value.
struct HeldField {
  std::size_t field = 0;
  HoldReason reason = HoldReason::policy;
  PerSite<Value> candidates;  // Canonical, what each site holds.
  // When somebody changed it there, by this machine's clock, where the site's journal says so. Told
  // to the store alone, which does not give it back here.
  PerSite<std::optional<Instant>> changed{};
};

// When something was changed, by this machine's clock: give or take the margin.
struct ChangeTime {
  Instant at;
  std::int64_t margin_micros = 0;
  friend bool operator==(const ChangeTime&, const ChangeTime&) = default;
};
// When a field's head was changed; with the value, since it says nothing of any other.
struct HeadTime {
  std::size_t field = 0;
  Value value;
  ChangeTime time;
};

struct RecordState {
  RecordId id;
  EntityId entity;
  RecordId root;      // Itself for roots.
  bool gone = false;  // The head is "deleted"; `head` still holds the last values.
  CycleNumber gone_since;
  Row head;                            // Canonical, in the order of Entity::fields.
  PerSite<std::optional<Row>> shadow;  // Raw; nullopt: the site does not hold it.
  // A part that went while it was outside has a shadow and no key.
  PerSite<std::optional<Key>> key;
  // The site's row is (or was, when it was last seen) none that is mirrored: it is left alone, and
  // the shadow stays what it was before. The same for all records of an aggregate.
  PerSite<bool> outside{};
  std::vector<HeldField> held;
  std::vector<HeadTime> times;  // Of fields that are decided by times, as far as they are known.
};

// Where a record stands: the key that it has, or last had, at each site, and whether a row of it is
// there now.
struct Presence {
  PerSite<std::optional<Key>> keys;
  PerSite<bool> there{};
  PerSite<bool> outside{};  // RecordState::outside
  bool gone = false;        // RecordState::gone
};

// Record ids and keys of what rows and heads refer to, loaded for one chunk or batch. Read only
// once it is filled.
class Links {
 public:
  void add(EntityId entity, RecordId record, const Presence& presence, const Mapping& mapping);
  // The record whose row at `site` a reference holding `raw` means; it may be gone by now.
  std::optional<RecordId> record_of(SiteId site, EntityId entity, const Value& raw) const;
  // What a reference to the record holds at `site`, now or before it was deleted there; nullopt: it
  // never had a row.
  std::optional<Value> key_of(SiteId site, RecordId record) const;
  bool is_there(SiteId site, RecordId record) const { return there_[index(site)].contains(record); }
  // The record lives on, but the row that it had at the site is there no more.
  bool is_lost(SiteId site, RecordId record) const {
    return alive_.contains(record) && by_record_[index(site)].contains(record) &&
           !is_there(site, record);
  }
  bool is_outside(SiteId site, RecordId record) const {
    return outside_[index(site)].contains(record);
  }
  // Somebody else may have this key by now, who is not read yet: record_of() does not tell.
  void distrust(SiteId site, EntityId entity, const Value& raw);
  bool is_distrusted(SiteId site, EntityId entity, const Value& raw) const;
  // Whom the record's row meant by a field when it was last seen, where its head, or who has the
  // key now, may say otherwise.
  void add_row_references(SiteId site, RecordId record, std::map<std::size_t, RecordId> meant);
  bool has_row_reference(SiteId site, RecordId record) const {
    return row_references_[index(site)].contains(record);
  }
  std::optional<RecordId> row_referred(SiteId site, RecordId record, std::size_t field) const;

 private:
  PerSite<std::map<std::pair<std::size_t, std::string>, RecordId>> by_key_;
  PerSite<std::map<RecordId, Value>> by_record_;
  PerSite<std::set<RecordId>> there_, outside_;
  std::set<RecordId> alive_;
  PerSite<std::set<std::pair<std::size_t, std::string>>> distrusted_;
  PerSite<std::map<RecordId, std::map<std::size_t, RecordId>>> row_references_;
};

// ---- Step 0: census
// ------------------------------------------------------------------------------------------

struct Brake {
  std::string id;  // What `cycle --accept` takes: names site, entity and extent, so that it holds
                   // only once.
  SiteId site = SiteId::first;
  std::optional<EntityId> entity{};  // nullopt: the whole site.
  std::string message{};             // What was seen, and exactly what to type.
  bool acceptable = true;  // false: something else must be done first; the message says what.
};
// What a person accepted, and what is to be made good before anything is read.
struct Mend {
  enum class How : std::uint8_t {
    compare,   // What the site holds otherwise than it was last seen there is read again.
    rebase,    // The site was put back: what it holds now is no news, but what its users do is.
    catch_up,  // The store was put back: what both sites hold meets what it knew.
  };
  std::string brake;  // The id that was accepted.
  SiteId site = SiteId::first;
  std::optional<EntityId> entity{};  // A root; nullopt: all of the site.
  How how = How::compare;
  // To be remembered of the site once it is done (Store::remember).
  std::vector<std::pair<std::string, std::string>> then{};
};
// What a person keeps out of the cycles for a while: a site, or a root entity.
using Pausable = std::variant<SiteId, EntityId>;
struct Pause {
  Pausable what;
  std::string reason;
  std::string since;  // ISO, UTC
  std::string by;     // The person's login name.
};
// What a site's clock shows more than this machine's. It was read somewhere within its answer's
// round trip: half of that is taken for the moment, and is the margin of error.
struct ClockOffset {
  std::int64_t micros = 0;
  std::int64_t margin_micros = 0;

  ChangeTime corrected(Instant at) const { return {Instant{at.micros - micros}, margin_micros}; }
};
struct Scope {
  // Measured only where the mapping decides by times.
  PerSite<std::optional<ClockOffset>> clocks{};
  PerSite<bool> here{};               // Sites that take part in this cycle.
  std::set<std::size_t> sitting_out;  // Root entities that are paused or over a brake, and all that
                                      // refer to them.
  // Root entities that something sitting out refers to: nobody knows whether what it refers to may
  // go, so deletions wait.
  std::set<std::size_t> not_deleting;
  std::vector<Brake> brakes;
  std::set<std::string> accepted{};  // What a person typed, and what has let a brake pass.
  std::vector<Mend> mends{};
};

// ---- Step 2: extract
// -------------------------------------------------------------------------------------------

struct Chunk {
  EntityId entity;
  PerSite<std::vector<Key>>
      roots;  // By each site's own capture, or as the same record at the other site.
  PerSite<std::vector<Key>> whole;  // From the re-read list.
  PerSite<std::set<Key>> known;     // Of `roots`, those whose rows are their shadows but for what
                                    // the journal names.
  bool empty() const;
};
// Where a root was found that is in its table no more; nullopt: in none of SiteTable::moved.
struct Relocation {
  Key root;
  std::optional<std::size_t> place;
};
// A root's key that another row has by now, as the references hold it that were read: by a journal
// row that the site still has (nullopt: a row that the mirror does not know).
struct TakenOver {
  std::optional<JournalId> id;
  EntityId entity;
  Value raw;
};
struct Changes {
  EntityId entity;
  PerSite<std::optional<Extract>> from;  // nullopt: the site is not here.
  PerSite<std::vector<Key>> whole;       // Roots that were read with all their parts.
  PerSite<std::optional<ClockOffset>> clocks{};
  PerSite<std::vector<Relocation>> looked;  // Of absent roots, where the mapping says to look.
  PerSite<std::vector<TakenOver>> taken_over;
};

// ---- Step 3: match
// ---------------------------------------------------------------------------------------------

// What extraction saw of a record at one site.
struct Unread {};
struct Absent {
  std::string transaction;  // That removed it; empty: nobody knows.
};
// Whether two rows of a site may have been removed by one transaction.
inline bool may_be_one(const std::string& a, const std::string& b) {
  return a.empty() || b.empty() || a == b;
}
// There, but a row that is not mirrored. Roots only.
struct Outside {
  Key key;
};
// There, and its key is another one by now; its values are not read, now or yet.
struct Renamed {
  Key key;
};
// In its table no more, and to be looked for elsewhere before it counts as deleted. Roots only.
struct Missing {
  Key key;
  std::optional<std::size_t> place;  // As in Relocation.
};
struct Present {
  Key key;
  Row raw;
  Row canonical;  // By field; NULL where a conversion was refused (then the pair is stuck).
  // When somebody at the site last changed it; nullopt: the journal does not say.
  std::optional<ChangeTime> changed{};
};
using Seen = std::variant<Unread, Absent, Outside, Renamed, Missing, Present>;

struct Pair {
  RecordId record;
  EntityId entity;
  bool born = false;  // The record is new with this chunk: the store has no state for it.
  PerSite<Seen> now;
  PerSite<bool> lost_key{};  // Another record's row has its key there now.
};
// A root and those of its parts that something was seen of; decided as one.
struct AggregatePair {
  RecordId root;
  std::vector<Pair> records;  // The root first, if anything was seen of it.
};
// A site's rows that cannot enter a head yet: set aside, and on the re-read list.
struct Stuck {
  SiteId site = SiteId::first;
  EntityId entity;  // The root entity.
  Key root;
  std::string reason;
  bool changed = false;  // Somebody has changed it at the site since it was read last.
};
// Rows alike, by a match rule, with more than one at a site.
struct SeedQuestion {
  std::size_t rule = 0;
  std::string value;
  friend bool operator==(const SeedQuestion&, const SeedQuestion&) = default;
};
// What happened to roots that the first meeting of two full databases has left waiting.
struct MeetingNews {
  struct Renamed {
    SiteId site = SiteId::first;
    Key before, after;
  };
  struct Joining {
    SiteId site = SiteId::first;
    Key key;
    SeedQuestion question;
  };
  std::vector<Renamed> renamed;
  std::vector<std::pair<SiteId, Key>> parted;    // Twins no more: one of the two was deleted.
  std::vector<std::pair<SiteId, Key>> answered;  // Alike to several no more.
  std::vector<Joining> joining;                  // New, and alike to those that wait.
};
struct Pairs {
  EntityId entity;
  std::vector<AggregatePair> aggregates;
  std::vector<Stuck> stuck;
  PerSite<std::vector<JournalId>> read;  // Everything to acknowledge.
  PerSite<std::vector<Key>> whole;       // Re-read list entries that this chunk answers.
  MeetingNews news;
};

// ---- Step 4: merge
// ---------------------------------------------------------------------------------------------

struct Conflict {
  RecordId record;
  EntityId entity;
  std::optional<std::size_t> field;  // nullopt: about the record's existence.
  Value winner, loser;               // Canonical; existence: text.
  std::optional<SiteId> loser_site;  // nullopt: the head's own value, not yet everywhere.
  std::string rule;
};
struct FieldChange {
  std::size_t field = 0;
  Value before, after;
};
// One line of a record's history.
struct HistoryLine {
  RecordId record;
  EntityId entity;
  std::optional<SiteId> site;  // Where the change came from; nullopt: from both or from a decision.
  // "born", "changed", "deleted", "restored"; "left" and "returned" (to what is mirrored); "kept"
  // (deleted at the site, and not at the other one); "missed" and "moved" (elsewhere at the site).
  std::string event;
  std::vector<FieldChange> changes;
  Key key{};  // That it has at the site, of events about it (has_key); those have no changes.
};
// A root that is looked for once more by the next cycle.
struct Searching {
  SiteId site = SiteId::first;
  RecordId record;
  Key key;
  std::optional<std::size_t> place;  // This time, as in Relocation.
};
// A root that has another key at a site by now.
struct Rekeyed {
  SiteId site = SiteId::first;
  Key before, after;
};
// A row that somebody removed at a site.
struct Removal {
  SiteId site = SiteId::first;
  RecordId record;
  std::string transaction;  // As in Absent.
};
struct Merged {
  EntityId entity;
  std::vector<RecordState> states;  // All records that something was seen of, as they are now.
  std::vector<Conflict> conflicts;
  std::vector<HistoryLine> history;
  std::vector<std::pair<SiteId, RecordId>>
      disappeared;  // Rows that vanished or changed key: referrers are re-read.
  std::vector<Rekeyed> rekeyed;
  std::vector<Removal> removals;
  std::vector<RecordId> relinked;                 // Born, or a reference or a match field changed.
  std::vector<std::pair<SiteId, RecordId>> told;  // Rows that say anew whom they refer to.
  std::vector<std::pair<RecordId, std::size_t>>
      released;                       // Fields that no longer wait for a person.
  PerSite<std::set<RecordId>> moved;  // Roots of aggregates with a change that came from the site.
  std::vector<std::pair<RecordId, std::string>> asked;  // Whether it is to be deleted, and why.
  std::vector<RecordId> returned;                       // ... which is no question any more.
  std::vector<Searching> searching;
  std::vector<std::pair<SiteId, RecordId>> searched;  // Looked for no more.
  std::vector<Stuck> stuck;
  PerSite<std::vector<JournalId>> read;
  PerSite<std::vector<Key>> whole;
  MeetingNews news;
};

// ---- Step 5 and 6: incorporate, acknowledge
// -----------------------------------------------------------------------

// Proof that the store durably holds what these journal rows said. Only incorporate() makes one.
class Incorporated {
 public:
  const std::vector<JournalId>& read(SiteId site) const { return read_[index(site)]; }
  std::size_t conflicts() const { return conflicts_; }

 private:
  friend Incorporated incorporate(const Merged& merged, class Store& store, const Mapping& mapping,
                                  CycleNumber cycle);
  PerSite<std::vector<JournalId>> read_;
  std::size_t conflicts_ = 0;
};

// ---- Step 7: plan
// ------------------------------------------------------------------------------------------------

struct Waits {
  std::string reason;
};  // For a parent, or for a key to be freed; tried again by itself.
struct Refused {
  std::string reason;
};                 // Does not fit: set aside.
struct InSync {};  // Nothing to write after all.
using Planned = std::variant<AggregateWrite, Waits, Refused, InSync>;

}  // namespace miroir
