// What the pages of administrators share.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "mirror/status/visit.hpp"

namespace miroir {

// "Bringing together: Customer 5"
std::string title_of(const Speech& speech, const Task& task);
// What is under way, in a line for the template: `text`, `to`; null: nothing is.
nlohmann::json said_of(const Visit& visit, const TaskRunner::State& state);

// For templates, of what a child has printed: `records` that differ, each with what is written because
// of it, `others` that are written, `decisions`.
nlohmann::json task_in_words(const Visit& visit, const Records& records,
                             const nlohmann::json& shown);

// What is paused, as a form says it: "site:erp"; and what waits with it, in words.
std::string pausable_value(const Pausable& what, const Mapping& mapping);
std::string spoken_dependants(const Speech& speech, const Mapping& mapping, const Pausable& what);

}  // namespace miroir
