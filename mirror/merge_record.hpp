// Step 4, within merge.cpp: the fields of one record, when it is known what becomes of the record.
#pragma once

#include <vector>

#include "mirror/merge.hpp"

namespace miroir {

// One record while it is merged: as it was, what was seen of it, and as it becomes.
struct Work {
  const Pair* pair = nullptr;  // Null: nothing was seen of it, but its aggregate concerns it.
  const RecordState* before = nullptr;  // Null: born in this chunk.
  RecordState after;

  const Present* present(SiteId site) const {
    return pair == nullptr ? nullptr : std::get_if<Present>(&pair->now[index(site)]);
  }
  // What is not mirrored there cannot be deleted there.
  bool absent(SiteId site) const { return is_gone_from(site) && !after.outside[index(site)]; }
  const Outside* outside(SiteId site) const {
    return pair == nullptr ? nullptr : std::get_if<Outside>(&pair->now[index(site)]);
  }
  // The transaction that removed its row, as in Absent.
  const std::string& removed_by(SiteId site) const {
    static const std::string nobody_knows;
    const auto* gone = pair == nullptr ? nullptr : std::get_if<Absent>(&pair->now[index(site)]);
    return gone == nullptr ? nobody_knows : gone->transaction;
  }
  const Missing* missing(SiteId site) const {
    return pair == nullptr ? nullptr : std::get_if<Missing>(&pair->now[index(site)]);
  }
  // The key that its row has there, if it was seen at all.
  const Key* key(SiteId site) const {
    if (const Present* now = present(site)) return &now->key;
    if (const Outside* unseen = outside(site)) return &unseen->key;
    const auto* renamed = pair == nullptr ? nullptr : std::get_if<Renamed>(&pair->now[index(site)]);
    return renamed == nullptr ? nullptr : &renamed->key;
  }
  bool is_renamed(SiteId site) const {
    const Key* now = key(site);
    if (now == nullptr || before == nullptr) return false;
    const auto& known = before->key[index(site)];
    return known && *known != *now;
  }
  bool is_unread(SiteId site) const {
    return pair == nullptr || std::holds_alternative<Unread>(pair->now[index(site)]);
  }
  bool is_gone_from(SiteId site) const {
    return pair != nullptr && std::holds_alternative<Absent>(pair->now[index(site)]);
  }
  // The site that alone has a row of it, mirrored or not, as far as anybody knows.
  std::optional<SiteId> only_at() const {
    const auto has_row = [&](SiteId site) {
      return present(site) != nullptr || (was(site) && !is_gone_from(site));
    };
    const bool first = has_row(SiteId::first);
    if (first == has_row(SiteId::second)) return std::nullopt;
    return first ? SiteId::first : SiteId::second;
  }
  const std::optional<Row>& was(SiteId site) const {
    static const std::optional<Row> nothing;
    return before == nullptr ? nothing : before->shadow[index(site)];
  }
};

// Whether the site, where the row is, changed the field: a reference also where the row says what
// it said, if the key is another's by now; and not where it says otherwise because whom it meant
// has another key.
bool says_otherwise(const Work& work, const Entity& entity, std::size_t field, SiteId site,
                    const Links& links);

// Whether the site had seen all that the record is: its row, if it should have one, says it, and
// means it.
bool saw_all(const Work& work, const Entity& entity, SiteId site, const Links& links);

// What each site holds of a field now, as far as it is known; else the head.
PerSite<Value> values_at(const Work& work, const Entity& entity, std::size_t field,
                         const Links& links);

// Conflicts, and fields that no longer wait for a person, are added to `merged`. Used at once: it
// holds on to what it is given. Leaves out what is derived from other fields.
class FieldMerge {
 public:
  FieldMerge(Work& work, const Links& links, const Mapping& mapping, Merged& merged)
      : work_{work},
        entity_{mapping.entity(work.after.entity)},
        links_{links},
        mapping_{mapping},
        merged_{merged} {}

  // Born, or born again: nothing is added to what is gone, it is replaced. Twins have no base.
  void give_birth(const std::vector<SiteId>& alive_at, std::optional<SiteId> prefer);
  // The changes of a record that lives on.
  void merge(const std::vector<SiteId>& alive_at);
  // What the record's end at `gone_from` makes of fields; somebody's change that had not been
  // there is logged as the loser.
  void set(const std::vector<FieldValue>& values, SiteId gone_from, const std::string& rule);

 private:
  void follow_only_row();
  bool takes_back(std::size_t field, SiteId site) const;
  // Each field that is merged, with those that are decided with it.
  template <class Act>
  void each_unit(Act act) const;
  bool moved(const Unit& unit, SiteId site) const;
  bool saw_head(const Unit& unit, SiteId site) const;
  Candidate change_at(const Unit& unit, SiteId site) const;
  Candidate head_before(const Unit& unit) const;
  void meet(const Unit& unit, const std::vector<SiteId>& alive_at, std::optional<SiteId> prefer);
  void merge_register(const Unit& unit, const std::vector<SiteId>& alive_at);
  void merge_counter(std::size_t field, const std::vector<SiteId>& alive_at);
  void decide(const Unit& unit, std::vector<Candidate> candidates, const Candidate& before,
              std::optional<SiteId> prefer = {});
  std::vector<Candidate> keep_direction(std::size_t field,
                                        std::vector<Candidate>& candidates) const;
  void set_head(const Unit& unit, const Candidate& head);
  void log_losers(const Unit& unit, const std::vector<Candidate>& losers, const std::string& rule);
  bool any_held(const Unit& unit) const;
  void hold(const Unit& unit, HoldReason reason);
  PerSite<std::optional<Instant>> changed_at(std::size_t field) const;
  void release(const Unit& unit);
  void look_again(const Unit& unit, const std::vector<SiteId>& alive_at);
  void settle_remapped(const Unit& unit, const std::vector<SiteId>& alive_at);

  Work& work_;
  const Entity& entity_;
  const Links& links_;
  const Mapping& mapping_;
  Merged& merged_;
};

}  // namespace miroir
