// One site's way through loop two: which batch comes next, and what became of it. Runs on the
// engine's thread.
#pragma once

#include <chrono>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "mirror/cycle.hpp"
#include "mirror/late.hpp"
#include "mirror/pace.hpp"
#include "mirror/settle.hpp"
#include "mirror/stages.hpp"
#include "mirror/suspects.hpp"
#include "mirror/taken.hpp"

namespace miroir {

class SiteDelivery {
 public:
  SiteDelivery(SiteId site, const Scope& scope, Store& store, const Mapping& mapping,
               const CycleOptions& options, CycleNumber cycle);

  // Plans the next batch and records it durably; nullopt: all is sent (or rehearsed).
  std::optional<Batch> next();
  // How long the site took for a batch: the next one is of a size that takes a few seconds at most.
  void took(std::chrono::steady_clock::duration time) { pace_.took(batch_bytes_, time); }
  void delivered(const Batch& batch, const Delivered& result);
  // Its answer was lost, and the marker has told. What never happened is sent again.
  void settled(const Batch& batch, const SettledBatch& result);
  // The batch was rolled back for certain; it is divided, or its only aggregate set aside.
  // `times_late`: so often it took longer than a statement may.
  void failed(const Batch& batch, const DbError& error, int times_late);
  // What looks like a matter for a person, and nothing passes any more.
  bool is_hopeless() const { return suspects_.hopeless(); }
  // When all is sent: what others passed with is set aside; an error that may not be the row's
  // fault is a matter for a person.
  std::optional<DbError> conclude();
  std::size_t written() const { return written_; }

 private:
  // Everything of one root entity that is behind: its records that live, or those that are gone.
  struct Phase {
    EntityId entity;
    bool gone = false;
    bool again = false;
  };
  struct Piece {
    EntityId entity;
    std::vector<RecordId> roots;
    std::optional<AggregateWrite> step{};  // Instead: one steps aside (exchange.hpp).
  };
  // What took too long alone: why it would be set aside, and what is told if it is not.
  struct Late {
    RecordId root;
    std::string reason, told;
  };

  std::optional<Piece> next_piece();
  std::optional<Batch> make_batch(const Piece& piece);
  void plan_root(RecordId root, Batch& batch);
  // Why a key that it inserts is not free, as far as the store knows.
  std::optional<Planned> key_is_taken(const AggregateWrite& write);
  void tell_if_unknown(const AggregateWrite& write);
  std::optional<RecordId> waits_for_itself(RecordId record) const;
  bool look_again();
  bool waits_in_circle(RecordId root) const;
  std::vector<RecordId> own_parents(RecordId root) const;
  bool is_referred_to(RecordId root) const;
  void refuse(const Batch& batch, const DbError& error);
  void set_aside(const Batch& batch, const DbError& error);
  bool is_set_aside(RecordId root) const;
  // site_delivery_late.cpp: what takes longer than a statement may.
  void divide_late(EntityId entity, std::vector<RecordId> roots);
  void late(const Batch& batch, const DbError& error);
  std::set<RecordId> set_aside_of(EntityId entity, const std::vector<RecordId>& roots) const;
  void end_late();
  std::optional<DbError> conclude_late();
  std::set<RecordId> left_to_next_cycle(const Piece& piece) const;
  bool is_probing() const;  // Whether the site takes anything at all.
  bool try_exchange(EntityId entity, RecordId root);
  std::string with_fields(const AggregateWrite& write, const std::string& refusal) const;
  std::string reason_of(RecordId root, const DbError& error) const;
  std::string named_holder(const AggregateWrite& write, const Taken& taken) const;
  std::string name_of(RecordId record) const;

  SiteId site_;
  Store& store_;
  const Mapping& mapping_;
  const CycleOptions& options_;
  CycleNumber cycle_;
  std::vector<Phase> phases_;
  std::size_t phase_ = 0, again_ = 0;
  std::size_t written_before_ = 0;  // The last look again.
  RecordId after_{};
  // The first batch takes about two seconds at 128 kbit/s and 60 ms there and back.
  Pace pace_{10'000, 16'000'000};
  // Of the batch under way: its size, and whether it is one's stepping aside.
  std::size_t batch_bytes_ = 0;
  bool is_step_ = false;
  bool more_ = true;          // Of this phase there may be another page.
  std::deque<Piece> pieces_;  // Parts of batches that were refused.
  std::set<RecordId>
      waiting_;  // For a parent, or a key: they get a second look when all else is sent.
  std::map<RecordId, RecordId> key_holders_;  // Deleted, with the key that a record waits for.
  // What the site refused once: it may take it when all else is sent, or when another one that is
  // refused as well has given up what it is to get.
  std::map<RecordId, AggregateWrite> refused_;
  std::map<RecordId, RecordId> exchanged_;  // Each with the one that waits for it.
  std::set<RecordId> given_up_;             // Set aside: not tried again before the next cycle.
  Suspects suspects_;
  // Each took too long alone, and nothing was written since; set aside when something is.
  std::vector<Late> late_;
  // In this cycle: those that are new, and those that are set aside already.
  std::size_t late_found_ = 0, late_known_ = 0;
  std::size_t written_ = 0;
};

}  // namespace miroir
