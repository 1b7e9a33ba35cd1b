#include "tests/turmoil/verdict.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace miroir::turmoil {
namespace {

// Everything that was done to one cell or record.
struct Writing {
  const Deed* deed;
  const Wrote* wrote;
};
struct Life {
  const Deed* born = nullptr;
  std::string root;
  std::vector<const Deed*> removals;
};

std::string told(const Deed& deed) {
  return fmt::format("{} of the {}, {:.1f} s, transaction {}", deed.who, name_of(deed.side),
                     deed.at, deed.id);
}

class Judge {
 public:
  Judge(const std::vector<Deed>& deeds, const Ending& ending) : ending_{ending} {
    for (const Deed& deed : deeds) {
      for (const Act& act : deed.acts) std::visit([&](const auto& a) { read(deed, a); }, act);
    }
  }

  std::vector<Complaint> judge() {
    for (const auto& [mark, life] : lives_) check_life(mark, life);
    for (const Writing& writing : writings_) check_value(writing);
    for (const Side side : both_sides) {
      for (const auto& [mark, found] : ending_.rows[index(side)]) check_row(side, mark, found);
    }
    check_counters();
    return std::move(complaints_);
  }

 private:
  void read(const Deed& deed, const Born& born) {
    lives_[born.mark].born = &deed;
    lives_[born.mark].root = born.root;
  }
  void read(const Deed& deed, const Wrote& wrote) {
    writings_.push_back({&deed, &wrote});
    written_[wrote.cell].insert(wrote.value);
    if (!wrote.saw.empty()) succeeded_[wrote.cell].insert(wrote.saw);
  }
  void read(const Deed& deed, const Removed& removed) {
    lives_[removed.mark].removals.push_back(&deed);
    for (const auto& [field, value] : removed.saw) succeeded_[{removed.mark, field}].insert(value);
  }
  void read(const Deed&, const Counted& counted) { counts_[counted.mark] += counted.amount; }

  void complain(const char* rule, const std::string& mark, std::string text) {
    complaints_.push_back({rule, mark, std::move(text)});
  }

  const Found* find(Side side, const std::string& mark) const {
    const auto& rows = ending_.rows[index(side)];
    const auto found = rows.find(mark);
    return found == rows.end() ? nullptr : &found->second;
  }

  static bool holds(const std::map<Cell, std::set<std::string>>& values, const Cell& cell,
                    const std::string& value) {
    const auto found = values.find(cell);
    return found != values.end() && found->second.contains(value);
  }

  bool is_disputed(const std::string& mark, const Life& life) const {
    return ending_.disputed.contains(mark) || ending_.disputed.contains(life.root);
  }

  void check_life(const std::string& mark, const Life& life) {
    const bool alive = find(Side::shop, mark) != nullptr || find(Side::erp, mark) != nullptr;
    if (!alive && life.removals.empty() && life.born != nullptr)
      complain(
          "vanished", mark,
          fmt::format("it was made ({}), nobody deleted it, and no site has it", told(*life.born)));
    if (alive && !life.removals.empty() && !is_disputed(mark, life))
      complain("vanished", mark,
               fmt::format("it was deleted ({}), is there, and no decision says why",
                           told(*life.removals.back())));
  }

  void check_value(const Writing& writing) {
    const Cell& cell = writing.wrote->cell;
    const std::string& value = writing.wrote->value;
    if (holds(succeeded_, cell, value) || holds(ending_.listed, cell, value)) return;
    std::string held;
    for (const Side side : both_sides) {
      const Found* found = find(side, cell.mark);
      const auto shown = found == nullptr ? std::string{"(no row)"} : shown_in(*found, cell.field);
      if (shown == value) return;
      held += fmt::format("; the {} has {}", name_of(side), shown);
    }
    complain("vanished", cell.mark,
             fmt::format("{} = {} ({}, who saw '{}') is shown nowhere, listed nowhere, and nobody "
                         "overwrote it who had seen it{}",
                         cell.field, value, told(*writing.deed), writing.wrote->saw, held));
  }

  static std::string shown_in(const Found& found, const std::string& field) {
    const auto value = found.values.find(field);
    return value == found.values.end() ? std::string{} : value->second;
  }

  void check_row(Side side, const std::string& mark, const Found& found) {
    if (found.times > 1)
      complain("doubled", mark,
               fmt::format("it is {} times at the {}", found.times, name_of(side)));
    if (!lives_.contains(mark))
      complain("invented", mark, fmt::format("the {} has it, and nobody made it", name_of(side)));
    for (const auto& [field, value] : found.values) {
      if (!value.empty() && !holds(written_, {mark, field}, value))
        complain("invented", mark,
                 fmt::format("{} is '{}' at the {}, and nobody wrote that there", field, value,
                             name_of(side)));
    }
    const Side other = side == Side::shop ? Side::erp : Side::shop;
    const Found* twin = find(other, mark);
    if (twin == nullptr)
      return complain(
          "equal", mark,
          fmt::format("the {} has it and the {} has not", name_of(side), name_of(other)));
    if (side == Side::erp) return;
    if (found.root != twin->root)
      complain("equal", mark, fmt::format("it is part of {} and of {}", found.root, twin->root));
    for (const auto& [field, value] : found.values) {
      if (shown_in(*twin, field) != value)
        complain("equal", mark,
                 fmt::format("{} is '{}' at the shop and '{}' at the erp", field, value,
                             shown_in(*twin, field)));
    }
  }

  void check_counters() {
    for (const Side side : both_sides) {
      for (const auto& [mark, amount] : ending_.counters[index(side)]) {
        const auto counted = counts_.find(mark);
        const std::int64_t sum = counted == counts_.end() ? 0 : counted->second;
        if (amount != sum)
          complain("counter", mark,
                   fmt::format("the {} has {}; what people counted makes {}", name_of(side), amount,
                               sum));
      }
      for (const auto& [mark, sum] : counts_) {
        if (!ending_.counters[index(side)].contains(mark))
          complain("counter", mark, fmt::format("the {} does not have it", name_of(side)));
      }
    }
  }

  const Ending& ending_;
  std::map<std::string, Life> lives_;
  std::vector<Writing> writings_;
  std::map<Cell, std::set<std::string>> written_;  // By anybody.
  std::map<Cell, std::set<std::string>>
      succeeded_;  // Overwritten or deleted by somebody who saw it.
  std::map<std::string, std::int64_t> counts_;
  std::vector<Complaint> complaints_;
};

}  // namespace

std::vector<Complaint> judge(const std::vector<Deed>& deeds, const Ending& ending) {
  return Judge{deeds, ending}.judge();
}

}  // namespace miroir::turmoil
