#include "mirror/outcome_text.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "schema/row_codec.hpp"

namespace miroir {
namespace {

using nlohmann::json;

// JSON would make something of a negative number, or of a fraction.
std::size_t index_in(const json& list, std::size_t at) {
  const json& number = list.at(at);
  if (!number.is_number_unsigned()) throw CodecError{"there is no number where one belongs"};
  return number.get<std::size_t>();
}

LearntKey learnt_from(const json& learnt, const Mapping& mapping, SiteId site) {
  const EntityId id{index_in(learnt, 2)};
  if (id.raw() >= mapping.entities.size()) throw CodecError{"a key of an unknown entity"};
  const json& key = learnt.at(3);
  for (const json& part : key) {  // To print a list in a list takes room on the stack.
    if (part.is_structured()) throw CodecError{"a key holds no lists"};
  }
  return {index_in(learnt, 0), index_in(learnt, 1),
          parse_key_text(key.dump(), mapping.table(id, site).key_kinds())};
}

}  // namespace

Settled outcome_from_text(const std::string& text, const Mapping& mapping, SiteId site) try {
  const json outcome = json::parse(text);
  Settled settled{Settled::Kind::happened, {}, {}};
  for (const json& lost : outcome.at("lost")) settled.not_written.push_back(index_in(lost, 0));
  std::sort(settled.not_written.begin(), settled.not_written.end());
  for (const json& learnt : outcome.at("keys"))
    settled.keys.push_back(learnt_from(learnt, mapping, site));
  return settled;
} catch (const json::exception& error) {
  throw CodecError{error.what()};
}

}  // namespace miroir
