#include "mirror/lensing.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "schema/row_codec.hpp"

namespace miroir {
namespace {

bool is_reference(const Entity& entity, std::size_t field) {
  return entity.fields[field].refers_to.has_value();
}

// A site without NULL says "refers to nothing" by its blank.
bool is_blank(const Lens& lens, const Value& raw) {
  return is_null(raw) || (lens.blank && raw == *lens.blank);
}

Lensed get_reference(const Field& field, SiteId site, const Value& raw, const Links& links) {
  if (is_blank(field.at[index(site)].lens, raw)) return Value{Null{}};
  if (const auto record = links.record_of(site, *field.refers_to, raw)) return Value{record->raw()};
  return Refusal{
      fmt::format("{} refers to {}, which the mirror does not know yet", field.name, display(raw))};
}

Put put_reference(const Field& field, SiteId site, const Value& canonical, const Value* old,
                  const Links& links) {
  const Lens& lens = field.at[index(site)].lens;
  if (is_null(canonical)) {
    if (old != nullptr && is_blank(lens, *old)) return Cells{*old};
    return Cells{lens.blank.value_or(Value{Null{}})};
  }
  const RecordId parent{std::get<std::int64_t>(canonical)};
  const auto key = links.key_of(site, parent);
  if (key && old != nullptr && *key == *old) return Cells{*key};
  if (!key || !links.is_there(site, parent)) return ParentMissing{parent};
  return Cells{*key};
}

Put as_put(std::variant<Cells, Refusal> put) {
  if (auto* cells = std::get_if<Cells>(&put)) return std::move(*cells);
  return std::get<Refusal>(std::move(put));
}

}  // namespace

Lensed get_field(const Entity& entity, std::size_t field, SiteId site, const Row& raw,
                 const Links& links) {
  const Field& f = entity.fields[field];
  const FieldAt& at = f.at[index(site)];
  if (is_reference(entity, field)) return get_reference(f, site, raw[at.column()], links);
  return at.get(raw);
}

Put put_field(const Entity& entity, std::size_t field, SiteId site, const Value& canonical,
              const Row& old, const Links& links) {
  const Field& f = entity.fields[field];
  const FieldAt& at = f.at[index(site)];
  if (is_reference(entity, field))
    return put_reference(f, site, canonical, &old[at.column()], links);
  return as_put(at.put(canonical, at.cells(old)));
}

Put put_new_field(const Entity& entity, std::size_t field, SiteId site, const Value& canonical,
                  const Links& links) {
  const Field& f = entity.fields[field];
  if (is_reference(entity, field)) return put_reference(f, site, canonical, nullptr, links);
  return as_put(f.at[index(site)].give(canonical));
}

bool keeps(const Put& put, const FieldAt& at, const Row& row) {
  const auto* cells = std::get_if<Cells>(&put);
  return cells != nullptr && *cells == at.cells(row);
}

Row readable_fields(const Entity& entity, SiteId site, const Row& raw, const Links& links) {
  Row canonical;
  for (std::size_t f = 0; f < entity.fields.size(); ++f) {
    Lensed value = get_field(entity, f, site, raw, links);
    auto* known = std::get_if<Value>(&value);
    canonical.push_back(known != nullptr ? std::move(*known) : Value{Null{}});
  }
  return canonical;
}

// What cannot be read, and is as it was, is no news; unless it is a key that somebody got
// meanwhile.
std::optional<std::string> read_fields(const Entity& entity, SiteId site, const Row& raw,
                                       const RecordState* known, const Links& links,
                                       Row& canonical) {
  if (const auto why = entity.table[index(site)].not_whole(raw)) return entity.name + ": " + *why;
  const Row* shadow =
      known != nullptr && known->shadow[index(site)] ? &*known->shadow[index(site)] : nullptr;
  for (std::size_t f = 0; f < entity.fields.size(); ++f) {
    Lensed value = get_field(entity, f, site, raw, links);
    if (auto* refusal = std::get_if<Refusal>(&value)) {
      const Field& field = entity.fields[f];
      const FieldAt& at = field.at[index(site)];
      const bool own = known != nullptr && is_each_own(field, *known);
      const bool passed_on =
          field.refers_to && links.is_distrusted(site, *field.refers_to, raw[at.column()]);
      if (!own && (shadow == nullptr || passed_on || !at.same(*shadow, raw)))
        return fmt::format("{}.{}: {}", entity.name, entity.fields[f].name, refusal->reason);
      canonical.emplace_back(Null{});
    } else {
      canonical.push_back(std::get<Value>(std::move(value)));
    }
  }
  return std::nullopt;
}

bool has_seen(const Entity& entity, std::size_t field, SiteId site, const Row& head,
              const Row& shadow, const Links& links) {
  const FieldAt& at = entity.fields[field].at[index(site)];
  if (!is_reference(entity, field)) return at.keeps(head[field], shadow);
  return keeps(put_field(entity, field, site, head[field], shadow, links), at, shadow);
}

bool is_held(const RecordState& state, std::size_t field) {
  return std::any_of(state.held.begin(), state.held.end(),
                     [&](const HeldField& h) { return h.field == field; });
}

bool is_each_own(const Field& field, const RecordState& state) {
  return field.at_creation() && state.shadow[0] && state.shadow[1];
}

bool is_behind(const Entity& entity, SiteId site, const RecordState& state, const Links& links) {
  return !state.outside[index(site)] && differs(entity, site, state, links);
}

namespace {

bool differs_in(const Entity& entity, SiteId site, const RecordState& state, const Links& links,
                bool (*counts)(const Field&)) {
  const auto& shadow = state.shadow[index(site)];
  // What goes one way is not made where it comes from.
  if (!state.gone && !shadow && entity.one_way_to == other(site)) return false;
  if (state.gone || !shadow) return state.gone == shadow.has_value();
  for (std::size_t field = 0; field < entity.fields.size(); ++field) {
    if (entity.fields[field].at_creation() || !counts(entity.fields[field])) continue;
    if (!is_held(state, field) && !has_seen(entity, field, site, state.head, *shadow, links))
      return true;
  }
  return false;
}

}  // namespace

bool differs(const Entity& entity, SiteId site, const RecordState& state, const Links& links) {
  return differs_in(entity, site, state, links, [](const Field&) { return true; });
}

bool misses_change(const Entity& entity, SiteId site, const RecordState& state,
                   const Links& links) {
  return differs_in(entity, site, state, links, [](const Field& f) { return !f.is_derived(); });
}

Key root_key(const Entity& root, const Entity& part, SiteId site, const Row& raw) {
  Key key;
  for (const KeyColumn& column : root.table[index(site)].key) {
    const auto* constant = std::get_if<Constant>(&column.source);
    key.push_back(constant != nullptr ? constant->value : Value{Null{}});
  }
  for (const auto& [part_of_key, column] : part.table[index(site)].parent_columns())
    key.at(part_of_key) = raw[column];
  return key;
}

std::string made_by_rule(const std::string& pattern, const SiteTable& table, const Key& key) {
  std::string made = pattern;
  for (std::size_t k = 0; k < table.key.size(); ++k) {
    const std::string hole = "{" + table.columns[table.key[k].column].name + "}";
    if (const auto at = made.find(hole); at != std::string::npos)
      made.replace(at, hole.size(), display(key[k]));
  }
  return made;
}

std::optional<std::string> match_text(const Entity& entity, const std::vector<std::size_t>& rule,
                                      const Row& canonical) {
  Key values;
  for (const std::size_t field : rule) {
    const Value& value = canonical[field];
    const auto* text = std::get_if<std::string>(&value);
    if (is_null(value) || (text != nullptr && text->empty())) return std::nullopt;
    values.push_back(text != nullptr && entity.fields[field].match_any_case ? lower_case(*text)
                                                                            : value);
  }
  return key_text(values);
}

std::vector<std::optional<std::string>> match_texts(const Entity& entity, const Row& canonical) {
  std::vector<std::optional<std::string>> texts;
  for (const auto& rule : entity.match) texts.push_back(match_text(entity, rule, canonical));
  return texts;
}

bool agree_by_match(const Entity& entity, const Row& a, const Row& b) {
  return std::any_of(entity.match.begin(), entity.match.end(), [&](const auto& rule) {
    const auto text = match_text(entity, rule, a);
    return text && text == match_text(entity, rule, b);
  });
}

std::string display_key(const Key& key) {
  std::string text;
  for (const Value& value : key)
    text += (text.empty() ? "" : "/") + (is_null(value) ? "new" : display(value));
  return text;
}

std::string name_of(const Entity& entity, const PerSite<std::optional<Key>>& keys,
                    const Mapping& mapping) {
  std::string name = entity.name;
  for (const SiteId site : both_sites) {
    if (const auto& key = keys[index(site)]) {
      name += fmt::format(" {} ({})", display_key(*key), mapping.sites[index(site)]);
    }
  }
  return name;
}

}  // namespace miroir
