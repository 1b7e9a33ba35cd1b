#include "mirror/match_parts.hpp"

#include <algorithm>
#include <map>

#include "mirror/lensing.hpp"

namespace miroir {
namespace {

class Pairing {
 public:
  Pairing(const Entity& part, std::vector<PartRow> first, std::vector<PartRow> second,
          const Links& links)
      : part_{part}, links_{links}, rows_{std::move(first), std::move(second)} {}

  PartPairs run(bool last) {
    pair_alike();
    for (const auto& rule : part_.match) pair_by(rule);
    if (last && rows_[0].size() == 1 && rows_[1].size() == 1) take(0, 0);
    found_.left = {rows_[0].size(), rows_[1].size()};
    return std::move(found_);
  }

 private:
  void take(std::size_t a, std::size_t b) {
    found_.pairs.emplace_back(rows_[0][a].row, rows_[1][b].row);
    rows_[0].erase(rows_[0].begin() + static_cast<std::ptrdiff_t>(a));
    rows_[1].erase(rows_[1].begin() + static_cast<std::ptrdiff_t>(b));
  }

  bool alike(const PartRow& a, const PartRow& b) const {
    for (std::size_t f = 0; f < part_.fields.size(); ++f) {
      if (a.canonical[f] == b.canonical[f]) continue;
      if (explains(part_, f, a.canonical[f], SiteId::second, *b.row->row, links_)) continue;
      if (explains(part_, f, b.canonical[f], SiteId::first, *a.row->row, links_)) continue;
      return false;
    }
    return true;
  }

  // Lines that say the same are as good as each other.
  void pair_alike() {
    for (std::size_t a = 0; a < rows_[0].size();) {
      const auto b = std::find_if(rows_[1].begin(), rows_[1].end(),
                                  [&](const PartRow& row) { return alike(rows_[0][a], row); });
      if (b == rows_[1].end()) {
        ++a;
      } else {
        take(a, static_cast<std::size_t>(b - rows_[1].begin()));
      }
    }
  }

  void pair_by(const std::vector<std::size_t>& rule) {
    std::map<std::string, PerSite<std::vector<std::size_t>>> by_text;
    for (const SiteId site : both_sites) {
      for (std::size_t i = 0; i < rows_[index(site)].size(); ++i) {
        if (const auto text = match_text(part_, rule, rows_[index(site)][i].canonical))
          by_text[*text][index(site)].push_back(i);
      }
    }
    std::vector<std::pair<std::size_t, std::size_t>> sure;
    for (const auto& [text, at] : by_text) {
      if (at[0].size() == 1 && at[1].size() == 1) sure.emplace_back(at[0][0], at[1][0]);
    }
    // From the back, so that the places before stay what they are.
    std::sort(sure.rbegin(), sure.rend());
    for (std::size_t n = 0; n < sure.size(); ++n) {
      take(sure[n].first, sure[n].second);
      for (std::size_t later = n + 1; later < sure.size(); ++later) {
        if (sure[later].second > sure[n].second) --sure[later].second;
      }
    }
  }

  const Entity& part_;
  const Links& links_;
  PerSite<std::vector<PartRow>> rows_;
  PartPairs found_;
};

}  // namespace

PartPairs pair_parts(const Entity& part, std::vector<PartRow> first, std::vector<PartRow> second,
                     const Links& links, bool last) {
  return Pairing{part, std::move(first), std::move(second), links}.run(last);
}

void Partners::add(SiteId site, RecordId root, const ReadRow& row) {
  PartRow part{&row, {}};
  const Entity& entity = mapping_.entity(row.entity);
  if (!read_fields(entity, site, *row.row, nullptr, known_.links, part.canonical))
    groups_[{root, row.entity}][index(site)].push_back(std::move(part));
}

void Partners::remember(RecordId root, SiteId back, const Extract& extract) {
  const SiteId site = other(back);
  came_back_.insert(root);
  for (const RecordId id : known_.members.at(root)) {
    const RecordState& part = known_.states.at(id);
    const auto& key = part.key[index(back)];
    if (id == root || part.gone || part.shadow[index(back)] || !part.shadow[index(site)]) continue;
    const bool is_back = std::any_of(
        extract.rows.begin(), extract.rows.end(),
        [&](const ReadRow& row) { return row.row && row.entity == part.entity && row.key == key; });
    if (is_back) continue;
    remembered_.push_back({part.entity, part.key[index(site)].value(), part.shadow[index(site)]});
    groups_[{root, part.entity}][index(site)].push_back({&remembered_.back(), part.head});
    seen(site, remembered_.back(), id);
  }
}

std::vector<Partners::Left> Partners::pair() {
  std::vector<Left> all;
  for (auto& [group, rows] : groups_) {
    Left left{group.first, group.second, {rows[0].size(), rows[1].size()}, 0};
    const PartPairs found =
        pair_parts(mapping_.entity(group.second), std::move(rows[0]), std::move(rows[1]),
                   known_.links, !came_back_.contains(group.first));
    for (const auto& [a, b] : found.pairs) {
      const RowName first = row_name_at(SiteId::first, *a),
                    second = row_name_at(SiteId::second, *b);
      partners_[first] = second;
      partners_[second] = first;
    }
    left.agree = found.pairs.size();
    if (found.left[0] + found.left[1] > 0) all.push_back(left);
  }
  return all;
}

std::optional<RecordId> Partners::partner_of(SiteId site, const ReadRow& row) const {
  const auto partner = partners_.find(row_name_at(site, row));
  if (partner == partners_.end()) return std::nullopt;
  const auto known = ids_.find(partner->second);
  return known == ids_.end() ? std::nullopt : std::optional{known->second};
}

bool explains(const Entity& entity, std::size_t field, const Value& canonical, SiteId there,
              const Row& raw_there, const Links& links) {
  return keeps(put_field(entity, field, there, canonical, raw_there, links),
               entity.fields[field].at[index(there)], raw_there);
}

}  // namespace miroir
