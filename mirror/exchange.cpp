#include "mirror/exchange.hpp"

#include <algorithm>

namespace miroir {
namespace {

// One value that a refused write moves: what its row holds now, and what it is to hold.
struct Move {
  RecordId root;
  const RowChange* row = nullptr;
  std::size_t column = 0;

  const Value& holds() const { return row->expected[column]; }
  const Value& gets() const { return row->given[column]; }
};

std::vector<Move> moves_of(const std::map<RecordId, AggregateWrite>& refused,
                           const Mapping& mapping, SiteId site) {
  std::vector<Move> moves;
  for (const auto& [root, write] : refused) {
    for (const RowChange& row : write.rows) {
      if (row.op != WriteOp::update) continue;
      for (const std::size_t column : row.columns) {
        const bool moved = row.expected[column] != row.given[column];
        const Column& of = mapping.table(row.entity, site).columns[column];
        if (moved && !of.counter && of.satellite == 0) moves.push_back({root, &row, column});
      }
    }
  }
  return moves;
}

// Who holds what this one is to get, who holds what that one is to get, and so on, until it is this
// one's own; empty where it does not lead back.
std::vector<const Move*> circle_from(const Move& first, const std::vector<Move>& moves) {
  std::vector<const Move*> circle{&first};
  while (circle.size() <= moves.size()) {
    const Move& last = *circle.back();
    if (last.gets() == first.holds() && circle.size() > 1) return circle;
    const auto next = std::find_if(moves.begin(), moves.end(), [&](const Move& move) {
      return move.row != last.row && move.row->entity == last.row->entity &&
             move.column == last.column && move.holds() == last.gets();
    });
    if (next == moves.end()) return {};
    circle.push_back(&*next);
  }
  return {};
}

// What the column holds for the moment; nullopt: it must not be empty.
std::optional<Value> nothing_in(const Move& move, SiteId site, const Mapping& mapping) {
  for (const Field& field : mapping.entity(move.row->entity).fields) {
    const FieldAt& at = field.at[index(site)];
    if (!at.holds(move.column)) continue;
    if (at.lens.nullable) return Value{Null{}};
    return at.lens.blank;
  }
  return std::nullopt;
}

AggregateWrite step_aside(const Move& move, const AggregateWrite& write, const Value& nothing) {
  RowChange row = *move.row;
  row.columns = {move.column};
  row.expected.assign(row.expected.size(), Null{});
  row.given.assign(row.given.size(), Null{});
  row.expected[move.column] = move.holds();
  row.given[move.column] = nothing;
  for (const std::size_t column : row.compared) row.expected[column] = move.row->expected[column];
  return {write.root, write.root_key, {std::move(row)}};
}

}  // namespace

std::optional<Exchange> find_exchange(RecordId root,
                                      const std::map<RecordId, AggregateWrite>& refused,
                                      SiteId site, const Mapping& mapping) {
  const std::vector<Move> moves = moves_of(refused, mapping, site);
  for (const Move& move : moves) {
    if (move.root != root) continue;
    const auto circle = circle_from(move, moves);
    if (circle.empty()) continue;
    Exchange exchange;
    // Whoever gets what this one gives up, then whoever gets what that one gives up ...
    for (auto one = circle.rbegin(); one != circle.rend(); ++one) {
      if (exchange.roots.empty() || exchange.roots.back() != (*one)->root)
        exchange.roots.push_back((*one)->root);
    }
    const auto nothing = nothing_in(move, site, mapping);
    if (nothing && *nothing != move.holds() && *nothing != move.gets())
      exchange.step = step_aside(move, refused.at(root), *nothing);
    return exchange;
  }
  return std::nullopt;
}

}  // namespace miroir
