// What a rehearsed cycle would write, as it comes: text is printed at once, so that a long plan
// needs no memory.
#pragma once

#include <nlohmann/json.hpp>

#include "mirror/cli/output.hpp"
#include "mirror/cli/planned_change.hpp"
#include "mirror/cli/report.hpp"
#include "mirror/cli/verbs.hpp"

namespace miroir {

class PlanSheet {
 public:
  PlanSheet(const Context& context, const Store& store) : context_{context}, store_{store} {}

  void add(SiteId site, EntityId entity, RecordId record, const Planned& planned) {
    const Mapping& mapping = context_.setting.mapping;
    const PlannedAggregate aggregate{mapping, site, entity,
                                     spoken_key(store_, mapping, entity, record)};
    if (context_.json) {
      for (auto& entry : aggregate.to_json(planned)) list_.push_back(std::move(entry));
    } else {
      print(aggregate.to_text(planned));
    }
  }
  nlohmann::ordered_json take() { return std::move(list_); }

 private:
  const Context& context_;
  const Store& store_;
  nlohmann::ordered_json list_ = nlohmann::ordered_json::array();
};

}  // namespace miroir
