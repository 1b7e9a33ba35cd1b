// What waits for a person, as the pages show it: questions and what was set aside, with the same
// cause together.
#pragma once

#include <nlohmann/json.hpp>
#include <vector>

#include "mirror/cli/held_items.hpp"
#include "mirror/status/visit.hpp"

namespace miroir {

// Fields that are decided together are one question; the first stands for all. A deletion is one of
// its own.
struct PersonsQuestion {
  std::vector<OpenHeld> fields;
  const OpenHeld& first() const { return fields.front(); }
  // One that has moved in one of its fields waits.
  bool is_ignored() const;
};

// Open questions that wait, or that are ignored, in the order in which they came up.
std::vector<PersonsQuestion> open_questions(const Records& records, Which which = Which::waiting);
// The one with this number, or that stands for it; throws PageError (404).
PersonsQuestion question_with(const Records& records, std::int64_t id);

// What was shown, in short: another text as soon as any of its values is another.
std::string seen_in(const Records& records, const std::vector<PersonsQuestion>& questions);

// "hold/customer/payment_terms": questions with the same are answered together.
std::string group_of(const Records& records, const PersonsQuestion& question);
// "set aside/erp/item/rule"
std::string group_of(const Records& records, const OpenSetAside& item);
std::vector<PersonsQuestion> group_named(const Records& records, const std::string& name);

// Why it waits, with the field's name in it, and what to do.
std::string what_is_wrong(const Records& records, const Speech& speech,
                          const PersonsQuestion& question);
std::string what_to_do(const Speech& speech, const PersonsQuestion& question);

// "ignored by lea, 10:12: as agreed"
std::string ignored_in_words(const Visit& visit, const Records& records, const Ignored& ignored);

// Of what was typed: nothing.
inline bool is_blank(const std::string& text) {
  return text.find_first_not_of(" \t\r\n") == std::string::npos;
}

// For templates: the groups, each with at most `items_max` of its items.
nlohmann::json check_groups(const Visit& visit, const Records& records, std::size_t items_max,
                            Which which = Which::waiting);

}  // namespace miroir
