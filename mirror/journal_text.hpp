// What the triggers have noted in a site's journal, as text: see journal_details of
// connectors/dialect.hpp for who writes it. Pure.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "connectors/satellites.hpp"
#include "mirror/site.hpp"

namespace miroir {

// Of the journal rows of one root entity. The mapping must outlive it.
class JournalReader {
 public:
  JournalReader(const Mapping& mapping, SiteId site, EntityId root);

  // One row, but for a satellite that has gone from one part to another: one for each of them.
  // `said`: a list of details, or the columns that an update changed which left its row its key;
  // NULL: nobody knows which. Without the id and the time. Throws CodecError for what no trigger of
  // miroir's has written.
  std::vector<JournalRow> rows(const Key& listed, const Value& said) const;

 private:
  const SiteTable& table(EntityId id) const { return mapping_.table(id, site_); }
  JournalRow plain_row(const Key& key, const Value& changed) const;
  std::vector<JournalRow> detailed_rows(const Key& listed, std::string_view said) const;
  std::vector<JournalRow> rows_of_satellite(const Entity& satellite, const Key& listed,
                                            const Key& details) const;
  std::optional<Key> key_in(const Key& details, std::size_t at, EntityId of) const;
  std::optional<std::vector<std::size_t>> columns_named(std::string_view names) const;

  const Mapping& mapping_;
  SiteId site_;
  EntityId root_;
  ByTables tables_;
};

}  // namespace miroir
