// Decisions, requests and acts as people look them up: of a record, a kind of record, some days, a
// side; page by page, the last ones first.
//
// Opens a connection of its own beside a running cycle; one thread at a time. Throws StoreError.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "mirror/request.hpp"
#include "mirror/state/acts.hpp"
#include "mirror/state/logged.hpp"
#include "schema/mapping.hpp"

namespace SQLite {
class Database;
}

namespace miroir {

struct LogFilter {
  std::optional<EntityId> entity{};
  // Of these and their parts; empty: none is meant, so nothing is found.
  std::optional<std::vector<RecordId>> records{};
  // Decisions alone, and only with an entity: about this field of it.
  std::optional<std::size_t> field{};
  std::string from{}, until{};           // ISO, UTC; `until` is no more part of it. "": open.
  std::optional<SiteId> lost_at{};       // Decisions alone: whose value was replaced.
  std::optional<std::int64_t> before{};  // Numbers below this one.
  std::size_t limit = 0;
  std::optional<ActKind> act{};  // Acts alone: of this kind.
  bool about_accounts = true;    // Acts alone: those as well.
};

class LogPages {
 public:
  // `mapping` must outlive it, and be the one that the state file speaks.
  LogPages(const std::filesystem::path& state, const Mapping& mapping);
  ~LogPages();

  std::vector<LoggedConflict> decisions(const LogFilter& filter) const;
  std::vector<EndedRequest> requests(const LogFilter& filter) const;  // Cycle 0: not ended.
  std::vector<Act> acts(const LogFilter& filter) const;

 private:
  template <class Read>
  auto page(const std::string& sql, const LogFilter& filter, Read read) const;

  std::unique_ptr<SQLite::Database> db_;
  const Mapping& mapping_;
};

}  // namespace miroir
