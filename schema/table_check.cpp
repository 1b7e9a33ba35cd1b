#include <fmt/core.h>

#include <algorithm>

#include "schema/mapping_stages.hpp"

namespace miroir {
namespace {

Names key_columns(const TableDraft& table) {
  Names names;
  for (const KeyDraft& key : table.key) names.push_back(key.column);
  return names;
}

bool contains(const Names& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// One entity's table at one site, with what its checks need to know around it.
class TableCheck {
 public:
  TableCheck(const MappingDraft& draft, const EntityDraft& entity, SiteId site, Mistakes& mistakes)
      : entity_{entity},
        site_{site},
        site_name_{draft.sites[index(site)]},
        other_name_{draft.sites[index(other(site))]},
        table_{*entity.table[index(site)]},
        mistakes_{mistakes} {
    const EntityDraft* root = entity.part_of ? draft.find(*entity.part_of) : nullptr;
    if (root != nullptr && !root->part_of && root->table[index(site)])
      root_ = &*root->table[index(site)];
  }

  void run() {
    for (const KeyDraft& key : table_.key) check_key_column(key);
    check_identity();
    check_one_number();
    if (entity_.part_of) {
      check_parent();
    } else {
      refuse_part_words();
    }
    check_duplicates();
  }

 private:
  void check_key_column(const KeyDraft& key) {
    check_words(key);
    switch (key.from) {
      case KeyFrom::field:
        return check_has_field(key);
      case KeyFrom::rule:
        return check_rule(key);
      case KeyFrom::constant:
        if (key.value) return;
        return add(key.pointer, "a constant needs its value", "\"value\": what the column holds");
      case KeyFrom::parent:
        return check_key_parent(key);
      case KeyFrom::number:
      case KeyFrom::database:
      case KeyFrom::unknown:
        return;
    }
  }

  // A word that belongs to another source shows that 'from' is forgotten or wrong.
  void check_words(const KeyDraft& key) {
    const auto belongs = [&](bool given, const char* word, KeyFrom from, const char* source) {
      if (!given || key.from == from || key.from == KeyFrom::unknown) return;
      add(member(key.pointer, word), fmt::format("'{}' is only for \"from\": \"{}\"", word, source),
          fmt::format("\"from\": \"{}\", or leave it out", source));
    };
    belongs(key.value.has_value(), "value", KeyFrom::constant, "constant");
    belongs(key.rule.has_value(), "rule", KeyFrom::rule, "rule");
    belongs(key.parent.has_value(), "parent", KeyFrom::parent, "parent");
    belongs(key.step.has_value(), "step", KeyFrom::number, "number");
  }

  void check_has_field(const KeyDraft& key) {
    for (const FieldDraft& field : entity_.fields) {
      const auto& column = field.at[index(site_)];
      if (!column || column->satellite || !column->holds(key.column)) continue;
      if (field.type == FieldType::counter) {
        add(key.pointer, fmt::format("'{}' is a counter, which identifies nothing", field.name),
            "a column that does not change by increments");
      }
      if (column->several) {
        add(key.pointer, fmt::format("'{}' is split over several columns", field.name),
            "a field of its own for the key's column");
      }
      return;
    }
    add(key.pointer, fmt::format("no field is mapped to the key's column '{}'", key.column),
        "a field with this column, or \"from\": where its value comes from");
  }

  void check_rule(const KeyDraft& key) {
    if (!key.rule) {
      return add(key.pointer, "a key from a rule needs the rule",
                 fmt::format("\"rule\": a text with columns of the key at '{}' in braces, as "
                             "\"W{{id}}\"",
                             other_name_));
    }
    const auto& there = entity_.table[index(other(site_))];
    if (!there || there->key.empty()) return;
    const Names columns = key_columns(*there);
    const std::optional<Names> used = rule_columns(*key.rule);
    if (!used) {
      return add(
          member(key.pointer, "rule"), fmt::format("'{}' names no column in braces", *key.rule),
          fmt::format("columns of the key at '{}' in braces: {}", other_name_, listed(columns)));
    }
    for (const std::string& name : *used) {
      if (contains(columns, name)) continue;
      add(member(key.pointer, "rule"),
          fmt::format("the key at '{}' has no column '{}'", other_name_, name),
          suggestion(name, columns));
    }
  }

  void check_key_parent(const KeyDraft& key) {
    if (!key.parent) {
      parent_unclear_ = true;
      return add(key.pointer, "a key's column from the parent needs 'parent'",
                 "\"parent\": the column of the root's key that it holds");
    }
    check_root_column(*key.parent, member(key.pointer, "parent"));
  }

  void check_root_column(const std::string& name, const std::string& pointer) {
    if (root_ == nullptr || root_->key.empty() || contains(key_columns(*root_), name)) return;
    parent_unclear_ = true;
    add(pointer, fmt::format("the root's key at '{}' has no column '{}'", site_name_, name),
        suggestion(name, key_columns(*root_)));
  }

  void check_identity() {
    const auto of = [&](KeyFrom from) {
      return std::count_if(table_.key.begin(), table_.key.end(),
                           [from](const KeyDraft& key) { return key.from == from; });
    };
    const auto all = static_cast<std::ptrdiff_t>(table_.key.size());
    const std::string pointer = member(table_.pointer, "key");
    if (all > 0 && of(KeyFrom::constant) == all) {
      add(pointer, "all columns of the key are constant, so that there could be one row only",
          "the columns that tell one row from another");
    } else if (entity_.part_of && all > 0 && of(KeyFrom::constant) + of(KeyFrom::parent) == all) {
      add(pointer, "the key is the same for all parts of one root",
          "a column that tells one part from another");
    }
    if (of(KeyFrom::database) > 1) {
      add(pointer, "more than one column of the key comes from the database",
          "one such column at most");
    }
  }

  void check_one_number() {
    const auto numbers =
        std::count_if(table_.key.begin(), table_.key.end(),
                      [](const KeyDraft& key) { return key.from == KeyFrom::number; });
    if (numbers + (table_.number ? 1 : 0) > 1) {
      add(table_.pointer, "more than one column numbers the parts",
          "one numbering column, in the key or as 'number'");
    }
  }

  void check_parent() {
    Names held;
    for (const KeyDraft& key : table_.key) {
      if (key.from == KeyFrom::parent && key.parent) held.push_back(*key.parent);
    }
    for (const auto& [column, root_column] : table_.parent) {
      check_root_column(root_column, member(member(table_.pointer, "parent"), column));
      held.push_back(root_column);
    }
    if (root_ == nullptr) return;
    for (const KeyDraft& key : root_->key) {
      const auto times = std::count(held.begin(), held.end(), key.column);
      if (times > 1) {
        add(table_.pointer, fmt::format("two columns hold the root's '{}'", key.column),
            "one column for each column of the root's key");
      } else if (times == 0 && key.from != KeyFrom::constant && !parent_unclear_) {
        add(table_.pointer,
            fmt::format("no column holds '{}' of the root's key at '{}'", key.column, site_name_),
            fmt::format("\"parent\": {{\"<column>\": \"{}\"}}, or a key's column \"from\": "
                        "\"parent\"",
                        key.column));
      }
    }
  }

  void refuse_part_words() {
    const std::string right = "\"part_of\": the root entity, or leave it out";
    if (!table_.parent.empty()) {
      add(member(table_.pointer, "parent"), "only a part has a parent", right);
    }
    if (table_.number) add(member(table_.pointer, "number"), "only parts are numbered", right);
    for (const KeyDraft& key : table_.key) {
      if (key.from != KeyFrom::parent && key.from != KeyFrom::number) continue;
      add(member(key.pointer, "from"), "only parts have keys from their parent or a number", right);
    }
  }

  // A key's column from a field is that field's column; all others must be there once.
  void check_duplicates() {
    Names in_key;
    for (const KeyDraft& key : table_.key) {
      if (contains(in_key, key.column)) {
        add(member(key.pointer, "column"),
            fmt::format("column '{}' stands twice in the key", key.column), "each column once");
      } else if (key.from != KeyFrom::field) {
        use(key.column, member(key.pointer, "column"));
      }
      in_key.push_back(key.column);
    }
    for (const auto& [column, root_column] : table_.parent) {
      use(column, member(member(table_.pointer, "parent"), column));
    }
    if (table_.number) use(table_.number->column, member(table_.number->pointer, "column"));
    for (const FieldDraft& field : entity_.fields) {
      const auto& column = field.at[index(site_)];
      for (std::size_t i = 0; column && !column->satellite && i < column->columns.size(); ++i) {
        use(column->columns[i],
            column->several ? member(member(column->pointer, "columns"), i) : column->pointer);
      }
    }
    for (const auto& [column, value] : table_.on_insert) {
      const std::string pointer = member(member(table_.pointer, "on_insert"), column);
      use(column, pointer);
    }
  }

  void use(const std::string& column, const std::string& pointer) {
    if (column.empty()) return;
    const auto seen = std::find_if(used_.begin(), used_.end(),
                                   [&](const auto& use) { return use.first == column; });
    if (seen == used_.end()) {
      used_.emplace_back(column, pointer);
    } else {
      add(pointer,
          fmt::format("column '{}' at '{}' is used twice, first at {}", column, site_name_,
                      seen->second),
          "each column once");
    }
  }

  void add(std::string pointer, std::string wrong, std::string right) {
    mistakes_.add(std::move(pointer), std::move(wrong), std::move(right));
  }

  const EntityDraft& entity_;
  SiteId site_;
  const std::string& site_name_;
  const std::string& other_name_;
  const TableDraft& table_;
  const TableDraft* root_ = nullptr;
  bool parent_unclear_ =
      false;  // A parent's column is wrongly named: which one it is to hold is not known.
  std::vector<std::pair<std::string, std::string>> used_;  // Column, where it was used first.
  Mistakes& mistakes_;
};

}  // namespace

std::optional<Names> rule_columns(std::string_view pattern) {
  Names names;
  for (;;) {
    const std::size_t open = pattern.find_first_of("{}");
    if (open == std::string_view::npos) break;
    const std::size_t close = pattern.find_first_of("{}", open + 1);
    if (pattern[open] != '{' || close == std::string_view::npos || pattern[close] != '}') {
      return std::nullopt;
    }
    names.emplace_back(pattern.substr(open + 1, close - open - 1));
    pattern.remove_prefix(close + 1);
  }
  return names.empty() ? std::nullopt : std::optional{names};
}

void check_table(const MappingDraft& draft, const EntityDraft& entity, SiteId site,
                 Mistakes& mistakes) {
  const std::string& name = draft.sites[index(site)];
  if (!entity.table[index(site)]) {
    mistakes.add(entity.pointer, fmt::format("the entity has no table at '{}'", name),
                 fmt::format("\"{}\": {{\"table\": ..., \"key\": [...]}}", name));
    return;
  }
  TableCheck{draft, entity, site, mistakes}.run();
}

}  // namespace miroir
