// Looking for rows that are in their table no more: by the columns that the mapping names, a few
// rows with each question.
#include <algorithm>
#include <map>

#include "mirror/site_local.hpp"

namespace miroir {
namespace {

constexpr std::size_t rows_per_question = 50;  // Every database takes so many parameters.

std::vector<ValueKind> kinds_of(const Place& place) {
  std::vector<ValueKind> kinds;
  for (const Sought& sought : place.where) kinds.push_back(sought.column.kind);
  return kinds;
}

}  // namespace

// SELECT DISTINCT t.a, t.b FROM place AS t WHERE (t.a = ? AND t.b = ?) OR (...)
Statement LocalSite::ask_place(const Place& place, const std::vector<const Row*>& held) {
  std::string columns;
  for (const Sought& sought : place.where) {
    columns += (columns.empty() ? "" : ", ") +
               dialect().selected("t." + quote(sought.column.name), sought.column.kind);
  }
  Statement ask{
      "SELECT DISTINCT " + columns + " FROM " + dialect().quote(place.name) + " AS t WHERE ", {}};
  for (const Row* row : held) {
    ask.text += row == held.front() ? "(" : " OR (";
    for (std::size_t i = 0; i < place.where.size(); ++i) {
      const Column& column = place.where[i].column;
      ask.parameters.push_back((*row)[i]);
      ask.text += (i == 0 ? "t." : " AND t.") + quote(column.name) + " = " +
                  dialect().placeholder(ask.parameters.size(), column.kind);
    }
    ask.text += ')';
  }
  return ask;
}

// What a database takes for equal may not be the same: the answers are compared once more.
std::vector<std::optional<std::size_t>> LocalSite::look_elsewhere(EntityId id,
                                                                  const std::vector<Row>& rows) {
  return guarded([&] {
    std::vector<std::optional<std::size_t>> found(rows.size());
    const std::vector<Place>& places = table(id).moved;
    for (std::size_t p = 0; p < places.size(); ++p) {
      std::map<Row, std::vector<std::size_t>> sought;
      for (std::size_t i = 0; i < rows.size(); ++i) {
        const auto held = found[i] ? std::nullopt : places[p].sought_for(rows[i]);
        if (held) sought[*held].push_back(i);
      }
      for (auto next = sought.begin(); next != sought.end();) {
        std::vector<const Row*> asked;
        for (; next != sought.end() && asked.size() < rows_per_question; ++next)
          asked.push_back(&next->first);
        session().query(ask_place(places[p], asked), miroir::kinds_of(places[p]), [&](Row&& row) {
          const auto hit = sought.find(row);
          if (hit == sought.end()) return;
          for (const std::size_t i : hit->second) found[i] = p;
        });
      }
    }
    return found;
  });
}

}  // namespace miroir
