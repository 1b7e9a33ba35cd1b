// Values that readers do not see: those of the fields that `serve.personal` names. Pure.
#pragma once

#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "schema/mapping.hpp"

namespace miroir {

class Masking {
 public:
  Masking() = default;  // Nothing is hidden.
  // Where anything is personal, a field that is mirrored no more may have been, too.
  Masking(const std::set<std::string>& personal, const Mapping& mapping);

  bool hides(const std::string& entity, const std::string& field) const {
    return hides_texts() && !field.empty() && !visible_.contains(entity + "." + field);
  }
  // Whether free text, which may speak of anything (what a database said, what was asked), is
  // hidden as well.
  bool hides_texts() const { return !visible_.empty(); }

  // What the API answers: values of hidden fields, and texts that may hold them, become "(hidden)".
  // `entity`: of what has no "entity" of its own.
  void mask(nlohmann::ordered_json& report, const std::string& entity = "") const;

 private:
  std::set<std::string> visible_;  // Empty: all.
};

}  // namespace miroir
