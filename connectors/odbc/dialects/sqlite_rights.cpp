#include "connectors/odbc/dialects/sqlite_rights.hpp"

#include <sys/stat.h>

#include <array>

namespace miroir {
namespace {

class SqliteAccounts final : public AccountRules {
 public:
  std::string script(const AccountNames&, const std::vector<TableRights>&) const override {
    return "-- SQLite has no accounts: whoever may write the file may do everything with it. What "
           "counts\n"
           "-- are the modes of the file and its folder: both must be writable for the user that "
           "runs\n"
           "-- miroir (for the -wal and -shm files, too) and for the site's programs, by a group "
           "that\n"
           "-- they share, and for nobody else (chmod 660, 2770).\n";
  }

  RightsFound compare(Session& session, const std::vector<TableRights>&) const override {
    RightsFound found;
    const auto rows =
        all_rows(session, {"SELECT file FROM pragma_database_list WHERE name = 'main'", {}},
                 std::array{ValueKind::text});
    const std::string file = rows.empty() ? "" : std::get<std::string>(rows.at(0).at(0));
    struct stat status {};
    if (!file.empty() && ::stat(file.c_str(), &status) == 0 && (status.st_mode & S_IWOTH) != 0)
      found.too_much.push_back(
          {"is not alone: everybody on this machine may write " + file, "chmod o-w " + file});
    return found;
  }
};

}  // namespace

const AccountRules& sqlite_accounts() {
  static const SqliteAccounts accounts;
  return accounts;
}

}  // namespace miroir
