// What the page says, in one language: sentences, names of what is mirrored, times and values.
// Immutable; any thread.
#pragma once

#include <fmt/format.h>

#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "schema/instant.hpp"
#include "schema/mapping.hpp"

namespace miroir {

class Speech {
 public:
  // `language`: "en", "fr"; `names`: what the configuration calls things, instead of the built-in
  // words.
  Speech(const std::string& language, const std::map<std::string, std::string>& names);

  const std::string& language() const { return language_; }
  const nlohmann::json& all() const { return texts_; }  // For templates, as {{t.nav.home}}.

  // The text with this key ("banner.good"); throws std::logic_error for a key that is not there.
  const std::string& say(const std::string& key) const;
  template <class... A>
  std::string say(const std::string& key, const A&... arguments) const {
    return fmt::format(fmt::runtime(say(key)), arguments...);
  }

  // A site or an entity; where no name is known, the mapping's own word.
  std::string name(const std::string& of) const;
  std::string name(const std::string& entity, const std::string& field) const;
  // To begin a sentence or stand over a column.
  std::string title(const std::string& of) const;

  std::string value(const Value& value) const;
  // The same for a text that spoken_value() made.
  std::string shown(const Value& value, const std::string& spoken) const;

  // Local time of this machine: "at 10:12", "yesterday at 10:12", "on 26/11/2026 at 10:12".
  std::string when(const std::string& iso, Instant now) const;
  std::string when(Instant at, Instant now) const;
  std::string since(const std::string& iso, Instant now) const;  // "10:12", "yesterday, 10:12"
  std::string clock(Instant at) const;                           // "10:12"
  std::string ago(Instant at, Instant now) const;                // "12 min ago"
  std::string duration(double seconds) const;                    // "0.4 s", "12 s"

 private:
  std::string moment(const std::string& form, Instant at, Instant now) const;
  std::string number(std::string text) const;  // With this language's decimal sign.

  std::string language_;
  nlohmann::json texts_;
  std::map<std::string, std::string> names_;
};

std::string capitalised(std::string text);  // The first letter, also "é".
Instant now_instant();

}  // namespace miroir
