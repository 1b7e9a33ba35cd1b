#include "mirror/merge_record.hpp"

#include <algorithm>
#include <tuple>

#include "mirror/lensing.hpp"
#include "mirror/planted.hpp"

namespace miroir {
namespace {

const Value& value_in(const Candidate& candidate, std::size_t place) {
  return place == 0 ? candidate.value : candidate.others[place - 1];
}

// Where a person must decide about twins, the head is one of theirs, whichever site it came from.
Candidate greatest_of(const std::vector<Candidate>& candidates) {
  Candidate greatest = *std::max_element(
      candidates.begin(), candidates.end(), [](const Candidate& a, const Candidate& b) {
        return std::tie(a.value, a.others) < std::tie(b.value, b.others);
      });
  greatest.site.reset();
  return greatest;
}

// The head's own, of a time that is known only for this very value.
std::optional<ChangeTime> time_of_head(const RecordState& state, std::size_t field) {
  for (const HeadTime& known : state.times) {
    if (known.field == field && known.value == state.head[field]) return known.time;
  }
  return std::nullopt;
}

void keep_time(RecordState& state, std::size_t field, const std::optional<ChangeTime>& time) {
  std::erase_if(state.times, [&](const HeadTime& known) { return known.field == field; });
  if (time) state.times.push_back({field, state.head[field], *time});
}

}  // namespace

bool says_otherwise(const Work& work, const Entity& entity, std::size_t field, SiteId site,
                    const Links& links) {
  const Present& now = *work.present(site);
  const bool same = entity.fields[field].at[index(site)].same(now.raw, *work.was(site));
  const auto meant = links.row_referred(site, work.before->id, field);
  if (!meant || planted(Bug::handover_is_no_move)) return !same;
  const Value& refers = now.canonical[field];
  if (same && (is_null(refers) || refers == work.before->head[field])) return false;
  return refers != Value{meant->raw()};
}

bool saw_all(const Work& work, const Entity& entity, SiteId site, const Links& links) {
  const RecordState& before = *work.before;
  if (misses_change(entity, site, before, links)) return false;
  for (std::size_t f = 0; f < entity.fields.size(); ++f) {
    if (entity.fields[f].at_creation() || is_held(before, f)) continue;
    const auto meant = links.row_referred(site, before.id, f);
    if (meant && before.head[f] != Value{meant->raw()}) return false;
  }
  return true;
}

PerSite<Value> values_at(const Work& work, const Entity& entity, std::size_t field,
                         const Links& links) {
  PerSite<Value> values{work.after.head[field], work.after.head[field]};
  for (const SiteId site : both_sites) {
    if (const Present* now = work.present(site)) {
      values[index(site)] = now->canonical[field];
    } else if (const auto meant = work.before != nullptr
                                      ? links.row_referred(site, work.before->id, field)
                                      : std::nullopt) {
      values[index(site)] = meant->raw();
    } else if (work.was(site)) {
      Lensed value = get_field(entity, field, site, *work.was(site), links);
      if (auto* known = std::get_if<Value>(&value)) values[index(site)] = std::move(*known);
    }
  }
  return values;
}

// As Entity::decided_with says, which would make each anew, for every record.
template <class Act>
void FieldMerge::each_unit(Act act) const {
  Unit unit;
  for (std::size_t f = 0; f < entity_.fields.size(); ++f) {
    const Field& field = entity_.fields[f];
    if (field.is_derived()) continue;
    if (!field.group) {
      unit.assign(1, f);
    } else if (entity_.groups[*field.group].fields.front() == f) {
      unit = entity_.groups[*field.group].fields;
    } else {
      continue;
    }
    act(unit);
  }
}

void FieldMerge::give_birth(const std::vector<SiteId>& alive_at, std::optional<SiteId> prefer) {
  work_.after.gone = false;
  work_.after.head.assign(entity_.fields.size(), Null{});
  each_unit([&](const Unit& unit) { meet(unit, alive_at, prefer); });
}

void FieldMerge::meet(const Unit& unit, const std::vector<SiteId>& alive_at,
                      std::optional<SiteId> prefer) {
  const auto candidates =
      birth_candidates(entity_, unit, {work_.present(SiteId::first), work_.present(SiteId::second)},
                       alive_at, links_);
  // Twins keep what each of them has.
  if (entity_.fields[unit.front()].at_creation()) return set_head(unit, candidates.front());
  decide(unit, candidates, greatest_of(candidates), prefer);
}

// What is given when the other side's row is made is what the only one holds by then.
void FieldMerge::follow_only_row() {
  const auto site = work_.only_at();
  if (!site) return;
  const Present* now = work_.present(*site);
  for (std::size_t f = 0; f < entity_.fields.size(); ++f) {
    if (!entity_.fields[f].at_creation()) continue;
    Value value = values_at(work_, entity_, f, links_)[index(*site)];
    if (now != nullptr && is_null(value) &&
        std::holds_alternative<Refusal>(get_field(entity_, f, *site, now->raw, links_)))
      continue;
    work_.after.head[f] = std::move(value);
    release({f});
  }
}

void FieldMerge::merge(const std::vector<SiteId>& alive_at) {
  follow_only_row();
  if (alive_at.empty()) return;
  each_unit([&](const Unit& unit) {
    const Field& field = entity_.fields[unit.front()];
    if (field.at_creation()) return;
    if (any_held(unit)) {
      look_again(unit, alive_at);
    } else if (std::holds_alternative<Counter>(field.policy)) {
      merge_counter(unit.front(), alive_at);
    } else {
      merge_register(unit, alive_at);
    }
  });
}

bool FieldMerge::moved(const Unit& unit, SiteId site) const {
  return std::any_of(unit.begin(), unit.end(), [&](std::size_t field) {
    if (planted(Bug::blank_is_a_change) && is_null(work_.present(site)->canonical[field]))
      return true;
    if (planted(Bug::reference_stays) && entity_.fields[field].refers_to) return false;
    return says_otherwise(work_, entity_, field, site, links_);
  });
}

bool FieldMerge::saw_head(const Unit& unit, SiteId site) const {
  const Row& head = work_.before->head;
  return std::all_of(unit.begin(), unit.end(), [&](std::size_t field) {
    const auto meant = links_.row_referred(site, work_.before->id, field);
    const bool seen = meant ? head[field] == Value{meant->raw()}
                            : has_seen(entity_, field, site, head, *work_.was(site), links_);
    return seen && entity_.fields[field].comes_from(site);
  });
}

Candidate FieldMerge::change_at(const Unit& unit, SiteId site) const {
  Candidate candidate = candidate_of(unit, work_.present(site)->canonical, site);
  candidate.changed = work_.present(site)->changed;
  if (!work_.was(site)) return candidate;
  Lensed was = get_field(entity_, unit.front(), site, *work_.was(site), links_);
  if (auto* value = std::get_if<Value>(&was)) candidate.was = std::move(*value);
  return candidate;
}

Candidate FieldMerge::head_before(const Unit& unit) const {
  Candidate own = candidate_of(unit, work_.before->head, std::nullopt);
  own.changed = time_of_head(*work_.before, unit.front());
  return own;
}

void FieldMerge::merge_register(const Unit& unit, const std::vector<SiteId>& alive_at) {
  PerSite<Moved> moves;
  std::vector<Candidate> candidates;
  for (const SiteId site : alive_at) {
    if (!work_.was(site))
      moves[index(site)].moved = moves[index(site)].saw = takes_back(unit.front(), site);
    if (work_.was(site)) {
      if (!moved(unit, site)) continue;
      moves[index(site)] = {true, saw_head(unit, site)};
    }
    candidates.push_back(change_at(unit, site));
  }
  if (candidates.empty()) return;
  if (head_stands(moves[0], moves[1]) && !planted(Bug::two_way_merge))
    candidates.push_back(head_before(unit));
  decide(unit, std::move(candidates), head_before(unit));
}

void FieldMerge::decide(const Unit& unit, std::vector<Candidate> candidates,
                        const Candidate& before, std::optional<SiteId> prefer) {
  const Field& field = entity_.fields[unit.front()];
  const auto overruled = keep_direction(unit.front(), candidates);
  const Policy policy = prefer ? SiteWins{*prefer} : field.policy;
  const Verdict verdict = decide_field(policy, candidates, before);
  const auto* one_way = std::get_if<OnlyTo>(&field.direction);
  const bool asks =
      one_way != nullptr && one_way->against == Against::hold &&
      std::any_of(overruled.begin(), overruled.end(), [&](const Candidate& one) {
        return one.site == one_way->site && one.was && !one.says_the_same_as(verdict.head);
      });
  if (asks) return hold(unit, HoldReason::against);
  set_head(unit, verdict.head);
  if (verdict.hold) hold(unit, HoldReason::policy);
  if (!planted(Bug::loser_forgotten))
    log_losers(unit, verdict.losers, describe(policy, mapping_.sites));
  if (one_way == nullptr) return;
  log_losers(unit, overruled, "only to " + mapping_.sites[index(one_way->site)]);
}

// Of a field that goes one way, the site that it goes to has no say, unless nobody else has one.
std::vector<Candidate> FieldMerge::keep_direction(std::size_t field,
                                                  std::vector<Candidate>& candidates) const {
  std::vector<Candidate> overruled;
  const auto* one_way = std::get_if<OnlyTo>(&entity_.fields[field].direction);
  if (one_way == nullptr) return overruled;
  const SiteId source = other(one_way->site);
  const bool said = std::any_of(candidates.begin(), candidates.end(),
                                [&](const Candidate& c) { return c.site == source; });
  const auto has_no_say = [&](const Candidate& c) {
    return said ? c.site != source : c.site.has_value();
  };
  if (std::all_of(candidates.begin(), candidates.end(), has_no_say)) return overruled;
  const auto end = std::stable_partition(candidates.begin(), candidates.end(),
                                         [&](const Candidate& c) { return !has_no_say(c); });
  overruled.assign(end, candidates.end());
  candidates.erase(end, candidates.end());
  return overruled;
}

void FieldMerge::set_head(const Unit& unit, const Candidate& head) {
  for (std::size_t i = 0; i < unit.size(); ++i) work_.after.head[unit[i]] = value_in(head, i);
  if (std::holds_alternative<Latest>(entity_.fields[unit.front()].policy))
    keep_time(work_.after, unit.front(), head.changed);
}

void FieldMerge::log_losers(const Unit& unit, const std::vector<Candidate>& losers,
                            const std::string& rule) {
  for (const Candidate& loser : losers) {
    for (std::size_t i = 0; i < unit.size(); ++i) {
      const Value& head = work_.after.head[unit[i]];
      if (value_in(loser, i) == head) continue;
      merged_.conflicts.push_back({work_.after.id, work_.after.entity, unit[i], head,
                                   value_in(loser, i), loser.site, rule});
    }
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
    if (!moved({field}, site)) continue;
    const Lensed was = planted(Bug::delta_against_head)
                           ? Lensed{work_.before->head[field]}
                           : get_field(entity_, field, site, *work_.was(site), links_);
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

bool FieldMerge::any_held(const Unit& unit) const {
  return std::any_of(unit.begin(), unit.end(),
                     [&](std::size_t field) { return is_held(work_.after, field); });
}

// All fields of a group wait together, so that none of them moves without the others.
void FieldMerge::hold(const Unit& unit, HoldReason reason) {
  for (const std::size_t field : unit) {
    if (!is_held(work_.after, field))
      work_.after.held.push_back(
          {field, reason, values_at(work_, entity_, field, links_), changed_at(field)});
  }
}

// When somebody changed the field at each site that did.
PerSite<std::optional<Instant>> FieldMerge::changed_at(std::size_t field) const {
  PerSite<std::optional<Instant>> at{};
  for (const SiteId site : both_sites) {
    const Present* now = work_.present(site);
    if (now == nullptr || !now->changed) continue;
    if (!work_.was(site) || moved({field}, site)) at[index(site)] = now->changed->at;
  }
  return at;
}

void FieldMerge::release(const Unit& unit) {
  for (const std::size_t field : unit) {
    const auto let_go =
        std::erase_if(work_.after.held, [&](const HeldField& held) { return held.field == field; });
    if (let_go > 0) merged_.released.emplace_back(work_.after.id, field);
  }
}

// What is held resolves itself when both sites agree; until then each keeps its value.
void FieldMerge::look_again(const Unit& unit, const std::vector<SiteId>& alive_at) {
  const bool touched = std::any_of(alive_at.begin(), alive_at.end(), [&](SiteId site) {
    return !work_.was(site) || moved(unit, site);
  });
  if (!touched) return;
  const auto in_unit = [&](const HeldField& held) {
    return std::find(unit.begin(), unit.end(), held.field) != unit.end();
  };
  auto& all = work_.after.held;
  const HoldReason reason = std::find_if(all.begin(), all.end(), in_unit)->reason;
  if (reason == HoldReason::remapped) return settle_remapped(unit, alive_at);
  hold(unit, reason);
  bool agreed = true;
  for (HeldField& held : all) {
    if (!in_unit(held)) continue;
    held.candidates = values_at(work_, entity_, held.field, links_);
    held.changed = changed_at(held.field);
    agreed = agreed && held.candidates[0] == held.candidates[1];
  }
  if (!agreed) return;
  Row values = work_.after.head;
  for (const std::size_t field : unit) values[field] = values_at(work_, entity_, field, links_)[0];
  set_head(unit, candidate_of(unit, values, std::nullopt));
  release(unit);
}

void FieldMerge::set(const std::vector<FieldValue>& values, SiteId gone_from,
                     const std::string& rule) {
  for (const auto& [field, value] : values) {
    Value& head = work_.after.head[field];
    if (std::erase_if(work_.after.held, [&, f = field](const auto& h) { return h.field == f; }) > 0)
      merged_.released.emplace_back(work_.after.id, field);
    const Row& before = work_.before->head;
    const auto& was = work_.was(gone_from);
    const bool seen =
        head == before[field] && was && has_seen(entity_, field, gone_from, before, *was, links_);
    if (!seen && head != value) {
      merged_.conflicts.push_back(
          {work_.after.id, work_.after.entity, field, value, head, std::nullopt, rule});
    }
    head = value;
  }
}

// The row is there again: what its end had made of the field holds no longer.
bool FieldMerge::takes_back(std::size_t field, SiteId site) const {
  if (!work_.before->outside[index(site)]) return false;
  const auto says = [&](const std::vector<FieldValue>& values) {
    return std::any_of(values.begin(), values.end(), [&](const FieldValue& set) {
      return set.field == field && set.value == work_.before->head[field];
    });
  };
  const auto* set = std::get_if<SetFields>(&entity_.deletion[index(site)]);
  const auto& places = entity_.table[index(site)].moved;
  return (set != nullptr && says(set->values)) ||
         std::any_of(places.begin(), places.end(), [&](const Place& p) { return says(p.then); });
}

// The sites differ because of a mapping, not of what somebody did: the first who does decides, and
// what the other one holds stands in the log.
void FieldMerge::settle_remapped(const Unit& unit, const std::vector<SiteId>& alive_at) {
  std::vector<Candidate> candidates;
  bool against = true;  // The direction of a field that goes one way: it is put back.
  for (const SiteId site : alive_at) {
    if (work_.was(site) && !moved(unit, site)) continue;
    candidates.push_back(change_at(unit, site));
    against = against && !entity_.fields[unit.front()].comes_from(site);
  }
  const SiteId quiet = other(*candidates.front().site);
  const bool alone = candidates.size() == 1;
  Row kept = work_.before->head;
  for (const HeldField& held : work_.after.held) kept[held.field] = held.candidates[index(quiet)];
  release(unit);
  if (against) candidates.push_back(head_before(unit));
  decide(unit, std::move(candidates), head_before(unit));
  if (alone && !any_held(unit))
    log_losers(unit, {candidate_of(unit, kept, quiet)}, "changed since the mapping was");
}

}  // namespace miroir
