#include "mirror/cli/planned_change.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "mirror/cli/report.hpp"
#include "schema/overload.hpp"

namespace miroir {
namespace {

using nlohmann::ordered_json;

struct FieldLine {
  std::string field;
  std::size_t column = 0;
  Value before{}, after{};
  bool increment = false;
};

std::string_view verb_of(WriteOp op) {
  switch (op) {
    case WriteOp::insert:
      return "insert";
    case WriteOp::update:
      return "update";
    case WriteOp::remove:
      return "delete";
  }
  throw std::logic_error{"unknown kind of write"};
}

// Inserts show what is given, deletions what is lost, updates both.
std::vector<FieldLine> field_lines(const RowChange& change, const Entity& entity, SiteId site) {
  const SiteTable& table = entity.table[index(site)];
  std::vector<std::size_t> columns = change.columns;
  if (change.op != WriteOp::update) {
    columns.clear();
    for (std::size_t i = 0; i < table.columns.size(); ++i) columns.push_back(i);
  }
  std::vector<FieldLine> lines;
  for (const std::size_t column : columns) {
    if (table.columns[column].name.empty()) continue;  // How many rows a satellite has.
    FieldLine line{.field = field_at(entity, site, column), .column = column};
    if (change.op != WriteOp::insert) line.before = change.expected.at(column);
    if (change.op != WriteOp::remove) line.after = change.given.at(column);
    line.increment = change.op == WriteOp::update && table.columns[column].counter;
    // Nothing there and nothing given.
    if (line.before == line.after && !line.increment) continue;
    lines.push_back(std::move(line));
  }
  return lines;
}

std::string text_of(const FieldLine& line, WriteOp op) {
  if (line.increment) {
    const std::string step = display(line.after);
    return (step.starts_with('-') ? "" : "+") + step;
  }
  if (op == WriteOp::insert) return display(line.after);
  if (op == WriteOp::remove) return display(line.before);
  return display(line.before) + " -> " + display(line.after);
}

ordered_json json_of(const FieldLine& line, const SiteTable& table) {
  ordered_json object{{"field", line.field}, {"column", table.label(line.column)}};
  if (line.increment) {
    object["increment"] = to_json(line.after);
    return object;
  }
  object["before"] = to_json(line.before);
  object["after"] = to_json(line.after);
  return object;
}

std::string key_of(const RowChange& change, const Entity& entity, SiteId site) {
  const std::string key = miroir::spoken_key(entity.table[index(site)], change.key);
  const bool known = std::none_of(change.key.begin(), change.key.end(), is_null);
  return known ? key : "(new)";
}

}  // namespace

std::string field_at(const Entity& entity, SiteId site, std::size_t column) {
  for (const Field& field : entity.fields) {
    if (field.at[index(site)].holds(column)) return field.name;
  }
  return entity.table[index(site)].label(column);
}

namespace {

std::string text_of_write(const PlannedAggregate& to, const AggregateWrite& write) {
  std::string text;
  for (const RowChange& change : write.rows) {
    const Entity& entity = to.mapping.entity(change.entity);
    text += fmt::format("{}: {} {} {}", to.mapping.sites[index(to.site)], verb_of(change.op),
                        entity.name, key_of(change, entity, to.site));
    const std::string own = key_of(change, entity, to.site);
    if (!entity.is_part() && own != to.spoken_key) text += fmt::format("  ({})", to.spoken_key);
    text += '\n';
    for (const FieldLine& line : field_lines(change, entity, to.site)) {
      text += fmt::format("    {:<16}  {}\n", line.field, text_of(line, change.op));
    }
  }
  return text;
}

std::vector<ordered_json> json_of_write(const PlannedAggregate& to, const AggregateWrite& write) {
  std::vector<ordered_json> list;
  for (const RowChange& change : write.rows) {
    const Entity& entity = to.mapping.entity(change.entity);
    ordered_json entry{{"site", to.mapping.sites[index(to.site)]},
                       {"entity", entity.name},
                       {"key", key_of(change, entity, to.site)},
                       {"of", to.spoken_key},
                       {"change", verb_of(change.op)},
                       {"fields", ordered_json::array()}};
    for (const FieldLine& line : field_lines(change, entity, to.site)) {
      entry["fields"].push_back(json_of(line, entity.table[index(to.site)]));
    }
    list.push_back(std::move(entry));
  }
  return list;
}

std::string text_of_reason(const PlannedAggregate& to, std::string_view what,
                           const std::string& reason) {
  return fmt::format("{}: {} {} {}: {}\n", to.mapping.sites[index(to.site)],
                     to.mapping.entity(to.entity).name, to.spoken_key, what, reason);
}

ordered_json json_of_reason(const PlannedAggregate& to, std::string_view what,
                            const std::string& reason) {
  return {{"site", to.mapping.sites[index(to.site)]},
          {"entity", to.mapping.entity(to.entity).name},
          {"key", to.spoken_key},
          {"change", what},
          {"reason", reason}};
}

}  // namespace

std::string PlannedAggregate::to_text(const Planned& planned) const {
  return std::visit(
      Overload{[&](const AggregateWrite& write) { return text_of_write(*this, write); },
               [&](const Waits& w) { return text_of_reason(*this, "waits", w.reason); },
               [&](const Refused& r) { return text_of_reason(*this, "is set aside", r.reason); },
               [](const InSync&) { return std::string{}; }},
      planned);
}

std::vector<ordered_json> PlannedAggregate::to_json(const Planned& planned) const {
  using List = std::vector<ordered_json>;
  return std::visit(
      Overload{[&](const AggregateWrite& write) { return json_of_write(*this, write); },
               [&](const Waits& w) { return List{json_of_reason(*this, "waits", w.reason)}; },
               [&](const Refused& r) { return List{json_of_reason(*this, "refused", r.reason)}; },
               [](const InSync&) { return List{}; }},
      planned);
}

}  // namespace miroir
