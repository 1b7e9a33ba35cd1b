// How a record is called on the pages: what it is, its number, and who or what people know it by.
#pragma once

#include <string>
#include <vector>

#include "mirror/stages.hpp"
#include "mirror/status/records.hpp"
#include "mirror/status/speech.hpp"

namespace miroir {

// "Order 1042 · S-1042 · Anne Chevalier". "" where the record is gone from the store.
std::string title_of(const Records& records, const Speech& speech, RecordId record);
std::string title_of(const Records& records, const Speech& speech, const RecordState& state);
// Of a row that miroir has not taken in, by its key as the store keeps it.
std::string title_of(const Records& records, const Speech& speech, const OpenSetAside& item);

// The value of a field, or that this visitor does not see it.
std::string value_in_words(const Records& records, const Speech& speech, const Entity& entity,
                           std::size_t field, const Value& value);

// "1 (the shop), W1 (the ERP)"
std::string keys_of(const Records& records, const Speech& speech, EntityId entity, RecordId record);

// What people know a record by, most telling first: its numbers and names.
std::vector<std::string> known_by(const Records& records, const Entity& entity, const Row& head);

// The record that a set-aside item is about; nullopt: it has not come in.
std::optional<RecordId> record_of(const Records& records, const OpenSetAside& item);

}  // namespace miroir
