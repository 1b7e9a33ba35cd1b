// What the files that declare the command line share; nobody else includes this.
#pragma once

#include <CLI/CLI.hpp>
#include <memory>

#include "mirror/cli/arguments.hpp"

namespace miroir {

inline constexpr auto exit_codes =
    "Exit codes: 0 done; 1 internal error; 2 usage or configuration; 3 a site could not be "
    "reached\n"
    "(nothing is lost, the next cycle goes on); 4 done, and something waits for a person; 5 "
    "brake;\n"
    "6 another cycle is running.";

template <class V>
CLI::App& add_verb(CLI::App& app, Arguments& arguments, const char* name, const char* help,
                   std::shared_ptr<V> verb) {
  CLI::App& sub = *app.add_subcommand(name, help);
  sub.add_option("--config", arguments.config, "The configuration file (default: ./miroir.json)")
      ->type_name("FILE");
  sub.add_flag("--json", arguments.json, "One JSON object on standard output");
  sub.footer(exit_codes);
  sub.callback([&arguments, verb] { arguments.verb = *verb; });
  return sub;
}

// The verbs that ask something of the next cycle.
void add_asking(CLI::App& sub, Asking& asking);

void add_held(CLI::App& app, Arguments& arguments);
void add_undo(CLI::App& app, Arguments& arguments);

}  // namespace miroir
