// MariaDB's accounts. See ../../rights.hpp. What an account may do is read from SHOW GRANTS: the
// catalogue does not tell what it has by a role.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/rights.hpp"

namespace miroir {

// One line of SHOW GRANTS: "GRANT SELECT, UPDATE (`b`) ON `shop`.`t` TO `miroir`@`%`".
struct MariadbGrant {
  // By right, in capitals; no columns: on all of them. "ALL PRIVILEGES" is one of them.
  std::map<std::string, std::vector<std::string>> rights;
  std::string database, table;  // Empty: any.
  bool may_grant = false;

  // Whether it is about a table of the database; a database is named by a pattern.
  bool covers(std::string_view in_database, std::string_view of_table) const;
  bool gives(const std::string& right, const std::string& column = {}) const;
};
// nullopt: it is no grant of rights, but of a role, or a setting.
std::optional<MariadbGrant> parse_grant(std::string_view line);

const AccountRules& mariadb_accounts();  // Lives as long as the program.

}  // namespace miroir
