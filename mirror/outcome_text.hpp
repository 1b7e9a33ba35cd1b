// What a site's marker says of its batch: the text that the delivery's own SQL wrote there
// (DeliverySql::add_outcome). Pure.
#pragma once

#include <string>

#include "mirror/site.hpp"
#include "schema/mapping.hpp"

namespace miroir {

// Of a batch that happened. Throws CodecError for what no delivery has written.
Settled outcome_from_text(const std::string& text, const Mapping& mapping, SiteId site);

}  // namespace miroir
