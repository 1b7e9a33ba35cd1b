// What a mapping can say wrongly about rows that are no more.
#include <fmt/core.h>

#include <algorithm>

#include "schema/bound_value.hpp"
#include "schema/mapping_stages.hpp"
#include "schema/typed_value.hpp"

namespace miroir {
namespace {

const char* example_of(FieldType type) {
  if (type == FieldType::time_of_day) return "a time of day, as \"14:30\"";
  const auto kind = canonical_kind(type);
  return kind ? example(*kind) : "";
}

Names lookup_names(const FieldDraft& field) {
  Names names;
  for (const auto& column : field.at) {
    if (!column || !column->lookup || !names.empty()) continue;
    for (const auto& [name, value] : *column->lookup) names.push_back(name);
  }
  return names;
}

// One entity's values that are set without anybody's having typed them.
class DeletionCheck {
 public:
  DeletionCheck(const MappingDraft& draft, const EntityDraft& entity, Mistakes& mistakes)
      : draft_{draft}, entity_{entity}, mistakes_{mistakes} {}

  void run() {
    check_conflict();
    const bool same = entity_.deletion[0] && entity_.deletion[1] &&
                      entity_.deletion[0]->pointer == entity_.deletion[1]->pointer;
    const std::size_t before = mistakes_.list().size();
    for (const SiteId site : both_sites) {
      if (const auto& meant = entity_.deletion[index(site)]) {
        const bool said = same && site == SiteId::second && mistakes_.list().size() > before;
        if (!same || site == SiteId::first) check_meaning(*meant, site, same);
        if (!said) check_values(meant->set, site);
      }
      if (entity_.table[index(site)]) check_places(*entity_.table[index(site)], site);
    }
  }

 private:
  void check_conflict() {
    const auto& text = entity_.deletion_conflict;
    if (!text || parse_deletion_conflict(*text, draft_.sites)) return;
    mistakes_.add(member(entity_.pointer, "deletion_conflict"),
                  fmt::format("'{}' does not say who wins", *text),
                  suggestion(*text, {"change wins", "deletion wins", draft_.sites[0] + " wins",
                                     draft_.sites[1] + " wins"}));
  }

  void check_meaning(const DeletionDraft& meant, SiteId site, bool at_both) {
    if (entity_.part_of) {
      mistakes_.add(meant.pointer, "a part is deleted with its root, or from it",
                    fmt::format("the deletion of '{}'", *entity_.part_of));
    } else if (meant.word && !parse_deletion(*meant.word)) {
      mistakes_.add(meant.pointer, fmt::format("'{}' is no meaning of a deletion", *meant.word),
                    suggestion(*meant.word, {"propagate", "ignore", "hold"}) +
                        "; or {\"set\": {\"<field>\": <value>}}");
    } else if (!at_both && entity_.direction == "to " + draft_.sites[index(site)]) {
      mistakes_.add(meant.pointer,
                    fmt::format("what is deleted at '{}' is put back, since the entity goes '{}'",
                                draft_.sites[index(site)], *entity_.direction),
                    "leave it out");
    }
  }

  void check_places(const TableDraft& table, SiteId site) {
    if (entity_.part_of && !table.moved.empty()) {
      mistakes_.add(member(table.pointer, "moved"), "a part goes where its root goes",
                    fmt::format("the places of '{}'", *entity_.part_of));
    }
    for (const PlaceDraft& written : table.moved) {
      bool by_row = false;
      for (const ValueDraft& where : written.where) by_row |= check_sought(where);
      if (!by_row && !written.where.empty()) {
        mistakes_.add(member(written.pointer, "where"),
                      "nothing here depends on the row that is looked for",
                      "a column of the row in braces, as \"{No_}\"");
      }
      check_values(written.then, site);
    }
  }

  // Whether it depends on the row.
  bool check_sought(const ValueDraft& where) {
    const auto* text = std::get_if<std::string>(&where.value);
    if (text == nullptr) return false;
    if (column_in_braces(where.value)) return true;
    if (text->find_first_of("{}") == std::string::npos) return false;
    mistakes_.add(where.pointer, fmt::format("'{}' is no column in braces", *text),
                  "one column of the row in braces and nothing else, as \"{No_}\", or a constant");
    return true;
  }

  // They are written at the other site.
  void check_values(const std::vector<ValueDraft>& values, SiteId site) {
    for (const ValueDraft& value : values) {
      const auto field = std::find_if(entity_.fields.begin(), entity_.fields.end(),
                                      [&](const FieldDraft& f) { return f.name == value.name; });
      if (field == entity_.fields.end()) {
        Names names;
        for (const FieldDraft& f : entity_.fields) names.push_back(f.name);
        mistakes_.add(value.pointer, fmt::format("there is no field '{}'", value.name),
                      suggestion(value.name, names));
      } else if (const char* why = unfit(*field, site)) {
        mistakes_.add(value.pointer, fmt::format("'{}' cannot be set: {}", value.name, why),
                      "a field that says what became of the record");
      } else if (field->type && !canonical_value(*field, value.value)) {
        mistakes_.add(
            value.pointer,
            fmt::format("{} does not fit the type {}", display(value.value), name_of(*field->type)),
            field->type == FieldType::enumeration
                ? "one of: " + listed(lookup_names(*field))
                : std::string{example_of(*field->type)});
      }
    }
  }

  const char* unfit(const FieldDraft& field, SiteId site) const {
    if (field.type == FieldType::counter) return "it is a counter";
    if (field.type == FieldType::reference) return "it is a reference";
    if (field.derived) return "it is computed";
    const std::string way = direction_text(entity_, field);
    if (way == "at creation") return "it is given at creation only";
    if (way == "to " + draft_.sites[index(site)]) return "it never goes to the other site";
    return is_in_key(field, other(site)) ? "the other site's key is made of it" : nullptr;
  }
  bool is_in_key(const FieldDraft& field, SiteId site) const {
    const auto& column = field.at[index(site)];
    const auto& table = entity_.table[index(site)];
    return column && table &&
           std::any_of(table->key.begin(), table->key.end(),
                       [&](const KeyDraft& key) { return column->holds(key.column); });
  }

  const MappingDraft& draft_;
  const EntityDraft& entity_;
  Mistakes& mistakes_;
};

}  // namespace

std::optional<DeletionConflict> parse_deletion_conflict(std::string_view text,
                                                        const std::array<std::string, 2>& sites) {
  if (text == "change wins") return ChangeWins{};
  if (text == "deletion wins") return DeletionWins{};
  for (const SiteId site : both_sites) {
    if (text == sites[index(site)] + " wins") return SiteWins{site};
  }
  return std::nullopt;
}

std::optional<Deletion> parse_deletion(std::string_view word) {
  if (word == "propagate") return Propagate{};
  if (word == "ignore") return Ignore{};
  if (word == "hold") return Hold{};
  return std::nullopt;
}

std::optional<Value> canonical_value(const FieldDraft& field, const Value& written) {
  const auto kind = field.type ? canonical_kind(*field.type) : std::nullopt;
  if (!kind) return std::nullopt;
  auto value = bound(written, *kind);
  auto* text = value ? std::get_if<std::string>(&*value) : nullptr;
  if (text != nullptr && field.type == FieldType::code) *text = fold_code(*text);
  if (text != nullptr && field.type == FieldType::time_of_day) {
    const Lensed time = typed_time_of_day(*text);
    return std::holds_alternative<Value>(time) ? std::optional{std::get<Value>(time)}
                                               : std::nullopt;
  }
  if (text == nullptr || field.type != FieldType::enumeration) return value;
  const Names names = lookup_names(field);
  return std::find(names.begin(), names.end(), *text) == names.end() ? std::nullopt : value;
}

std::optional<std::string> column_in_braces(const Value& written) {
  const auto* text = std::get_if<std::string>(&written);
  if (text == nullptr || text->size() < 3 || text->front() != '{' || text->back() != '}')
    return std::nullopt;
  const std::string column = text->substr(1, text->size() - 2);
  return column.find_first_of("{}") == std::string::npos ? std::optional{column} : std::nullopt;
}

void check_deletion(const MappingDraft& draft, const EntityDraft& entity, Mistakes& mistakes) {
  DeletionCheck{draft, entity, mistakes}.run();
}

}  // namespace miroir
