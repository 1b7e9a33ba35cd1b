// The rights that miroir needs in a database, and the accounts that have no others: a runner, which
// mirrors, and an installer, which owns the journal and its triggers.
//
// needed_rights() derives them from the mapping, so that nobody has to keep a list up to date. One
// AccountRules for each database spells them in its SQL, and compares them with what an account
// has. Nothing here creates an account: the script is for an administrator, and holds no password.
#pragma once

#include <string>
#include <vector>

#include "connectors/session.hpp"
#include "schema/mapping.hpp"

namespace miroir {

// What the runner may do with one table of a site, besides reading it.
struct TableRights {
  TableName table;
  bool mirrored = true;                        // False: it is only looked at (`moved`).
  std::vector<std::string> inserted, updated;  // Columns, in the mapping's order.
  bool deletes = false;
};
// In the order of the mapping, satellites after all others, each table once. A field or an entity
// that goes one way is only read at its source.
std::vector<TableRights> needed_rights(const Mapping& mapping, SiteId site);

struct AccountNames {
  std::string runner, installer;
  std::string database;  // Where the connection text names one.
};

// What an account lacks or has too much: in words, and what to do about it.
struct RightsFinding {
  std::string what, remedy;
};
struct RightsFound {
  std::string account;
  std::vector<RightsFinding> lacking;  // Each with the GRANT to type.
  std::vector<RightsFinding> too_much;
};

class AccountRules {
 public:
  virtual ~AccountRules() = default;
  // For the database's own command-line program. It may be run again: it takes nothing away.
  virtual std::string script(const AccountNames& accounts,
                             const std::vector<TableRights>& rights) const = 0;
  // The session's own account. Tables that are not there are left out; so are miroir's own before
  // they are installed. Throws DbError.
  virtual RightsFound compare(Session& session, const std::vector<TableRights>& rights) const = 0;
};

inline const std::string narrower_account =
    "`miroir install --print-roles` prints an account with no more than it needs";

}  // namespace miroir
