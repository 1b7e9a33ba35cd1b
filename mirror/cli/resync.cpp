// miroir resync: what has drifted apart is read again and merged as any change is, or one site is
// declared right. It is asked of a cycle, which is run at once.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "mirror/cli/asking.hpp"
#include "mirror/cli/findings.hpp"
#include "mirror/cli/installing.hpp"
#include "mirror/cli/output.hpp"
#include "mirror/cli/pausing.hpp"
#include "mirror/cli/rehearsal.hpp"
#include "mirror/cli/report.hpp"
#include "mirror/cli/resync_choice.hpp"
#include "mirror/cli/table.hpp"

namespace miroir {
namespace {

using nlohmann::ordered_json;

// Both sites must be read.
void refuse_paused(const Store& store, const Mapping& mapping) {
  const auto pauses = store.pauses();
  for (const SiteId site : both_sites) {
    if (const auto pause = find_pause(pauses, site))
      throw VerbError{Exit::usage, described(*pause, mapping),
                      "it cannot be read; when it may be: " + resume_command(site, mapping)};
  }
}

std::string summary(const ResyncChoice& choice, const Mapping& mapping) {
  std::string text;
  if (choice.left_out() > 0) text += fmt::format("{} more are not shown\n", choice.left_out());
  if (const std::size_t asked = choice.pending().size())
    text += counted(asked, "request", "requests") + " of before, not carried out yet\n";
  if (choice.chosen() == 0) return text;
  text += counted(choice.chosen(), "record", "records");
  text += choice.from() ? fmt::format(", and {} is right", mapping.sites[index(*choice.from())])
                        : ", to be read again and merged";
  for (const SiteId site : both_sites) {
    const std::string& name = mapping.sites[index(site)];
    if (const auto n = choice.overwritten()[index(site)])
      text += fmt::format("; {} overwritten at {}", n, name);
    if (const auto n = choice.deleted()[index(site)])
      text += fmt::format("; {} deleted at {}", n, name);
  }
  return text + "\n";
}

bool destroys(const ResyncChoice& choice) {
  const auto [a, b] = choice.overwritten();
  const auto [c, d] = choice.deleted();
  return a + b + c + d > 0;
}

// Who deletes or overwrites has seen what.
void require_consent(const Context& context, const ResyncVerb& verb, const ResyncChoice& choice) {
  if (verb.yes || !destroys(choice)) return;
  const std::string what = summary(choice, context.setting.mapping);
  if (!context.json && on_terminal()) {
    if (confirmed("Do that?")) return;
    throw VerbError{Exit::usage, "nothing was done", "--dry-run shows field by field what it does"};
  }
  throw VerbError{Exit::usage, what.substr(0, what.size() - 1),
                  "--dry-run shows field by field what that does; --yes does it"};
}

ordered_json described(const ResyncChoice& choice, const Mapping& mapping) {
  return {{"chosen", choice.chosen()},
          {"overwritten", to_json(choice.overwritten(), mapping)},
          {"deleted", to_json(choice.deleted(), mapping)}};
}

// The cycle that it asks for, on a copy of the store; what it writes for other reasons is left out.
Exit rehearse_choice(Context& context, SitePair& sites, ResyncChoice& choice) {
  const auto& [config, mapping] = context.setting;
  Store copy = Store::copy_of(config.state, mapping);
  choice.ask(copy);
  const RecordId first_new = copy.first_free_record();
  Rehearsed rehearsed = rehearse(context, sites, copy, [&](RecordId root) {
    return choice.is_chosen(root) || root >= first_new;
  });
  if (context.json) {
    ordered_json json{{"outcome", name_of(rehearsed.outcome.exit)}};
    json.update(described(choice, mapping));
    json["seen"] = choice.seen();
    json["records"] = choice.take_list();
    json["left_out"] = choice.left_out();
    json["plan"] = std::move(rehearsed.plan);
    json["plan_left_out"] = rehearsed.plan_left_out;
    print(to_line(json));
  } else {
    print(summary(choice, mapping) + "Nothing was written: this was a rehearsal.\n");
  }
  return rehearsed.outcome.exit;
}

// Who was shown something is not given something else.
Exit report_moved(const Context& context, const ResyncChoice& choice) {
  if (context.json) {
    print(to_line({{"outcome", name_of(Exit::waiting)},
                   {"moved", true},
                   {"chosen", choice.chosen()},
                   {"requests", ordered_json::array()}}));
  } else {
    print(
        "It is not what was shown any more: nothing was asked. --dry-run --json shows it as it "
        "is.\n");
  }
  return Exit::waiting;
}

Exit report_nothing(const Context& context, const ResyncChoice& choice) {
  if (context.json) {
    ordered_json json{{"outcome", name_of(Exit::done)}};
    json.update(described(choice, context.setting.mapping));
    json["requests"] = ordered_json::array();
    print(to_line(json));
  } else {
    print("Nothing has drifted: there is nothing to do.\n");
  }
  return Exit::done;
}

}  // namespace

Exit run_verb(Context& context, const ResyncVerb& verb) {
  const Context configured = context;
  Store store = open_to_ask(context);
  const Mapping& mapping = context.setting.mapping;
  refuse_paused(store, mapping);
  SitePair sites{context};
  bind_to_read(context, sites, store);

  const Chosen chosen = chosen_records(store, mapping, verb.entity, verb.keys);
  ResyncChoice choice{context, store, verb};
  VerifyOptions options{.entities = chosen.entities, .only = chosen.only};
  options.found = [&](const Look& seen) { choice.add(seen); };
  verify_shown(context, sites, store, options);
  choice.finish();

  if (verb.dry_run) return rehearse_choice(context, sites, choice);
  if (verb.seen && *verb.seen != choice.seen()) return report_moved(context, choice);
  if (choice.chosen() == 0 && choice.pending().empty()) return report_nothing(context, choice);
  if (!context.json) print(summary(choice, mapping));
  require_consent(context, verb, choice);
  std::vector<std::int64_t> ids = choice.pending();
  for (const std::int64_t id : choice.ask(store)) ids.push_back(id);
  return report_asked(configured, context, store, ids, !verb.later,
                      {verb.accepted, verb.asking.by});
}

}  // namespace miroir
