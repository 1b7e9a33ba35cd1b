// The JSON object that a program sends with a request to the API; api.json describes them. Throws
// VerbError (usage) for a body that is none, or that says something in another way. Pure.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "mirror/cli/verbs.hpp"

namespace miroir {

class ApiBody {
 public:
  explicit ApiBody(const std::string& body);  // Empty: an object without members.

  std::optional<std::string> maybe(const char* name) const;
  std::string text(const char* name) const { return maybe(name).value_or(""); }
  bool flag(const char* name) const;  // false where it is not there.
  // Exactly one thing is answered; the verb itself sees to that it fits the question.
  HeldAnswerVerb answer(std::int64_t id) const;

 private:
  nlohmann::json object_;
};

}  // namespace miroir
