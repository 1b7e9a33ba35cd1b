// One site's way through loop two: which batch comes next, and what became of it. Runs on the
// engine's thread.
#pragma once

#include <deque>
#include <optional>
#include <set>

#include "mirror/cycle.hpp"
#include "mirror/stages.hpp"

namespace miroir {

class SiteDelivery {
 public:
  SiteDelivery(SiteId site, const Scope& scope, Store& store, const Mapping& mapping,
               const CycleOptions& options, CycleNumber cycle);

  // Plans the next batch and records it durably; nullopt: all is sent (or rehearsed).
  std::optional<Batch> next();
  void delivered(const Batch& batch, const Delivered& result);
  // The batch was rolled back for certain; it is divided, or its only aggregate set aside.
  void failed(const Batch& batch, const DbError& error);
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
  };

  std::optional<Piece> next_piece();
  std::optional<Batch> make_batch(const Piece& piece);
  void plan_root(RecordId root, Batch& batch);
  // Why a key that it inserts is not free, as far as the store knows.
  std::optional<Planned> key_is_taken(const AggregateWrite& write) const;

  SiteId site_;
  Store& store_;
  const Mapping& mapping_;
  const CycleOptions& options_;
  CycleNumber cycle_;
  std::vector<Phase> phases_;
  std::size_t phase_ = 0;
  RecordId after_{};
  std::deque<Piece> pieces_;  // Parts of batches that were refused.
  std::set<RecordId>
      waiting_;  // For a parent, or a key: they get a second look when all else is sent.
  std::size_t written_ = 0;
};

}  // namespace miroir
