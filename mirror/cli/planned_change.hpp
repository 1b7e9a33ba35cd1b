// One planned aggregate, record by record and field by field. Pure: a plan in, text or JSON out.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "mirror/stages.hpp"
#include "schema/mapping.hpp"

namespace miroir {

struct PlannedAggregate {
  const Mapping& mapping;
  SiteId site;
  EntityId entity;         // The root's.
  std::string spoken_key;  // The root's, as people say it.

  // Nothing for what is in sync after all.
  std::string to_text(const Planned& planned) const;
  std::vector<nlohmann::ordered_json> to_json(const Planned& planned) const;
};

// The field that is mapped to a column of the site's table, or the column's own name.
std::string field_at(const Entity& entity, SiteId site, std::size_t column);

}  // namespace miroir
