// The mapping's fingerprint: a hash of an encoding in which no two mappings look alike, since the
// row codec writes lengths and kinds before contents.
#include "schema/hash.hpp"
#include "schema/mapping_stages.hpp"
#include "schema/row_codec.hpp"

namespace miroir {
namespace {

std::int64_t number(std::size_t value) { return static_cast<std::int64_t>(value); }

Value size_or_null(const std::optional<int>& value) {
  return value ? Value{std::int64_t{*value}} : Value{};
}

struct DumpSource {
  Row& out;
  void operator()(FromField) const { out.emplace_back("field"); }
  void operator()(const Constant& constant) const {
    out.emplace_back("constant");
    out.push_back(constant.value);
  }
  void operator()(Generated) const { out.emplace_back("database"); }
  void operator()(const Rule& rule) const {
    out.emplace_back("rule");
    out.emplace_back(rule.pattern);
  }
  void operator()(FromParent parent) const {
    out.emplace_back("parent");
    out.emplace_back(number(parent.parent_key));
  }
  void operator()(Numbered numbered) const {
    out.emplace_back("number");
    out.emplace_back(numbered.step);
  }
};

void dump(const char* word, const std::vector<Condition>& conditions, Row& out) {
  if (conditions.empty()) return;
  out.emplace_back(word);
  for (const Condition& condition : conditions) {
    out.emplace_back(number(condition.column));
    const auto add = [&](const char* test, const std::vector<Value>& values) {
      out.emplace_back(test);
      out.emplace_back(number(values.size()));
      out.insert(out.end(), values.begin(), values.end());
    };
    if (const auto* one = std::get_if<OneOf>(&condition.test)) add("one", one->values);
    if (const auto* none = std::get_if<NoneOf>(&condition.test)) add("none", none->values);
    if (const auto* within = std::get_if<Within>(&condition.test)) {
      add("within", {within->from.value_or(Value{}), within->before.value_or(Value{})});
    }
  }
}

void dump(const Satellite& satellite, Row& out) {
  out.emplace_back("satellite");
  out.emplace_back(satellite.table.schema);
  out.emplace_back(satellite.table.name);
  out.emplace_back(number(satellite.rows));
  for (const Column& column : satellite.key) out.emplace_back(column.name);
  out.emplace_back(number(satellite.where.size()));
  for (const InsertedColumn& where : satellite.where) {
    out.emplace_back(where.column.name);
    out.push_back(where.value);
  }
}

void dump(const SiteTable& table, Row& out) {
  out.emplace_back(table.name.schema);
  out.emplace_back(table.name.name);
  out.emplace_back(number(table.columns.size()));
  for (const Column& column : table.columns) out.emplace_back(column.name);
  out.emplace_back(number(table.key.size()));
  for (const KeyColumn& key : table.key) {
    out.emplace_back(number(key.column));
    std::visit(DumpSource{out}, key.source);
  }
  out.emplace_back(number(table.filled.size()));
  for (const FilledColumn& filled : table.filled) {
    out.emplace_back(number(filled.column));
    std::visit(DumpSource{out}, filled.source);
  }
  dump("where", table.where, out);
  dump("ready", table.ready_when, out);
  for (const Satellite& satellite : table.satellites) dump(satellite, out);
}

// What goes one way or not at all has heads of its own: they cannot be looked at as both sites'.
void dump(const Direction& direction, Row& out) {
  if (const auto* one_way = std::get_if<OnlyTo>(&direction)) {
    out.emplace_back("to");
    out.emplace_back(number(index(one_way->site)));
  } else if (std::holds_alternative<AtCreation>(direction)) {
    out.emplace_back("at creation");
  }
}

// What a lens does not have is not written: the fingerprint of a mapping without it is what it was
// before there was such a thing.
void dump_conversion(const Lens& lens, Row& out) {
  const auto add = [&](const char* word, Value value) {
    out.emplace_back(word);
    out.push_back(std::move(value));
  };
  if (lens.times != 1) add("times", lens.times);
  if (!lens.time_zone.empty()) add("zone", lens.time_zone);
  if (lens.code_page) add("code page", lens.code_page->name);
  if (lens.folding.letters != Folding::Letters::as_written)
    add("case", static_cast<std::int64_t>(lens.folding.letters));
  if (lens.folding.trim) add("trim", true);
}

void dump(const FieldAt& at, Row& out) {
  const Lens& lens = at.lens;
  for (const std::size_t column : at.columns) out.emplace_back(number(column));
  out.emplace_back(lens.blank.has_value());
  out.push_back(lens.blank.value_or(Value{}));
  out.push_back(size_or_null(lens.length));
  out.push_back(size_or_null(lens.scale));
  out.emplace_back(number(lens.lookup.size()));
  for (const auto& [name, values] : lens.lookup) {
    out.emplace_back(name);
    out.push_back(values.front());
    if (values.size() == 1) continue;
    out.emplace_back("or");
    out.emplace_back(number(values.size() - 1));
    out.insert(out.end(), values.begin() + 1, values.end());
  }
  out.emplace_back(lens.loss.length);
  out.emplace_back(lens.loss.precision);
  dump_conversion(lens, out);
  if (at.split) {
    out.emplace_back(at.split->how == Split::How::filling ? "split" : "join");
    out.emplace_back(number(at.columns.size()));
    out.emplace_back(at.split->separator);
  }
}

void dump(const Entity& entity, Row& out) {
  out.emplace_back(entity.name);
  out.push_back(entity.root ? Value{number(entity.root->raw())} : Value{});
  for (const SiteTable& table : entity.table) dump(table, out);
  out.emplace_back(number(entity.fields.size()));
  for (const Field& field : entity.fields) {
    out.emplace_back(field.name);
    out.emplace_back(std::string{name_of(field.type)});
    out.push_back(field.refers_to ? Value{number(field.refers_to->raw())} : Value{});
    for (const FieldAt& at : field.at) dump(at, out);
    dump(field.direction, out);
  }
}

}  // namespace

std::string fingerprint_of(const Mapping& mapping) {
  Row out;
  for (const std::string& site : mapping.sites) out.emplace_back(site);
  for (const Entity& entity : mapping.entities) dump(entity, out);
  return hex_hash(encode_row(out));
}

}  // namespace miroir
