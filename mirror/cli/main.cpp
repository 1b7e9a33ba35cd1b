// The composition root: the only place that knows every connector, and the one that reports what
// went wrong.
#include <malloc.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include "connectors/odbc/dialects/mariadb_dialect.hpp"
#include "connectors/odbc/dialects/mariadb_rights.hpp"
#include "connectors/odbc/dialects/sqlite_dialect.hpp"
#include "connectors/odbc/dialects/sqlite_rights.hpp"
#include "connectors/odbc/odbc_session.hpp"
#include "connectors/postgres/postgres_dialect.hpp"
#include "connectors/postgres/postgres_rights.hpp"
#include "connectors/postgres/postgres_session.hpp"
#include "mirror/cli/arguments.hpp"
#include "mirror/cli/connection_text.hpp"
#include "mirror/cli/output.hpp"
#include "mirror/state/store.hpp"

namespace miroir {
namespace {

// The configuration knows no others.
const OdbcDialect& odbc_dialect(const std::string& name) {
  if (name == "mariadb") return mariadb_dialect();
  return sqlite_dialect();
}

Connector connector_for(const SiteConfig& site, const SessionLimits& limits) {
  const std::string text = with_password(site.connector, site.connection, site.password);
  if (site.connector == "postgres") {
    return {
        .dialect = &postgres_dialect(),
        .open = [=] { return open_postgres(text, limits, "miroir/" + site.name); },
        .warnings = [](Session&, std::span<const TableName>) { return std::vector<std::string>{}; },
        .accounts = &postgres_accounts()};
  }
  const OdbcDialect& dialect = odbc_dialect(site.dialect);
  return {.dialect = &dialect,
          .open = [=, &dialect] { return open_odbc(text, dialect, limits); },
          .warnings = [](Session& session,
                         std::span<const TableName> tables) { return warnings(session, tables); },
          .accounts = site.dialect == "mariadb" ? &mariadb_accounts() : &sqlite_accounts()};
}

// Standard output belongs to results.
void set_up_log(const std::string& level) {
  auto logger = spdlog::stderr_logger_mt("miroir");
  logger->set_pattern("%Y-%m-%dT%H:%M:%S%z %l %v");
  logger->set_level(spdlog::level::from_str(level));
  spdlog::set_default_logger(std::move(logger));
}

// As whom a verb comes to the sites.
Login login_of(const Verb& verb) {
  if (std::holds_alternative<NotifyVerb>(verb)) return Login::nobody;
  const auto* install = std::get_if<InstallVerb>(&verb);
  const auto* uninstall = std::get_if<UninstallVerb>(&verb);
  if (install == nullptr && uninstall == nullptr) return Login::runner;
  const bool prints =
      install != nullptr ? install->print || install->print_roles : uninstall->print;
  return prints ? Login::nobody : Login::installer;
}

Exit run(const Arguments& arguments) {
  if (const auto* check = std::get_if<CheckVerb>(&arguments.verb); check != nullptr && check->state)
    return check_state_file(*check->state, arguments.json);
  Context context{.setting = read_setting(arguments.config, login_of(arguments.verb)),
                  .connectors = {},
                  .json = arguments.json,
                  .progress_fd = arguments.progress_fd};
  const Config& config = context.setting.config;
  set_up_log(config.log_level);
  for (const SiteId site : both_sites) {
    context.connectors[index(site)] = connector_for(config.sites[index(site)], config.session);
  }
  return std::visit([&](const auto& verb) { return run_verb(context, verb); }, arguments.verb);
}

Failure failure_of(const DbError& error) {
  const bool settings =
      error.recovery() == Recovery::misconfigured || error.recovery() == Recovery::refused;
  return {settings ? Exit::usage : Exit::unreachable, error.what(), std::string{error.hint()}};
}

// The one place where failures become text and an exit code.
Exit run_reported(const Arguments& arguments) {
  const auto report = [&](const Failure& failure) {
    print_failure(failure, arguments.json);
    return failure.exit;
  };
  try {
    return run(arguments);
  } catch (const ConfigError& error) {
    const std::size_t count = error.mistakes().size();
    return report({Exit::usage,
                   count == 1
                       ? "there is a mistake in the configuration"
                       : "there are " + std::to_string(count) + " mistakes in the configuration",
                   "", error.mistakes()});
  } catch (const VerbError& error) {
    return report({error.exit(), error.what(), error.hint()});
  } catch (const StoreBusy& error) {
    return report({Exit::busy, error.what(), error.hint()});
  } catch (const StoreError& error) {
    return report({Exit::usage, error.what(), error.hint()});
  } catch (const DbError& error) {
    return report(failure_of(error));
  } catch (const std::exception& error) {
    if (const auto failure = failure_of_file(error))
      return report({Exit::usage, failure->what(), failure->hint()});
    return report({Exit::internal, std::string{"internal error: "} + error.what(), ""});
  }
}

// A cycle takes and gives back the memory of a chunk again and again. The allocator is told not to
// return it to the system meanwhile: that took a quarter of a large cycle's processor time.
void keep_freed_memory() {
  constexpr int more_than_a_chunk = 64 << 20;
  mallopt(M_TRIM_THRESHOLD, more_than_a_chunk);
  mallopt(M_MMAP_THRESHOLD, more_than_a_chunk);
  mallopt(M_TOP_PAD, 4 << 20);
}

}  // namespace
}  // namespace miroir

int main(int argc, char** argv) {
  miroir::keep_freed_memory();
  try {
    const auto parsed = miroir::parse_arguments(argc, argv);
    if (const auto* exit = std::get_if<miroir::Exit>(&parsed)) return static_cast<int>(*exit);
    return static_cast<int>(miroir::run_reported(std::get<miroir::Arguments>(parsed)));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "miroir: %s\n", error.what());
    return static_cast<int>(miroir::Exit::internal);
  }
}
