// Documents with lines as an ERP keeps them (composite keys, one part of them constant) and notes
// that refer to a document; both sites alike.
#pragma once

#include "schema/mapping.hpp"

namespace miroir::test {

inline const EntityId document{0}, line{1}, note{2};

inline Mapping document_mapping() {
  const Constant order{std::int64_t{1}};
  Mapping mapping;
  mapping.sites = {"here", "there"};
  mapping.entities.resize(3);
  const auto name = [&](EntityId id, std::string entity, std::string table) -> SiteTable& {
    Entity& named = mapping.entities[id.raw()];
    named.id = id;
    named.name = std::move(entity);
    named.table[0].name = {"", std::move(table)};
    return named.table[0];
  };
  const auto column = [](std::string text, ValueKind kind) {
    return Column{std::move(text), kind, false, 0};
  };

  SiteTable& header = name(document, "document", "Sales \"Header\"");
  header.columns = {column("Document Type", ValueKind::integer), column("No_", ValueKind::text),
                    column("Remark", ValueKind::text),
                    Column{"Points", ValueKind::decimal, true, 2}};
  header.key = {{0, order}, {1, Rule{"W{id}"}}};
  mapping.entities[document.raw()].parts = {line};

  SiteTable& lines = name(line, "document line", "Sales Line");
  lines.columns = {column("Line No_", ValueKind::integer), column("Document No_", ValueKind::text),
                   column("Document Type", ValueKind::integer), column("Text", ValueKind::text)};
  lines.key = {{2, order}, {1, FromParent{1}}, {0, Numbered{10'000}}};
  mapping.entities[line.raw()].root = document;

  SiteTable& notes = name(note, "note", "Note");
  notes.columns = {column("id", ValueKind::integer), column("document", ValueKind::text)};
  notes.key = {{0, Generated{}}};
  Field refers{"document", FieldType::reference, Hold{}, {}, document, {}, {}};
  refers.at[0].columns = refers.at[1].columns = {1};
  mapping.entities[note.raw()].fields.push_back(refers);

  for (Entity& entity : mapping.entities) entity.table[1] = entity.table[0];
  return mapping;
}

}  // namespace miroir::test
