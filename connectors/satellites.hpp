// A mapping as a site's tables are: each satellite an entity of its own there, a part of the same
// aggregate. So triggers watch it, and a batch locks, guards and writes its rows, as those of any
// part; its key is the row's that it belongs to, and the values that tell it from others of the same
// key.
//
// Pure. Entities of the mapping keep their ids, with the columns of their own tables alone; the
// satellites come after them, and know nothing of the other site. For what talks to a database: the
// engine never sees such a mapping.
#pragma once

#include <optional>
#include <vector>

#include "schema/mapping.hpp"

namespace miroir {

class ByTables {
 public:
  // The mapping must outlive it; where it has no satellites at the site it is taken as it is.
  ByTables(const Mapping& mapping, SiteId site);

  const Mapping& operator*() const { return tables_ ? *tables_ : mapping_; }
  const Mapping* operator->() const { return &**this; }

  // The entity that the n-th satellite of an entity is here.
  EntityId satellite(EntityId owner, std::size_t n) const;
  // nullopt: it is none.
  std::optional<EntityId> owner(EntityId satellite) const;
  // Of one of the mapping's entities or a satellite: where SiteTable::columns of the mapping (of the
  // owner) has this column. Not for a satellite's key.
  std::size_t in_row(EntityId entity, std::size_t column) const;
  // How many columns a satellite's key has, which are its first.
  std::size_t key_columns(EntityId satellite) const;

 private:
  void add(const Entity& owner, std::size_t n);

  struct Place {
    EntityId owner;
    std::size_t n = 0;
  };

  const Mapping& mapping_;
  SiteId site_;
  std::optional<Mapping> tables_;
  std::vector<Place> places_;  // Of the satellites, in their order.
};

}  // namespace miroir
