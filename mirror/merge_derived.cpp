#include "mirror/merge_derived.hpp"

#include <algorithm>

#include "mirror/lensing.hpp"

namespace miroir {
namespace {

using Number = std::optional<Decimal>;

Number number(const Value& value) {
  if (const auto* integer = std::get_if<std::int64_t>(&value)) return Decimal{*integer, 0};
  return amount(value);
}

Number plus(const Number& a, const Number& b) { return a && b ? add(*a, *b) : std::nullopt; }
Number times(const Number& a, const Number& b) { return a && b ? multiply(*a, *b) : std::nullopt; }

Number product(const Derived& formula, const Row& of) {
  Number result = number(of[formula.of.front()]);
  for (std::size_t i = 1; i < formula.of.size(); ++i)
    result = times(result, number(of[formula.of[i]]));
  if (!formula.less) return result;
  const Number off = times(number(of[*formula.less]), Decimal{1, 2});
  return off ? times(result, subtract(Decimal{1, 0}, *off)) : std::nullopt;
}

class DerivedMerge {
 public:
  DerivedMerge(std::map<RecordId, Work>& aggregate, const Links& links, const Mapping& mapping,
               Merged& merged)
      : aggregate_{aggregate}, links_{links}, mapping_{mapping}, merged_{merged} {}

  void derive(Work& work) {
    if (work.after.gone || work.after.head.empty()) return;
    for (const std::size_t field : entity(work).derived) derive(work, field);
  }

 private:
  const Entity& entity(const Work& work) const { return mapping_.entity(work.after.entity); }

  void derive(Work& work, std::size_t field) {
    const auto& formula = std::get<Derived>(entity(work).fields[field].policy);
    const Number value =
        waits(work, formula) ? std::nullopt : compute(formula, work.after.head, heads(formula));
    HeldField* held = held_item(work, field);
    if (held != nullptr && refused(*held)) return look_again(work, *held, value);
    if (!value) return wait(work, field);
    if (held != nullptr) release(work, field);
    work.after.head[field] = *value;
    for (const SiteId site : both_sites) log_typed(work, field, site);
  }

  // The heads of the parts that are summed over.
  std::vector<Row> heads(const Derived& formula) const {
    std::vector<Row> rows;
    for (const auto& [id, work] : aggregate_) {
      if (formula.parts == work.after.entity && !work.after.gone && !work.after.head.empty())
        rows.push_back(work.after.head);
    }
    return rows;
  }

  bool waits(const Work& work, const Derived& formula) const {
    const auto holds = [](const Work& one, const std::vector<std::size_t>& fields) {
      return std::any_of(fields.begin(), fields.end(),
                         [&](std::size_t field) { return is_held(one.after, field); });
    };
    std::vector<std::size_t> factors = formula.of;
    if (formula.less) factors.push_back(*formula.less);
    if (holds(work, formula.plus) || (!formula.parts && holds(work, factors))) return true;
    return std::any_of(aggregate_.begin(), aggregate_.end(), [&](const auto& item) {
      const RecordState& part = item.second.after;
      return formula.parts == part.entity && !part.gone && holds(item.second, factors);
    });
  }

  HeldField* held_item(Work& work, std::size_t field) const {
    auto& held = work.after.held;
    const auto found = std::find_if(held.begin(), held.end(),
                                    [&](const HeldField& one) { return one.field == field; });
    return found == held.end() ? nullptr : &*found;
  }

  void wait(Work& work, std::size_t field) {
    Value& head = work.after.head[field];
    for (const SiteId site : both_sites) {  // Born just now: it is what somebody says, till then.
      const Present* now = work.present(site);
      if (now != nullptr && work.before == nullptr) head = std::max(head, now->canonical[field]);
    }
    const auto candidates = values_at(work, entity(work), field, links_);
    if (HeldField* held = held_item(work, field)) {
      held->candidates = candidates;
    } else {
      work.after.held.push_back({field, HoldReason::term, candidates});
    }
  }

  void release(Work& work, std::size_t field) {
    std::erase_if(work.after.held, [&](const HeldField& held) { return held.field == field; });
    merged_.released.emplace_back(work.after.id, field);
  }

  static bool refused(const HeldField& held) {
    return held.reason == HoldReason::shortened || held.reason == HoldReason::rewriting;
  }

  // A site does not keep what it is given: the question stays until both hold what it must be.
  void look_again(Work& work, HeldField& held, const Number& value) {
    held.candidates = values_at(work, entity(work), held.field, links_);
    if (!value || held.candidates[0] != Value{*value} || held.candidates[1] != Value{*value})
      return;
    work.after.head[held.field] = *value;
    release(work, held.field);
  }

  // A total that goes with the site's own lines was computed there as well: nobody's word is lost.
  void log_typed(const Work& work, std::size_t field, SiteId site) {
    const Present* now = work.present(site);
    if (now == nullptr) return;
    const Field& typed = entity(work).fields[field];
    if (work.was(site) && typed.at[index(site)].same(now->raw, *work.was(site))) return;
    const Value &value = now->canonical[field], &head = work.after.head[field];
    if (value == head) return;
    const auto& formula = std::get<Derived>(typed.policy);
    const Number own = compute(formula, now->canonical, rows_at(formula, site));
    if (own && value == Value{*own}) return;
    merged_.conflicts.push_back({work.after.id, work.after.entity, field, head, value, site,
                                 describe(typed.policy, mapping_.sites)});
  }

  std::vector<Row> rows_at(const Derived& formula, SiteId site) const {
    std::vector<Row> rows;
    for (const auto& [id, work] : aggregate_) {
      const auto& shadow = work.after.shadow[index(site)];
      if (formula.parts == work.after.entity && shadow)
        rows.push_back(readable_fields(entity(work), site, *shadow, links_));
    }
    return rows;
  }

  std::map<RecordId, Work>& aggregate_;
  const Links& links_;
  const Mapping& mapping_;
  Merged& merged_;
};

}  // namespace

std::optional<Decimal> compute(const Derived& formula, const Row& own,
                               const std::vector<Row>& parts) {
  Number sum = Decimal{};
  if (!formula.of.empty() && !formula.parts) sum = product(formula, own);
  for (const Row& part : parts) sum = plus(sum, product(formula, part));
  for (const std::size_t field : formula.plus) sum = plus(sum, number(own[field]));
  if (!sum) return std::nullopt;
  return round(*sum, formula.scale);
}

void derive_fields(std::map<RecordId, Work>& aggregate, RecordId root, const Links& links,
                   const Mapping& mapping, Merged& merged) {
  DerivedMerge merge{aggregate, links, mapping, merged};
  for (auto& [id, work] : aggregate) {
    if (id != root) merge.derive(work);
  }
  // Last, since what it adds up may be computed itself.
  if (const auto found = aggregate.find(root); found != aggregate.end())
    merge.derive(found->second);
}

}  // namespace miroir
