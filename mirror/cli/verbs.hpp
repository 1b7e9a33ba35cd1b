// The verbs: what a person or cron asks miroir to do, one source file each.
//
// A verb knows a site only through Connector, which main.cpp fills in. It prints its result on
// standard output (people's text, or one JSON object) and returns how it ended; it throws
// VerbError, ConfigError, StoreError or DbError for what makes it impossible, which main.cpp
// reports in one place.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <variant>
#include <vector>

#include "connectors/rights.hpp"
#include "connectors/session.hpp"
#include "mirror/cli/config.hpp"
#include "mirror/exit_code.hpp"

namespace miroir {

struct CheckVerb {
  std::optional<std::string> state{};  // Only this file, whatever is configured.
};
struct InstallVerb {
  std::optional<std::string> site;
  bool print = false;
  bool print_roles = false;
  bool yes = false;
};
struct UninstallVerb {
  std::optional<std::string> site;
  bool print = false;
  bool yes = false;
};
struct SeedVerb {
  bool dry_run = false;
  std::string prefer;  // A site's name; empty: each field's policy.
  std::vector<std::string> accepted{};
};
struct PlanVerb {};
struct CycleVerb {
  std::vector<std::string> accepted;
  std::string by{};  // Who accepts; empty: whoever is logged in.
};
struct StatusVerb {
  std::optional<std::string> entity;
  bool brief = false;  // How many wait, without the lists.
};
// One of the two is given.
struct PauseVerb {
  std::optional<std::string> site, entity;
  std::string reason;
};
struct ResumeVerb {
  std::optional<std::string> site, entity;
};
// What people did that is no request.
struct ActsVerb {
  std::optional<std::string> since, kind;
  std::size_t limit = 50;
};
// How something is asked of the next cycle; see asking.hpp.
struct Asking {
  std::string by;  // Empty: whoever is logged in.
  std::string reason;
  bool now = false;
};
struct HeldListVerb {
  std::optional<std::string> entity, rule;
  bool ignored = false;  // What is ignored, instead of what waits.
};
struct HeldShowVerb {
  std::string id;  // Of a question, or of what was set aside.
};
// One of id and all, and one of what follows.
struct HeldAnswerVerb {
  std::optional<std::int64_t> id;
  bool all = false;
  std::optional<std::string> rule, entity;  // With all.
  std::optional<std::string> take, value;
  bool nothing = false, take_back = false;
  bool keep = false, remove = false;  // Of a record whose deletion is in question.
  bool dry_run = false, yes = false;
  Asking asking;
};
struct HeldRetryVerb {
  std::optional<std::string> id;
  bool all = false;
  Asking asking;
};
// One of id and all. It is done at once, since nothing moves by it.
struct HeldIgnoreVerb {
  std::optional<std::string> id;  // "3", or "S1" for what is set aside.
  bool all = false;
  std::optional<std::string> rule, entity;  // With all.
  bool ignored = true;                      // false: it waits again.
  std::string by, reason;
};
// One of id and list, and the rest with list.
struct UndoVerb {
  std::optional<std::int64_t> id{};
  bool list = false;
  std::optional<std::string> entity{}, key{}, field{};
  std::optional<std::string> site{};   // Whose value lost.
  std::optional<std::string> since{};  // ISO, UTC
  std::size_t limit = 50;
  Asking asking{};
};
struct TraceVerb {
  std::string entity, key;
  std::optional<std::string> field, since;  // As above.
};
struct ForgetVerb {
  std::string entity, key;
  bool dry_run = false, yes = false;
};
struct LinkVerb {
  std::string entity;
  std::array<std::string, 2> keys;
  bool dry_run = false;
  Asking asking;
};
struct UnlinkVerb {
  std::string entity, key;
  std::optional<std::string> references;
  bool dry_run = false;
  Asking asking;
};
struct VerifyVerb {
  std::optional<std::string> entity;
  std::vector<std::string> keys;      // With entity.
  std::optional<std::size_t> sample;  // So many of each entity.
};
struct ResyncVerb {
  std::optional<std::string> entity;
  std::vector<std::string> keys;
  std::vector<std::string> where;    // "FIELD=VALUE"
  std::optional<std::string> since;  // ISO, UTC
  std::optional<std::string> from;   // The site that is right.
  std::optional<std::string> seen;   // What --dry-run called that which it showed.
  bool dry_run = false, yes = false, later = false;
  std::vector<std::string> accepted;  // Of the cycle's brakes.
  Asking asking;
};
// The status page; its port may be 0, for a free one.
struct ServeVerb {
  std::optional<std::string> listen;  // Instead of the configuration's.
};
// Tells whom the configuration names what has begun and what is over; `test`: that it can.
struct NotifyVerb {
  bool test = false;
};
// Its accounts. A password is never an argument: it comes from a file, a pipe or the terminal.
struct UserAddVerb {
  std::string name, role;
  std::optional<std::string> password_file;
};
struct UserListVerb {};
struct UserRoleVerb {
  std::string name, role;
};
struct UserPasswdVerb {
  std::string name;
  std::optional<std::string> password_file;
};
struct UserRemoveVerb {
  std::string name;
};
struct UserTokenVerb {
  std::string name;
  bool remove = false;
};
using Verb =
    std::variant<CheckVerb, InstallVerb, UninstallVerb, SeedVerb, PlanVerb, CycleVerb, StatusVerb,
                 PauseVerb, ResumeVerb, HeldListVerb, HeldShowVerb, HeldAnswerVerb, HeldRetryVerb,
                 HeldIgnoreVerb, UndoVerb, TraceVerb, ActsVerb, ForgetVerb, LinkVerb, UnlinkVerb,
                 ServeVerb, NotifyVerb, UserAddVerb, UserListVerb, UserRoleVerb, UserPasswdVerb,
                 UserRemoveVerb, UserTokenVerb, VerifyVerb, ResyncVerb>;

// A database as main.cpp knows it; the verbs know no driver.
struct Connector {
  const Dialect* dialect = nullptr;
  std::function<std::unique_ptr<Session>()> open;
  // What keeps this database from being mirrored well, each with its remedy (SQLite without WAL).
  std::function<std::vector<std::string>(Session&, std::span<const TableName>)> warnings;
  const AccountRules* accounts = nullptr;
};

struct Context {
  Setting setting;
  std::array<Connector, 2> connectors;
  bool json = false;
  std::optional<int> progress_fd{};  // Who started us wants to know how far long work has come.
};

// What the verb refuses to do, and what to do about it.
class VerbError : public std::runtime_error {
 public:
  VerbError(Exit exit, const std::string& what, std::string hint)
      : std::runtime_error{what}, exit_{exit}, hint_{std::move(hint)} {}
  Exit exit() const { return exit_; }
  const std::string& hint() const { return hint_; }

 private:
  Exit exit_;
  std::string hint_;
};

Exit run_verb(Context& context, const CheckVerb& verb);
// Of a state file alone, which may be a copy: no site is asked, and no configuration read.
Exit check_state_file(const std::filesystem::path& file, bool json);
Exit run_verb(Context& context, const InstallVerb& verb);
Exit run_verb(Context& context, const UninstallVerb& verb);
Exit run_verb(Context& context, const SeedVerb& verb);
Exit run_verb(Context& context, const PlanVerb& verb);
Exit run_verb(Context& context, const CycleVerb& verb);
Exit run_verb(Context& context, const StatusVerb& verb);
Exit run_verb(Context& context, const PauseVerb& verb);
Exit run_verb(Context& context, const ResumeVerb& verb);
Exit run_verb(Context& context, const HeldListVerb& verb);
Exit run_verb(Context& context, const HeldShowVerb& verb);
Exit run_verb(Context& context, const HeldAnswerVerb& verb);
Exit run_verb(Context& context, const HeldRetryVerb& verb);
Exit run_verb(Context& context, const HeldIgnoreVerb& verb);
Exit run_verb(Context& context, const UndoVerb& verb);
Exit run_verb(Context& context, const TraceVerb& verb);
Exit run_verb(Context& context, const ActsVerb& verb);
Exit run_verb(Context& context, const LinkVerb& verb);
Exit run_verb(Context& context, const UnlinkVerb& verb);
Exit run_verb(Context& context, const ForgetVerb& verb);
Exit run_verb(Context& context, const ServeVerb& verb);
Exit run_verb(Context& context, const NotifyVerb& verb);
Exit run_verb(Context& context, const UserAddVerb& verb);
Exit run_verb(Context& context, const UserListVerb& verb);
Exit run_verb(Context& context, const UserRoleVerb& verb);
Exit run_verb(Context& context, const UserPasswdVerb& verb);
Exit run_verb(Context& context, const UserRemoveVerb& verb);
Exit run_verb(Context& context, const UserTokenVerb& verb);
Exit run_verb(Context& context, const VerifyVerb& verb);
Exit run_verb(Context& context, const ResyncVerb& verb);

}  // namespace miroir
