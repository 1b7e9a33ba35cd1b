#include "mirror/history.hpp"

#include <algorithm>

namespace miroir {
namespace {

std::string event_of(const RecordState* before, const RecordState& after, bool changed) {
  if (before == nullptr) return "born";
  if (after.gone && !before->gone) return "deleted";
  if (!after.gone && before->gone) return "restored";
  return changed ? "changed" : "";
}

bool links_or_matches(const Entity& entity, std::size_t field) {
  if (entity.fields[field].refers_to) return true;
  return std::any_of(entity.match.begin(), entity.match.end(), [&](const auto& rule) {
    return std::find(rule.begin(), rule.end(), field) != rule.end();
  });
}

}  // namespace

HistoryLine history_of(const RecordState* before, const RecordState& after) {
  HistoryLine line{after.id, after.entity, std::nullopt, {}, {}};
  for (std::size_t f = 0; f < after.head.size(); ++f) {
    const Value was = before == nullptr ? Value{Null{}} : before->head[f];
    if (was != after.head[f]) line.changes.push_back({f, was, after.head[f]});
  }
  line.event = event_of(before, after, !line.changes.empty());
  return line;
}

bool touches_links(const Entity& entity, const HistoryLine& line) {
  return std::any_of(line.changes.begin(), line.changes.end(), [&](const FieldChange& change) {
    return links_or_matches(entity, change.field);
  });
}

}  // namespace miroir
