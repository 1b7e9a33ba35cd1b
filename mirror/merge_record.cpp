#include "mirror/merge_record.hpp"

#include <algorithm>

#include "mirror/lensing.hpp"

namespace miroir {

void FieldMerge::give_birth(const std::vector<SiteId>& alive_at, std::optional<SiteId> prefer) {
  work_.after.gone = false;
  work_.after.head.assign(entity_.fields.size(), Null{});
  for (std::size_t f = 0; f < entity_.fields.size(); ++f) {
    auto candidates =
        birth_candidates(entity_, f, {work_.present(SiteId::first), work_.present(SiteId::second)},
                         alive_at, links_);
    if (entity_.fields[f].at_creation()) {
      // Twins keep what each of them has.
      work_.after.head[f] = candidates.front().value;
      continue;
    }
    std::vector<Candidate> overruled;
    keep_direction(f, candidates, overruled);
    const Value greatest =
        std::max_element(candidates.begin(), candidates.end(), [](const auto& a, const auto& b) {
          return a.value < b.value;
        })->value;
    decide(f, candidates, greatest, prefer);
    log_overruled(f, overruled);
  }
}

void FieldMerge::merge(const std::vector<SiteId>& alive_at) {
  if (alive_at.empty()) return;
  for (std::size_t f = 0; f < entity_.fields.size(); ++f) {
    if (entity_.fields[f].at_creation()) continue;
    if (is_held(work_.after, f)) {
      look_again(f, alive_at);
    } else if (std::holds_alternative<Counter>(entity_.fields[f].policy)) {
      merge_counter(f, alive_at);
    } else {
      merge_register(f, alive_at);
    }
  }
}

bool FieldMerge::moved(std::size_t field, SiteId site) const {
  return !entity_.fields[field].at[index(site)].same(work_.present(site)->raw, *work_.was(site));
}

void FieldMerge::merge_register(std::size_t field, const std::vector<SiteId>& alive_at) {
  const Row& before = work_.before->head;
  PerSite<Moved> moves;
  std::vector<Candidate> candidates;
  for (const SiteId site : alive_at) {
    if (work_.was(site)) {
      if (!moved(field, site)) continue;
      moves[index(site)] = {true,
                            has_seen(entity_, field, site, before, *work_.was(site), links_) &&
                                entity_.fields[field].comes_from(site)};
    }
    candidates.push_back({work_.present(site)->canonical[field], site});
  }
  if (candidates.empty()) return;
  if (head_stands(moves[0], moves[1])) candidates.push_back({before[field], std::nullopt});
  std::vector<Candidate> overruled;
  keep_direction(field, candidates, overruled);
  decide(field, candidates, before[field]);
  log_overruled(field, overruled);
}

// Of a field that goes one way, the site that it goes to has no say, unless nobody else has one.
void FieldMerge::keep_direction(std::size_t field, std::vector<Candidate>& candidates,
                                std::vector<Candidate>& overruled) const {
  const auto* one_way = std::get_if<OnlyTo>(&entity_.fields[field].direction);
  if (one_way == nullptr) return;
  const SiteId source = other(one_way->site);
  const bool said = std::any_of(candidates.begin(), candidates.end(),
                                [&](const Candidate& c) { return c.site == source; });
  const auto has_no_say = [&](const Candidate& c) {
    return said ? c.site != source : c.site.has_value();
  };
  if (std::all_of(candidates.begin(), candidates.end(), has_no_say)) return;
  const auto end = std::stable_partition(candidates.begin(), candidates.end(),
                                         [&](const Candidate& c) { return !has_no_say(c); });
  overruled.assign(end, candidates.end());
  candidates.erase(end, candidates.end());
}

void FieldMerge::log_overruled(std::size_t field, const std::vector<Candidate>& overruled) {
  const Value& head = work_.after.head[field];
  for (const Candidate& candidate : overruled) {
    if (candidate.value == head) continue;
    const SiteId to = std::get<OnlyTo>(entity_.fields[field].direction).site;
    merged_.conflicts.push_back({work_.after.id, work_.after.entity, field, head, candidate.value,
                                 candidate.site, "only to " + mapping_.sites[index(to)]});
  }
}

void FieldMerge::merge_counter(std::size_t field, const std::vector<SiteId>& alive_at) {
  Value& head = work_.after.head[field];
  std::vector<Candidate> twins;
  for (const SiteId site : alive_at) {
    const Value& now = work_.present(site)->canonical[field];
    if (!work_.was(site)) {
      twins.push_back({now, site});
      continue;
    }
    if (!moved(field, site)) continue;
    const Lensed was = get_field(entity_, field, site, *work_.was(site), links_);
    const auto delta = subtract(amount(now), amount(std::get<Value>(was)));
    const auto sum = delta ? miroir::add(amount(head), *delta) : std::nullopt;
    if (sum) {
      head = *sum;
    } else {
      merged_.conflicts.push_back({work_.after.id, work_.after.entity, field, head, now, site,
                                   "a counter cannot hold more than 38 digits"});
    }
  }
  for (const Candidate& twin : twins) {
    if (amount(twin.value) == amount(head)) continue;
    merged_.conflicts.push_back({work_.after.id, work_.after.entity, field, head, twin.value,
                                 twin.site, "two records became one: counters are not added"});
  }
}

void FieldMerge::decide(std::size_t field, const std::vector<Candidate>& candidates,
                        const Value& before, std::optional<SiteId> prefer) {
  const Policy policy = prefer ? SiteWins{*prefer} : entity_.fields[field].policy;
  Verdict verdict = decide_field(policy, candidates, before);
  work_.after.head[field] = verdict.head;
  if (verdict.hold) work_.after.held.push_back({field, HoldReason::policy, values_at(field)});
  for (const Candidate& loser : verdict.losers) {
    merged_.conflicts.push_back({work_.after.id, work_.after.entity, field, verdict.head,
                                 loser.value, loser.site, describe(policy, mapping_.sites)});
  }
}

// What each site holds now, as far as it is known.
PerSite<Value> FieldMerge::values_at(std::size_t field) const {
  PerSite<Value> values{work_.after.head[field], work_.after.head[field]};
  for (const SiteId site : both_sites) {
    if (const Present* now = work_.present(site)) {
      values[index(site)] = now->canonical[field];
    } else if (work_.was(site)) {
      Lensed value = get_field(entity_, field, site, *work_.was(site), links_);
      if (auto* known = std::get_if<Value>(&value)) values[index(site)] = std::move(*known);
    }
  }
  return values;
}

// A held field resolves itself when both sites agree; until then each keeps its value.
void FieldMerge::look_again(std::size_t field, const std::vector<SiteId>& alive_at) {
  const bool touched = std::any_of(alive_at.begin(), alive_at.end(), [&](SiteId site) {
    return !work_.was(site) || moved(field, site);
  });
  if (!touched) return;
  auto item = std::find_if(work_.after.held.begin(), work_.after.held.end(),
                           [&](const HeldField& held) { return held.field == field; });
  if (item->reason == HoldReason::remapped) return settle_remapped(*item, alive_at);
  item->candidates = values_at(field);
  if (item->candidates[0] != item->candidates[1]) return;
  work_.after.head[field] = item->candidates[0];
  work_.after.held.erase(item);
  merged_.released.emplace_back(work_.after.id, field);
}

// The sites differ because of a mapping, not of what somebody did: the first who does decides, and
// what the other one holds stands in the log.
void FieldMerge::settle_remapped(const HeldField item, const std::vector<SiteId>& alive_at) {
  const std::size_t field = item.field;
  std::erase_if(work_.after.held, [&](const HeldField& held) { return held.field == field; });
  merged_.released.emplace_back(work_.after.id, field);
  const Value& before = work_.before->head[field];
  std::vector<Candidate> candidates, overruled;
  bool against = true;  // The direction of a field that goes one way: it is put back.
  for (const SiteId site : alive_at) {
    if (work_.was(site) && !moved(field, site)) continue;
    candidates.push_back({work_.present(site)->canonical[field], site});
    against = against && !entity_.fields[field].comes_from(site);
  }
  const SiteId quiet = other(*candidates.front().site);
  const bool alone = candidates.size() == 1;
  if (against) candidates.push_back({before, std::nullopt});
  keep_direction(field, candidates, overruled);
  decide(field, candidates, before);
  log_overruled(field, overruled);
  const Value &head = work_.after.head[field], &loser = item.candidates[index(quiet)];
  if (!alone || loser == head) return;
  merged_.conflicts.push_back({work_.after.id, work_.after.entity, field, head, loser, quiet,
                               "changed since the mapping was"});
}

}  // namespace miroir
