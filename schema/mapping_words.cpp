#include "schema/mapping_words.hpp"

#include <fmt/format.h>

namespace miroir {
namespace {

std::string instead(const char* word, const std::string& now, const std::string& before) {
  return fmt::format("{} {} instead of {}", word, now.empty() ? "none" : now,
                     before.empty() ? "none" : before);
}

std::string division_of(const FieldAt& at) {
  if (!at.split) return "one column";
  const bool filling = at.split->how == Split::How::filling;
  return fmt::format("{} at '{}'", filling ? "split" : "joined", at.split->separator);
}

}  // namespace

// Which parts of a lens are others than before; empty: none.
std::vector<std::string> changed_parts(const FieldAt& before, const FieldAt& now) {
  const Lens &a = before.lens, &b = now.lens;
  std::vector<std::string> parts;
  if (a.type != b.type)
    parts.push_back(fmt::format("type {} instead of {}", name_of(b.type), name_of(a.type)));
  if (a.blank != b.blank) parts.emplace_back("blank");
  if (a.length != b.length) parts.emplace_back("length");
  if (a.scale != b.scale) parts.emplace_back("scale");
  if (a.lookup != b.lookup) parts.emplace_back("lookup");
  if (a.loss.length != b.loss.length || a.loss.precision != b.loss.precision)
    parts.emplace_back("loss");
  if (a.times != b.times) parts.push_back(fmt::format("times {} instead of {}", b.times, a.times));
  if (a.time_zone != b.time_zone) parts.push_back(instead("time zone", b.time_zone, a.time_zone));
  const auto page = [](const Lens& lens) { return lens.code_page ? lens.code_page->name : ""; };
  if (page(a) != page(b)) parts.push_back(instead("code page", page(b), page(a)));
  if (a.folding.letters != b.folding.letters) parts.emplace_back("case");
  if (a.folding.trim != b.folding.trim) parts.emplace_back("trim");
  if (division_of(before) != division_of(now))
    parts.push_back(fmt::format("{} instead of {}", division_of(now), division_of(before)));
  return parts;
}

// Rows are known by it: the names of the columns, and which of them are constant or a root's.
std::string identity_of(const SiteTable& table) {
  std::string text;
  const auto add = [&](std::size_t column, const std::string& source) {
    text += table.columns[column].name + "=" + source + ";";
  };
  for (const KeyColumn& part : table.key) {
    const auto* constant = std::get_if<Constant>(&part.source);
    const auto* parent = std::get_if<FromParent>(&part.source);
    add(part.column, constant != nullptr ? "constant " + display(constant->value)
                     : parent != nullptr ? "parent " + std::to_string(parent->parent_key)
                                         : "");
  }
  for (const FilledColumn& filled : table.filled) {
    const auto* parent = std::get_if<FromParent>(&filled.source);
    add(filled.column,
        parent != nullptr ? "filled " + std::to_string(parent->parent_key) : "number");
  }
  return text;
}

std::string row_of(const Satellite& satellite) {
  std::string text = satellite.table.schema + '\n' + satellite.table.name + '\n';
  for (const Column& column : satellite.key) text += column.name + '\n';
  for (const InsertedColumn& where : satellite.where)
    text += where.column.name + '=' + display(where.value) + '\n';
  return text + '\n';
}

std::string numbering_of(const SiteTable& table) {
  std::string text;
  for (const KeyColumn& part : table.key) {
    const auto* rule = std::get_if<Rule>(&part.source);
    text += std::to_string(part.source.index()) + (rule == nullptr ? "" : rule->pattern) + ";";
  }
  return text + std::to_string(table.number_step());
}

namespace {

std::string values_of(const std::vector<Value>& values) {
  std::string text;
  for (const Value& value : values) text += display(value) + ",";
  return text;
}

}  // namespace

std::string scope_of(const SiteTable& table) {
  std::string text;
  const auto add = [&](const char* word, const std::vector<Condition>& conditions) {
    for (const Condition& condition : conditions) {
      text += fmt::format("{} {} ", word, table.columns[condition.column].name);
      if (const auto* one = std::get_if<OneOf>(&condition.test))
        text += "one of " + values_of(one->values);
      if (const auto* none = std::get_if<NoneOf>(&condition.test))
        text += "none of " + values_of(none->values);
      if (const auto* within = std::get_if<Within>(&condition.test))
        text +=
            "from " + values_of({within->from.value_or(Value{}), within->before.value_or(Value{})});
    }
  };
  add("where", table.where);
  add("ready", table.ready_when);
  return text;
}

std::string way_of(const Direction& direction, const std::array<std::string, 2>& sites) {
  if (const auto* one_way = std::get_if<OnlyTo>(&direction))
    return "only to " + sites[index(one_way->site)];
  return std::holds_alternative<AtCreation>(direction) ? "at creation only" : "both ways";
}

}  // namespace miroir
