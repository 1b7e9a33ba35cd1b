// What a record has to do with others: a customer's orders, an order's customer.
#pragma once

#include <nlohmann/json.hpp>
#include <vector>

#include "mirror/status/records.hpp"
#include "mirror/status/speech.hpp"

namespace miroir {

struct Related {
  std::vector<RecordId> records;  // Whole ones: an order, not its line.
  std::size_t more = 0;           // That are not among them.
};
// Those that it refers to.
Related referred_by(const Records& records, RecordId record);
// Those that refer to it, the last ones first; also what is deleted by now.
Related referring_to(const Records& records, RecordId record, std::size_t max);

// For templates: `to`, `title` of each.
nlohmann::json links_to(const Records& records, const Speech& speech, const Related& related);

}  // namespace miroir
