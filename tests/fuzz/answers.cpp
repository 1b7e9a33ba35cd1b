// What a site answers beside rows: its journal, its markers, its rights, its errors.
#include <algorithm>

#include "connectors/errors.hpp"
#include "connectors/odbc/dialects/mariadb_dialect.hpp"
#include "connectors/odbc/dialects/mariadb_rights.hpp"
#include "connectors/postgres/postgres_errors.hpp"
#include "mirror/journal_text.hpp"
#include "mirror/outcome_text.hpp"
#include "schema/mapping_file.hpp"
#include "schema/row_codec.hpp"
#include "tests/fuzz/require.hpp"
#include "tests/fuzz/targets.hpp"
#include "tests/schema/mapping_samples.hpp"

namespace miroir::fuzz {
namespace {

// Orders with lines and their notes, whose keys are of several kinds.
Mapping made_mapping() {
  Checked<Mapping> read = read_mapping(testing::sample_mapping, "mapping.json");
  Mapping mapping = std::get<Mapping>(std::move(read));
  for (Entity& entity : mapping.entities) {
    for (SiteTable& table : entity.table) {
      for (std::size_t i = 0; i < table.key.size(); ++i) {
        const bool last = i + 1 == table.key.size();
        table.columns[table.key[i].column].kind = last ? ValueKind::text : ValueKind::integer;
      }
    }
  }
  return mapping;
}

const Mapping& mapping() {
  static const Mapping made = made_mapping();
  return made;
}

bool fits(const std::optional<Key>& key, EntityId of, SiteId site) {
  return !key || key->size() == mapping().table(of, site).key.size();
}

}  // namespace

void feed_journal(std::string_view bytes) {
  const Value said = bytes.empty() ? Value{Null{}} : Value{std::string{bytes}};
  for (const Entity& root : mapping().entities) {
    if (root.root) continue;
    for (const SiteId site : both_sites) {
      const Key listed(mapping().table(root.id, site).key.size(), Value{std::int64_t{1}});
      try {
        const auto rows = JournalReader{mapping(), site, root.id}.rows(listed, said);
        require(!rows.empty(), "what the journal says is never lost");
        for (const JournalRow& row : rows) {
          require(row.entity.raw() < mapping().entities.size(), "a change is of an entity");
          require(fits(row.old_key, row.entity, site) && fits(row.new_key, row.entity, site) &&
                      fits(row.old_root, root.id, site) && fits(row.new_root, root.id, site),
                  "a key has as many parts as columns");
        }
      } catch (const CodecError&) {
        // No trigger of miroir's wrote this.
      }
    }
  }
}

void feed_outcome(std::string_view bytes) {
  for (const SiteId site : both_sites) {
    try {
      const Settled settled = outcome_from_text(std::string{bytes}, mapping(), site);
      require(settled.kind == Settled::Kind::happened, "what has an outcome has happened");
      require(std::is_sorted(settled.not_written.begin(), settled.not_written.end()),
              "writes come in their order");
      for (const LearntKey& learnt : settled.keys) require(!learnt.key.empty(), "a key has parts");
    } catch (const CodecError&) {
      // No delivery wrote this.
    }
  }
}

void feed_grants(std::string_view bytes) {
  const auto grant = parse_grant(bytes);
  if (!grant) return;
  require(!grant->rights.empty(), "a grant gives a right");
  require(grant->database.empty() || !grant->covers("", "t") || grant->database[0] == '%',
          "a grant on a database is about no other");
  for (const auto& [right, columns] : grant->rights) {
    const bool named = columns.empty() || !columns.front().empty();
    require(!named || grant->gives(right, columns.empty() ? "" : columns.front()),
            "what it says it gives");
    if (!columns.empty() && !grant->rights.contains("ALL PRIVILEGES"))
      require(!grant->gives(right), "a right on columns is none on the table");
  }
}

void feed_message(std::string_view bytes) {
  const std::string message{bytes};
  require(postgres::connect_error(message, "geheim").what() != nullptr &&
              std::string_view{postgres::connect_error(message, "geheim").what()}.find("geheim") ==
                  std::string_view::npos,
          "no error shows the password");
  for (const char* sqlstate : {"", "22001", "23505"})
    require(postgres::primary_message(message, sqlstate).size() <= message.size() + 8 * bytes.size(),
            "of a report one line is kept");
  for (const std::int32_t native : {0, 1062, 1366, 2026}) {
    const Diagnostic diagnostic{.sqlstate = "HY000", .native = native, .message = message};
    mariadb_dialect().judge(diagnostic);
    mariadb_dialect().without_values(diagnostic);
  }
}

}  // namespace miroir::fuzz
