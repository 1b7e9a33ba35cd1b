// What a question's two sides and an answer to it are, in words, for templates.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "mirror/cli/held_question.hpp"
#include "mirror/status/questions.hpp"

namespace miroir {

struct Wish;

// What the answer changes at each side: `title`, and `lines` with `text` and `changes`.
nlohmann::json effect_in_words(const Records& records, const Speech& speech, const Wish& wish);

// Of an answer that the next cycle carries out: who gave which, and when.
std::string waiting_in_words(const Visit& visit, const Records& records, const Request& request);

// Of a record whose deletion is in question: which side has it; `text` of each.
nlohmann::json where_it_is(const Records& records, const Speech& speech,
                           const PersonsQuestion& question);

// "changed at 10:04"; "" where it is not known.
std::string arrival_in_words(const Visit& visit, const std::optional<Arrival>& arrival);
// Whether rows of a question hold such a time.
bool any_time(const nlohmann::json& rows);

}  // namespace miroir
