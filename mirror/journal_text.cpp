#include "mirror/journal_text.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "connectors/dialect.hpp"
#include "schema/row_codec.hpp"

namespace miroir {
namespace {

// Their places in the list of details; see connectors/journal.hpp.
enum Detail : std::size_t { part, op, old_key, new_key, old_root, new_root, transaction, count };

const std::string& text_in(const Key& details, std::size_t at) {
  const auto* text = std::get_if<std::string>(&details[at]);
  if (text == nullptr) throw CodecError{"a detail of a change is missing"};
  return *text;
}

JournalOp op_of(const std::string& letter) {
  if (letter == "I") return JournalOp::insert;
  if (letter == "U") return JournalOp::update;
  if (letter == "D") return JournalOp::remove;
  return JournalOp::truncate;
}

// Of a satellite: the row that it belongs to was updated, under the key that it has.
JournalRow row_of_owner(EntityId owner, const Key& root, const Key& key) {
  JournalRow read;
  read.entity = owner;
  read.op = JournalOp::update;
  read.old_key = read.new_key = key;
  read.old_root = read.new_root = root;
  return read;
}

}  // namespace

JournalReader::JournalReader(const Mapping& mapping, SiteId site, EntityId root)
    : mapping_{mapping}, site_{site}, root_{root}, tables_{mapping, site} {}

std::vector<JournalRow> JournalReader::rows(const Key& listed, const Value& said) const {
  const auto* text = std::get_if<std::string>(&said);
  if (text != nullptr && text->starts_with('[')) return detailed_rows(listed, *text);
  return {plain_row(listed, said)};
}

// An update of a root that left its key says no more than which columns.
JournalRow JournalReader::plain_row(const Key& key, const Value& changed) const {
  JournalRow read = row_of_owner(root_, key, key);
  if (const auto* names = std::get_if<std::string>(&changed)) read.changed = columns_named(*names);
  return read;
}

// nullopt: one of them is not mirrored, so that the trigger is not the mapping's.
std::optional<std::vector<std::size_t>> JournalReader::columns_named(
    std::string_view names) const {
  std::vector<std::size_t> columns;
  while (!names.empty()) {
    const std::size_t end = std::min(names.find(column_separator), names.size());
    const auto column = table(root_).find(names.substr(0, end));
    if (!column) return std::nullopt;
    columns.push_back(*column);
    names.remove_prefix(std::min(end + 1, names.size()));
  }
  return columns;
}

std::optional<Key> JournalReader::key_in(const Key& details, std::size_t at, EntityId of) const {
  if (is_null(details[at])) return std::nullopt;
  return parse_key_text(text_in(details, at), tables_->table(of, site_).key_kinds());
}

std::vector<JournalRow> JournalReader::detailed_rows(const Key& listed,
                                                     std::string_view said) const {
  const Key details = parse_key_text(said, std::vector<ValueKind>(count, ValueKind::text));
  const Entity* of = tables_->find(text_in(details, part));
  JournalRow read;
  read.entity = root_;
  read.op = JournalOp::truncate;
  if (of == nullptr) return {read};  // A part that is mirrored no more: only to be acknowledged.
  if (of->satellite_of == root_) return {row_of_owner(root_, listed, listed)};
  if (of->satellite_of) return rows_of_satellite(*of, listed, details);
  read.entity = of->id;
  read.op = op_of(text_in(details, op));
  read.old_key = key_in(details, old_key, of->id);
  read.new_key = key_in(details, new_key, of->id);
  read.old_root = key_in(details, old_root, root_);
  read.new_root = key_in(details, new_root, root_);
  read.transaction = text_in(details, transaction);
  return {read};
}

std::vector<JournalRow> JournalReader::rows_of_satellite(const Entity& satellite,
                                                         const Key& listed,
                                                         const Key& details) const {
  const EntityId owner = *satellite.satellite_of;
  std::set<Key> owners;
  for (const std::size_t at : {old_key, new_key}) {
    const auto named = key_in(details, at, satellite.id);
    if (!named) continue;
    const auto end = named->begin() + static_cast<std::ptrdiff_t>(table(owner).key.size());
    owners.emplace(named->begin(), end);
  }
  if (owners.empty()) throw CodecError{"a change of a row that has no key"};
  std::vector<JournalRow> rows;
  for (const Key& key : owners) rows.push_back(row_of_owner(owner, listed, key));
  return rows;
}

}  // namespace miroir
