// Time zones, by their names in the IANA data base ("Europe/Paris"): whose calendar an instant is
// looked up in.
//
// Reads the system's zone files (the package tzdata) when a zone is first asked for, and keeps
// them. Thread-safe.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "schema/instant.hpp"

namespace miroir {

bool is_time_zone(const std::string& name);
std::vector<std::string> time_zones();  // Empty where the system has none.

// The calendar day that it is there at that moment; nullopt outside the years 1 to 9999.
std::optional<Date> local_date(Instant instant, const std::string& zone);
// The first moment of the day there: midnight, or what the clock shows first where it is put
// forward at midnight. nullopt for a day that the zone left out, or outside the years 1 to 9999.
std::optional<Instant> start_of_day(Date date, const std::string& zone);

}  // namespace miroir
