#include "tests/storm/world.hpp"

#include <algorithm>
#include <string_view>

namespace miroir::storm {
namespace {

constexpr std::int64_t second = 1'000'000;

}  // namespace

World::World(const Tables& tables, bool capitals, int erp_ahead)
    : tables_{tables},
      capitals_{capitals},
      shop_{tables.mapping, at_shop},
      erp_{tables.mapping, at_erp},
      users_{tables, {&shop_, &erp_}, ledger_} {
  for (const SiteId site : both_sites) {
    at(site).before_write = [this, site](EntityId entity, Row& row) {
      before_write(site, entity, row);
    };
    at(site).at_end = [this, site](bool committed) { at_end(site, committed); };
  }
  ahead_[index(at_erp)] = erp_ahead * second;
  pass();
  shop_.after_write = [this](EntityId entity, WriteOp op, const Row&) { after_write(entity, op); };
}

void World::pass() {
  now_ += 10 * second;
  for (const SiteId site : both_sites) at(site).time = Instant{now_ + ahead_[index(site)]};
}

void World::set_clock(SiteId site, int seconds_ahead) {
  ahead_[index(site)] = seconds_ahead * second;
  was_set_ = true;
  pass();
}

bool World::allow_all(SiteId site) {
  const bool some = !refusing_[index(site)].empty();
  refusing_[index(site)].clear();
  return some;
}

void World::before_write(SiteId site, EntityId entity, Row& row) {
  const std::string mark = text_of(row[tables_.mark_of(entity)[index(site)]]);
  if (at(site).is_delivering() && refusing_[index(site)].contains(mark)) {
    ++refusals_;
    throw DbError{"a trigger refuses " + mark, "P0001", Recovery::refused};
  }
  if (!at(site).is_delivering()) ledger_.edited(site, mark);
  if (!capitals_ || site != at_erp || entity != tables_.customer) return;
  auto* name = std::get_if<std::string>(&row[tables_.customers.name[index(site)]]);
  if (name == nullptr) return;
  std::transform(name->begin(), name->end(), name->begin(), [](unsigned char c) {
    return static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
  });
}

// The shop takes a bottle of its first wine for each line, whoever inserts it.
void World::after_write(EntityId entity, WriteOp op) {
  if (entity == tables_.line && op == WriteOp::insert) take_bottle();
}

void World::take_bottle() {
  const auto& items = shop_.rows(tables_.item);
  if (items.empty()) return;
  const Key wine = items.begin()->first;
  shop_.update(tables_.item, wine, [stock = tables_.items.stock[0]](Row& row) {
    row[stock] = std::get<std::int64_t>(row[stock]) - 1;
  });
  ++taken_[text_of(wine[0])];
}

void World::at_end(SiteId site, bool committed) {
  if (committed) {
    for (const auto& [mark, bottles] : taken_) ledger_.counted(mark, -bottles);
    ++commits_[index(site)];
    look(site);
  }
  taken_.clear();
}

void World::look(SiteId site) {
  const std::size_t s = index(site);
  std::set<std::string_view> lines;  // By their marks.
  for (const auto& [key, row] : at(site).rows(tables_.line)) {
    const std::string& mark = std::get<std::string>(row[tables_.lines.mark[s]]);
    lines.insert(mark);
    Key order{row[tables_.lines.order[s]]};
    if (site == at_erp) order.insert(order.begin(), std::int64_t{1});
    if (at(site).find(tables_.order, order) == nullptr)
      halves_.push_back("line " + mark + " can be seen without its order at " +
                        tables_.mapping.sites[s]);
  }
  for (const auto& [key, row] : at(site).rows(tables_.order)) {
    const std::string& mark = std::get<std::string>(row[tables_.orders.mark[s]]);
    const auto parts = ledger_.parts().find(mark);
    if (parts == ledger_.parts().end()) continue;
    for (const std::string& part : parts->second) {
      if (!lines.contains(part) && !ledger_.was_deleted(part))
        halves_.push_back("order " + mark + " can be seen without its line " + part + " at " +
                          tables_.mapping.sites[s]);
    }
  }
}

}  // namespace miroir::storm
