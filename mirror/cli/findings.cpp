#include "mirror/cli/findings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "mirror/cli/naming.hpp"
#include "mirror/cli/progress.hpp"
#include "mirror/cli/report.hpp"

namespace miroir {
namespace {

using nlohmann::ordered_json;

// By one of its keys; a key may be one record's at one site and another's at the other.
void add_record(const Store& store, const Entity& entity, const std::string& text,
                std::vector<Suspect>& only) {
  bool is_key = false;
  for (const SiteId site : both_sites) {
    const auto key = typed_key(entity.table[index(site)], text);
    if (!key) continue;
    is_key = true;
    Suspect suspect{store.find(site, entity.id, *key), {}};
    if (!suspect.root) suspect.keys[index(site)] = *key;
    const bool twice = std::any_of(only.begin(), only.end(), [&](const Suspect& one) {
      return suspect.root && one.root == suspect.root;
    });
    if (!twice) only.push_back(std::move(suspect));
  }
  if (is_key) return;
  throw VerbError{Exit::usage, fmt::format("no {} has a key like {}", entity.name, text),
                  "a record is named by its key at one of the sites"};
}

std::string spoken(const Lensed& held, const Store& store, const Mapping& mapping,
                   const Field& field) {
  if (const auto* value = std::get_if<Value>(&held))
    return spoken_value(store, mapping, field, *value);
  return "unreadable: " + std::get<Refusal>(held).reason;
}

ordered_json json_value(const Value& value, const Store& store, const Mapping& mapping,
                        const Field& field) {
  if (field.refers_to && !is_null(value)) return spoken_value(store, mapping, field, value);
  return to_json(value);
}

ordered_json json_value(const Lensed& held, const Store& store, const Mapping& mapping,
                        const Field& field) {
  if (const auto* value = std::get_if<Value>(&held))
    return json_value(*value, store, mapping, field);
  return {{"unreadable", std::get<Refusal>(held).reason}};
}

std::string spoken_keys(EntityId entity, const PerSite<std::optional<Key>>& keys,
                        const Mapping& mapping) {
  std::string all;
  for (const SiteId site : both_sites) {
    if (!keys[index(site)]) continue;
    all += fmt::format("{}{} ({})", all.empty() ? "" : ", ",
                       spoken_key(mapping.table(entity, site), *keys[index(site)]),
                       mapping.sites[index(site)]);
  }
  return all;
}

bool is_empty(const Standings& standings) {
  return std::all_of(standings.counts.begin(), standings.counts.end(),
                     [](std::size_t count) { return count == 0; });
}

std::vector<std::string> sites_where(PerSite<bool> is, const Mapping& mapping) {
  std::vector<std::string> names;
  for (const SiteId site : both_sites) {
    if (is[index(site)]) names.push_back(mapping.sites[index(site)]);
  }
  return names;
}

}  // namespace

Chosen chosen_records(const Store& store, const Mapping& mapping,
                      const std::optional<std::string>& entity,
                      const std::vector<std::string>& keys) {
  Chosen chosen;
  if (!entity) {
    for (const Entity& one : mapping.entities) {
      if (!one.is_part()) chosen.entities.push_back(one.id);
    }
    return chosen;
  }
  const Entity& one = chosen_entity(mapping, *entity);
  if (one.is_part()) {
    const std::string& root = mapping.entity(*one.root).name;
    throw VerbError{Exit::usage, fmt::format("{} is part of {}", one.name, root),
                    "--entity " + root};
  }
  chosen.entities.push_back(one.id);
  for (const std::string& key : keys) add_record(store, one, key, chosen.only);
  return chosen;
}

std::vector<Standings> verify_shown(const Context& context, SitePair& sites, const Store& store,
                                    VerifyOptions options) {
  ProgressDisplay display{context};
  options.progress = [&](const Progress& progress) { display.show(progress); };
  for (const SiteId site : both_sites) {
    if (options.asked[index(site)]) sites.at(site).connect();
  }
  auto all = verify_sites(sites.both(), store, context.setting.mapping, options);
  if (!options.only.empty() && std::all_of(all.begin(), all.end(), is_empty))
    throw VerbError{Exit::usage, "there is no such record at either site", "is the key right?"};
  return all;
}

std::string name_of(const Finding& finding, const Mapping& mapping) {
  return mapping.entity(finding.entity).name + " " +
         spoken_keys(finding.entity, finding.keys, mapping);
}

std::string why(const Finding& finding, const Mapping& mapping) {
  if (finding.standing == Standing::set_aside)
    return "a site refuses it, or its row cannot come in: miroir held list";
  if (finding.standing == Standing::held) return "it waits for a person: miroir held list";
  const auto missing = sites_where(finding.missing, mapping);
  const auto drifted = sites_where(finding.drifted, mapping);
  std::string text;
  if (!missing.empty()) text = fmt::format("no row at {}", fmt::join(missing, " and "));
  if (!finding.root) {
    text += (text.empty() ? "" : ", ") +
            fmt::format("no record knows the row at {}", fmt::join(drifted, " and "));
  } else if (!drifted.empty() && finding.missing != finding.drifted) {
    text += (text.empty() ? "" : ", ") +
            fmt::format("{} is not what was last seen there", fmt::join(drifted, " and "));
  }
  const auto crossed = sites_where(finding.crossed, mapping);
  if (!crossed.empty())
    text += fmt::format(", and at {} it has left what is mirrored, or come back",
                        fmt::join(crossed, " and "));
  return text + "; nothing has captured that";
}

std::string to_text(const Finding& finding, const Store& store, const Mapping& mapping) {
  std::string text = fmt::format("{}: {}: {}\n", name_of(finding.standing),
                                 name_of(finding, mapping), why(finding, mapping));
  for (const RowDifference& row : finding.rows) {
    const Entity& entity = mapping.entity(row.entity);
    const bool alone = row.there[0] != row.there[1];
    if (entity.is_part() || alone) {
      text += fmt::format("  {} {}{}\n", entity.name, spoken_keys(row.entity, row.keys, mapping),
                          alone ? ": only at " + mapping.sites[row.there[0] ? 0 : 1] : "");
    }
    for (const FieldDifference& difference : row.fields) {
      const Field& field = entity.fields[difference.field];
      std::string held;
      for (const SiteId site : both_sites) {
        if (const auto& value = difference.holds[index(site)])
          held += fmt::format("{}{} {}", held.empty() ? "" : ", ", mapping.sites[index(site)],
                              spoken(*value, store, mapping, field));
      }
      text += fmt::format("    {}: {}", field.name, held);
      if (difference.head)
        text += fmt::format(" (agreed: {})", spoken_value(store, mapping, field, *difference.head));
      text += "\n";
    }
  }
  return text;
}

ordered_json to_json(const Finding& finding, const Store& store, const Mapping& mapping) {
  ordered_json json{{"standing", std::string{name_of(finding.standing)}},
                    {"entity", mapping.entity(finding.entity).name},
                    {"key", nullptr},
                    {"keys", ordered_json::object()},
                    {"drifted_at", sites_where(finding.drifted, mapping)},
                    {"missing_at", sites_where(finding.missing, mapping)},
                    {"reason", why(finding, mapping)},
                    {"rows", ordered_json::array()}};
  const auto keys_of = [&](EntityId entity, const PerSite<std::optional<Key>>& keys) {
    ordered_json all = ordered_json::object();
    for (const SiteId site : both_sites) {
      const auto& key = keys[index(site)];
      all[mapping.sites[index(site)]] =
          key ? ordered_json(spoken_key(mapping.table(entity, site), *key)) : ordered_json(nullptr);
    }
    return all;
  };
  json["keys"] = keys_of(finding.entity, finding.keys);
  for (const auto& [site, key] : json["keys"].items()) {
    if (json["key"].is_null()) json["key"] = key;
  }
  for (const RowDifference& row : finding.rows) {
    const Entity& entity = mapping.entity(row.entity);
    ordered_json fields = ordered_json::array();
    for (const FieldDifference& difference : row.fields) {
      const Field& field = entity.fields[difference.field];
      ordered_json one{{"field", field.name}};
      for (const SiteId site : both_sites) {
        const auto& held = difference.holds[index(site)];
        one[mapping.sites[index(site)]] =
            held ? json_value(*held, store, mapping, field) : ordered_json(nullptr);
      }
      one["agreed"] = difference.head ? json_value(*difference.head, store, mapping, field)
                                      : ordered_json(nullptr);
      fields.push_back(std::move(one));
    }
    json["rows"].push_back({{"entity", entity.name},
                            {"keys", keys_of(row.entity, row.keys)},
                            {"at", sites_where(row.there, mapping)},
                            {"fields", std::move(fields)}});
  }
  return json;
}

}  // namespace miroir
