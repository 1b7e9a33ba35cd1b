// miroir verify: both sites and the state file, compared row by row. Beside a cycle; writes nothing,
// but notes for the status page when all was compared, and how much differed.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>

#include "mirror/cli/findings.hpp"
#include "mirror/cli/output.hpp"
#include "mirror/cli/pausing.hpp"
#include "mirror/cli/remapping.hpp"
#include "mirror/cli/report.hpp"
#include "mirror/cli/table.hpp"
#include "mirror/cli/verified.hpp"

namespace miroir {
namespace {

using nlohmann::ordered_json;

constexpr std::size_t listed_max = 1'000;  // All are counted.

// What is told of each record: text at once, so that it needs no memory.
class Sheet {
 public:
  Sheet(const Context& context, const Store& store) : context_{context}, store_{store} {}

  void add(const Finding& finding) {
    if (!needs_attention(finding.standing)) return;
    if (listed_++ >= listed_max) return;
    const Mapping& mapping = context_.setting.mapping;
    if (context_.json)
      list_.push_back(to_json(finding, store_, mapping));
    else
      print(to_text(finding, store_, mapping));
  }
  std::size_t left_out() const { return listed_ - std::min(listed_, listed_max); }
  ordered_json take() { return std::move(list_); }

 private:
  const Context& context_;
  const Store& store_;
  std::size_t listed_ = 0;
  ordered_json list_ = ordered_json::array();
};

ordered_json counts(const Standings& standings, const Mapping& mapping) {
  ordered_json json;
  for (const Standing standing :
       {Standing::equal, Standing::in_flight, Standing::drifted, Standing::missing, Standing::held,
        Standing::set_aside, Standing::outside})
    json[std::string{name_of(standing)}] = standings.of(standing);
  json["missing_at"] = to_json(standings.missing_at, mapping);
  return json;
}

Standings sum_of(const std::vector<Standings>& all) {
  Standings sum;
  for (const Standings& one : all) {
    for (std::size_t i = 0; i < sum.counts.size(); ++i) sum.counts[i] += one.counts[i];
    for (const SiteId site : both_sites) sum.missing_at[index(site)] += one.missing_at[index(site)];
  }
  return sum;
}

std::string to_text(const std::vector<Standings>& all, const Mapping& mapping) {
  Table table{{"", "equal", "in flight", "drifted", "missing in " + mapping.sites[0],
               "missing in " + mapping.sites[1], "held", "set aside", "outside"}};
  for (const Standings& one : all) {
    std::vector<std::string> row{mapping.entity(one.entity).name};
    const auto add = [&](std::size_t count) { row.push_back(std::to_string(count)); };
    for (const Standing standing : {Standing::equal, Standing::in_flight, Standing::drifted})
      add(one.of(standing));
    for (const SiteId site : both_sites) add(one.missing_at[index(site)]);
    for (const Standing standing : {Standing::held, Standing::set_aside, Standing::outside})
      add(one.of(standing));
    table.add(std::move(row));
  }
  return table.text();
}

Exit exit_of(const Standings& sum) {
  const bool something = std::any_of(
      std::begin(all_standings), std::end(all_standings),
      [&](Standing standing) { return needs_attention(standing) && sum.of(standing) > 0; });
  return something ? Exit::waiting : Exit::done;
}

}  // namespace

Exit run_verb(Context& context, const VerifyVerb& verb) {
  const auto started = std::chrono::steady_clock::now();
  require_state(context);
  use_mapping_of_state(context);
  const auto& [config, mapping] = context.setting;
  const Store store = Store::open_read_only(config.state, mapping);
  require_seeded(store);
  SitePair sites{context};
  bind_to_read(context, sites, store);

  const auto pauses = store.pauses();
  const Chosen chosen = chosen_records(store, mapping, verb.entity, verb.keys);
  Sheet sheet{context, store};
  VerifyOptions options{.entities = chosen.entities, .only = chosen.only, .sample = verb.sample};
  for (const SiteId site : both_sites) options.asked[index(site)] = !find_pause(pauses, site);
  options.found = [&](const Look& seen) { sheet.add(seen.finding); };
  const auto all = verify_shown(context, sites, store, options);

  const Standings sum = sum_of(all);
  const Exit exit = exit_of(sum);
  // Part of it, or one side of it, says nothing of the whole.
  if (!verb.entity && options.asked[0] && options.asked[1]) {
    note_verified(context, {.time = now_as_text(),
                            .equal = sum.of(Standing::equal),
                            .drifted = sum.of(Standing::drifted),
                            .missing = sum.of(Standing::missing),
                            .sample = verb.sample});
  }
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - started;
  if (context.json) {
    ordered_json json{{"outcome", name_of(exit)}};
    json.update(counts(sum, mapping));
    json["seconds"] = rounded(seconds.count());
    json["entities"] = ordered_json::object();
    for (const Standings& one : all)
      json["entities"][mapping.entity(one.entity).name] = counts(one, mapping);
    json["records"] = sheet.take();
    json["left_out"] = sheet.left_out();
    json["paused"] = to_json(pauses, mapping);
    print(to_line(json));
    return exit;
  }
  std::string text = to_text(all, mapping) + to_text(pauses, mapping);
  if (sheet.left_out() > 0)
    text += fmt::format("{} more are not shown: --entity or --key shows less\n", sheet.left_out());
  if (sum.of(Standing::drifted) + sum.of(Standing::missing) > 0)
    text += "`miroir resync --dry-run` shows how that would be merged.\n";
  print(text);
  return exit;
}

}  // namespace miroir
