#include "mirror/cli/report.hpp"

#include <fmt/format.h>

#include <chrono>
#include <cmath>
#include <nlohmann/json.hpp>

#include "mirror/cli/pausing.hpp"
#include "mirror/cli/table.hpp"

namespace miroir {
namespace {

using nlohmann::ordered_json;

std::string by_site(const PerSite<std::size_t>& counts, const Mapping& mapping) {
  return fmt::format("{} {}, {} {}", mapping.sites[0], counts[0], mapping.sites[1], counts[1]);
}

std::string in_words(CutShort why) {
  switch (why) {
    case CutShort::by_time:
      return "the cycle's time ran out: the next one goes on\n";
    case CutShort::by_signal:
      return "stopped by a signal: the next cycle goes on\n";
    case CutShort::no:
      break;
  }
  return "";
}

std::string problems(const Outcome& outcome, const Mapping& mapping) {
  std::string text = in_words(outcome.cut_short);
  for (const SiteTrouble& trouble : outcome.troubles) {
    text += fmt::format("{}: {}\n", mapping.sites[index(trouble.site)], trouble.message);
    if (!trouble.hint.empty()) text += fmt::format("  hint: {}\n", trouble.hint);
  }
  for (const Brake& brake : outcome.brakes) {
    text += fmt::format("brake: {}\n", brake.message);
    const bool says = brake.message.find("--accept") != std::string::npos;
    if (brake.acceptable && !says)
      text += fmt::format("  if that is right: miroir cycle --accept '{}'\n", brake.id);
  }
  return text;
}

}  // namespace

std::string now_as_text() {
  using namespace std::chrono;
  const auto since = duration_cast<microseconds>(system_clock::now().time_since_epoch());
  return to_string(Instant{since.count()});
}

double rounded(double seconds) { return std::round(seconds * 1000) / 1000; }

std::string spoken_key(const SiteTable& table, const Key& key) {
  std::string spoken;
  for (std::size_t i = 0; i < key.size(); ++i) {
    if (i < table.key.size() && std::holds_alternative<Constant>(table.key[i].source)) continue;
    spoken += (spoken.empty() ? "" : "/") + display(key[i]);
  }
  return spoken;
}

std::string spoken_key(const Store& store, const Mapping& mapping, EntityId entity,
                       RecordId record) {
  const auto keys = store.keys(record);
  for (const SiteId site : both_sites) {
    if (const auto& key = keys[index(site)]) return spoken_key(mapping.table(entity, site), *key);
  }
  return "record " + std::to_string(record.raw());
}

namespace {

// Also of a record that is mirrored no more.
std::string spoken_key(const Store& store, const Mapping& mapping, const LoggedConflict& logged) {
  const std::string former = store.former_key(logged.conflict.record);
  if (!former.empty()) return former;
  const Entity* entity = mapping.find(logged.entity);
  if (entity != nullptr)
    return miroir::spoken_key(store, mapping, entity->id, logged.conflict.record);
  return "record " + std::to_string(logged.conflict.record.raw());
}

}  // namespace

std::vector<Decision> decisions(const Store& store, const Mapping& mapping,
                                std::optional<CycleNumber> cycle, std::size_t limit) {
  std::vector<Decision> list;
  for (const LoggedConflict& logged : store.conflicts(cycle, limit))
    list.push_back(decision_of(logged, store, mapping));
  return list;
}

Decision decision_of(const LoggedConflict& logged, const Store& store, const Mapping& mapping) {
  const Conflict& c = logged.conflict;
  return {.id = logged.id,
          .time = logged.time,
          .entity = logged.entity,
          .key = spoken_key(store, mapping, logged),
          .field = logged.field,
          .winner = c.winner,
          .loser = c.loser,
          .rule = c.rule,
          .record = c.record};
}

ordered_json to_json(const Value& value) {
  if (is_null(value)) return nullptr;
  if (const bool* boolean = std::get_if<bool>(&value)) return *boolean;
  if (const auto* integer = std::get_if<std::int64_t>(&value)) return *integer;
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  return display(value);
}

ordered_json to_json(const Decision& decision) {
  ordered_json object{{"id", decision.id},
                      {"time", decision.time},
                      {"entity", decision.entity},
                      {"key", decision.key},
                      {"field", nullptr}};
  if (!decision.field.empty()) object["field"] = decision.field;
  object["winner"] = to_json(decision.winner);
  object["loser"] = to_json(decision.loser);
  object["rule"] = decision.rule;
  return object;
}

ordered_json to_json(const PerSite<std::size_t>& counts, const Mapping& mapping) {
  return {{mapping.sites[0], counts[0]}, {mapping.sites[1], counts[1]}};
}

ordered_json to_json(const Outcome& outcome, const std::vector<Decision>& decisions,
                     const Mapping& mapping) {
  ordered_json object{{"cycle", outcome.cycle.raw()},
                      {"outcome", name_of(outcome.exit)},
                      {"seconds", rounded(outcome.seconds)}};
  object["cut_short"] = name_of(outcome.cut_short);
  object["extracted"] = to_json(outcome.extracted, mapping);
  object["delivered"] = to_json(outcome.delivered, mapping);
  object["behind"] = to_json(outcome.behind, mapping);
  object["conflicts"] = outcome.conflicts;
  object["held"] = outcome.held;
  object["set_aside"] = outcome.set_aside;
  object["ignored"] = outcome.ignored;
  object["decisions"] = ordered_json::array();
  for (const Decision& decision : decisions) object["decisions"].push_back(to_json(decision));
  object["brakes"] = ordered_json::array();
  for (const Brake& brake : outcome.brakes) {
    object["brakes"].push_back(
        {{"id", brake.id}, {"message", brake.message}, {"acceptable", brake.acceptable}});
  }
  object["troubles"] = ordered_json::array();
  for (const SiteTrouble& trouble : outcome.troubles) {
    object["troubles"].push_back({{"site", mapping.sites[index(trouble.site)]},
                                  {"message", trouble.message},
                                  {"hint", trouble.hint}});
  }
  object["paused"] = to_json(outcome.pauses, mapping);
  return object;
}

std::string to_line(const ordered_json& object) {
  return object.dump(-1, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

std::string to_text(const std::vector<Decision>& decisions) {
  Table table{{"ID", "ENTITY", "KEY", "FIELD", "KEPT", "LOST", "RULE"}};
  for (const Decision& d : decisions) {
    table.add({std::to_string(d.id), d.entity, d.key, d.field.empty() ? "(record)" : d.field,
               display(d.winner), display(d.loser), d.rule});
  }
  return table.text();
}

std::string to_text(const Outcome& outcome, const std::vector<Decision>& decisions,
                    const Mapping& mapping) {
  std::string text = fmt::format("cycle {}: {} in {:.2f} s\n", outcome.cycle.raw(),
                                 name_of(outcome.exit), outcome.seconds);
  text += fmt::format("  read       {}\n", by_site(outcome.extracted, mapping));
  text += fmt::format("  written    {}\n", by_site(outcome.delivered, mapping));
  text += fmt::format("  behind     {}\n", by_site(outcome.behind, mapping));
  text += fmt::format("  conflicts  {} decided; {} held, {} set aside", outcome.conflicts,
                      outcome.held, outcome.set_aside);
  text += outcome.ignored == 0 ? "\n" : fmt::format(", {} ignored\n", outcome.ignored);
  text += problems(outcome, mapping) + to_text(outcome.pauses, mapping);
  if (!decisions.empty()) text += "\n" + to_text(decisions);
  return text;
}

}  // namespace miroir
