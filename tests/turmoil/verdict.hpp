// Decides by causality whether anything is lost, doubled or invented: what people did (only what
// the databases have acknowledged) against what both sites hold and what miroir lists when all has
// come to rest. Pure.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "tests/turmoil/ledger.hpp"

namespace miroir::turmoil {

// A record as one site holds it.
struct Found {
  int times = 0;  // How many rows have this mark.
  std::string root;
  std::map<std::string, std::string> values;
};

struct Ending {
  std::array<std::map<std::string, Found>, 2> rows;             // By mark.
  std::array<std::map<std::string, std::int64_t>, 2> counters;  // By mark.
  // What stands in the conflict list as having lost, or in an open question.
  std::map<Cell, std::set<std::string>> listed;
  std::set<std::string> disputed;  // Marks of records whose deletion stands in the conflict list.
};

struct Complaint {
  std::string rule;
  std::string mark;
  std::string text;
};

// Rules:
//   vanished  A value is shown by a site, or was overwritten or deleted by somebody who had seen
//   it, or is listed.
//             A record is there, or was deleted; a deletion came about, or is listed.
//   invented  A site shows only what somebody wrote into that very cell.
//   doubled   No record is twice at a site.
//   equal     Both sites hold the same records with the same values.
//   counter   A counter is the sum of what people counted, from 0.
std::vector<Complaint> judge(const std::vector<Deed>& deeds, const Ending& ending);

}  // namespace miroir::turmoil
