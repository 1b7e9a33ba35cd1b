#include "mirror/remap_record.hpp"

#include <algorithm>

#include "mirror/lensing.hpp"
#include "mirror/merge.hpp"

namespace miroir {
namespace {

using Kind = RemapDifference::Kind;

bool in_key(const SiteTable& table, std::size_t column) {
  return std::any_of(table.key.begin(), table.key.end(),
                     [&](const KeyColumn& part) { return part.column == column; });
}

class RecordRemap {
 public:
  explicit RecordRemap(const RemapInput& input) : in_{input} {
    state_ = in_.before;
    state_.entity = in_.now.id;
    state_.head.assign(in_.now.fields.size(), Null{});
    carry_times();
    for (const SiteId site : both_sites) {
      auto& shadow = state_.shadow[index(site)];
      if (shadow) shadow = placed(in_.origin, site, *shadow, in_.cells[index(site)]);
    }
    out_.history = {state_.id, state_.entity, std::nullopt, "remapped", {}};
  }

  RemappedRecord run() {
    for (std::size_t f = 0; f < in_.now.fields.size(); ++f) {
      const FieldOrigin& from = in_.origin.fields[f];
      if (!from.before) {
        if (!state_.gone) meet(f);
      } else if (from.lens_changed) {
        derive(f, *from.before);
      } else {
        state_.head[f] = in_.before.head[*from.before];
      }
    }
    for (const FieldGroup& group : in_.now.groups) hold_whole(group);
    out_.state = std::move(state_);
    return std::move(out_);
  }

 private:
  void carry_times() {
    state_.times.clear();
    for (std::size_t f = 0; f < in_.origin.fields.size(); ++f) {
      for (const HeadTime& known : in_.before.times) {
        if (in_.origin.fields[f].before == known.field)
          state_.times.push_back({f, known.value, known.time});
      }
    }
  }

  const Field& field(std::size_t f) const { return in_.now.fields[f]; }
  const FieldAt& at(std::size_t f, SiteId site) const { return field(f).at[index(site)]; }

  // Whether the site's value was there to be seen: it has a row, and its cells were read.
  bool was_read(std::size_t f, SiteId site) const {
    const auto& columns = at(f, site).columns;
    return in_.cells[index(site)] || std::all_of(columns.begin(), columns.end(), [&](auto column) {
             return in_.origin.columns[index(site)][column].has_value();
           });
  }

  Present present(std::size_t f, SiteId site, Value value) const {
    Present here{state_.key[index(site)].value_or(Key{}), *state_.shadow[index(site)],
                 Row(in_.now.fields.size(), Null{})};
    here.canonical[f] = std::move(value);
    return here;
  }

  // What a new field's column holds, read again by the next cycle, when what it refers to may be
  // known.
  bool put_off(std::size_t f, SiteId site) {
    if (!field(f).refers_to || in_key(in_.now.table[index(site)], at(f, site).column()))
      return false;
    (*state_.shadow[index(site)])[at(f, site).column()] = Null{};
    out_.reread[index(site)] = true;
    return true;
  }

  struct Seen {
    PerSite<std::optional<Present>> at;
    std::vector<SiteId> alive;
    bool unreadable = false;
    PerSite<const Present*> pointers() const {
      return {at[0] ? &*at[0] : nullptr, at[1] ? &*at[1] : nullptr};
    }
  };
  void look(std::size_t f, SiteId site, Seen& seen, bool is_new) {
    Lensed value = get_field(in_.now, f, site, *state_.shadow[index(site)], in_.links);
    if (auto* known = std::get_if<Value>(&value)) {
      seen.at[index(site)] = present(f, site, std::move(*known));
      seen.alive.push_back(site);
    } else if (!is_new || !put_off(f, site)) {
      seen.unreadable = true;
    }
  }
  std::vector<Candidate> candidates(std::size_t f, const Seen& seen) const {
    return birth_candidates(in_.now, {f}, seen.pointers(), seen.alive, in_.links);
  }

  // Its row is none that is mirrored, or is so no more by the new mapping.
  bool is_outside(SiteId site) const {
    const auto& shadow = state_.shadow[index(site)];
    return state_.outside[index(site)] ||
           (shadow && !in_.now.is_part() && !in_.now.table[index(site)].is_mirrored(*shadow));
  }

  // As if the site had never held anything: what its row holds when it comes back is news, and
  // meets what the field is by then.
  void forget_cells(std::size_t f, SiteId site) {
    for (const std::size_t column : at(f, site).columns) {
      if (!in_key(in_.now.table[index(site)], column))
        (*state_.shadow[index(site)])[column] = Null{};
    }
  }

  bool is_counter(std::size_t f) const { return std::holds_alternative<Counter>(field(f).policy); }

  // Of a counter, all would be news: what was counted out of sight is not added, and what is
  // counted from now on is.
  void log_uncounted(std::size_t f, const Seen& seen) {
    for (const SiteId site : both_sites) {
      if (seen.at[index(site)] || !state_.shadow[index(site)] || !was_read(f, site)) continue;
      Lensed count = get_field(in_.now, f, site, *state_.shadow[index(site)], in_.links);
      const auto* value = std::get_if<Value>(&count);
      if (value == nullptr || amount(*value) == amount(state_.head[f])) continue;
      out_.conflicts.push_back({state_.id, state_.entity, f, state_.head[f], *value, site,
                                "it is not mirrored there: counters are not added"});
    }
  }

  // A row that is not mirrored has no say in what the other site's is to hold.
  Seen look_at_both(std::size_t f) {
    Seen seen;
    for (const SiteId site : both_sites) {
      const bool alone = !state_.shadow[index(other(site))] || is_outside(other(site));
      if (!state_.shadow[index(site)]) continue;
      if (is_outside(site) && !is_counter(f)) {
        forget_cells(f, site);
      } else if (!was_read(f, site)) {
        out_.reread[index(site)] = true;
      } else if (!is_outside(site) || alone) {
        look(f, site, seen, true);
      }
    }
    return seen;
  }

  void meet(std::size_t f) {
    const Seen seen = look_at_both(f);
    if (seen.alive.empty()) {
      if (seen.unreadable) hold(f, HoldReason::remapped);
      return;
    }
    auto wanting = candidates(f, seen);
    if (field(f).at_creation()) {  // Each site keeps what it has.
      state_.head[f] = wanting.front().value;
      return;
    }
    const auto overruled = keep_direction(f, wanting);
    const Candidate& greatest =
        *std::max_element(wanting.begin(), wanting.end(),
                          [](const auto& a, const auto& b) { return a.value < b.value; });
    // Alone, it must not go another way than the group that it belongs to.
    const Policy policy = field(f).group ? Policy{Hold{}} : field(f).policy;
    const Verdict verdict = decide_field(policy, wanting, greatest);
    const Value& head = verdict.head.value;
    state_.head[f] = head;
    if (is_counter(f)) log_uncounted(f, seen);
    if (!is_null(head)) out_.history.changes.push_back({f, Null{}, head});
    if (seen.unreadable) return hold(f, HoldReason::remapped);
    if (verdict.hold) return hold(f, HoldReason::policy);
    for (const Candidate& loser : verdict.losers) {
      out_.conflicts.push_back({state_.id, state_.entity, f, head, loser.value, loser.site,
                                describe(policy, in_.sites)});
    }
    const std::size_t before = out_.conflicts.size() - verdict.losers.size();
    for (const Candidate& one : overruled) {
      if (one.value == head) continue;
      out_.conflicts.push_back({state_.id, state_.entity, f, head, one.value, one.site,
                                "only to " + in_.sites[index(*one.site)]});
    }
    if (out_.conflicts.size() > before) differ(Kind::met, f, Null{});
  }

  // Of a field that goes one way, the site that it goes to has no say where the other one has.
  std::vector<Candidate> keep_direction(std::size_t f, std::vector<Candidate>& wanting) const {
    std::vector<Candidate> overruled;
    const auto* one_way = std::get_if<OnlyTo>(&field(f).direction);
    if (one_way == nullptr || wanting.size() < 2) return overruled;
    const auto end = std::stable_partition(
        wanting.begin(), wanting.end(), [&](const auto& one) { return one.site != one_way->site; });
    overruled.assign(end, wanting.end());
    wanting.erase(end, wanting.end());
    return overruled;
  }

  bool had_seen(std::size_t o, SiteId site) const {
    const auto& shadow = in_.before.shadow[index(site)];
    return shadow && has_seen(in_.old, o, site, in_.before.head, *shadow, in_.links);
  }

  // Whether the old head may stay where no site had seen it.
  bool fits(std::size_t f, std::size_t o) const {
    if (in_.old.fields[o].type != field(f).type) return false;
    return std::none_of(std::begin(both_sites), std::end(both_sites), [&](SiteId site) {
      const Put put = put_new_field(in_.now, f, site, in_.before.head[o], in_.links);
      return std::holds_alternative<Refusal>(put);
    });
  }

  void derive(std::size_t f, std::size_t o) {
    const Value& was = in_.before.head[o];
    const bool was_held = is_held(in_.before, f);
    PerSite<bool> saw{};
    Seen seen;
    for (const SiteId site : both_sites) {
      if (!state_.shadow[index(site)]) continue;
      // What each site kept for itself was on its way nowhere.
      saw[index(site)] = had_seen(o, site) || in_.old.fields[o].at_creation();
      if (saw[index(site)] || was_held || state_.gone) look(f, site, seen, false);
    }
    if (is_each_own(field(f), state_) && fits(f, o)) {
      state_.head[f] = was;
      return;
    }
    const bool known = !seen.alive.empty() || seen.unreadable;
    if (std::holds_alternative<Counter>(field(f).policy) || (!known && fits(f, o))) {
      state_.head[f] = was;
    } else {
      take_seen(f, was, seen);
    }
    for (const SiteId site : both_sites) {
      if (saw[index(site)] && !is_held(state_, f) &&
          !has_seen(in_.now, f, site, state_.head, *state_.shadow[index(site)], in_.links))
        hold(f, HoldReason::remapped);
    }
    if (state_.head[f] != was) out_.history.changes.push_back({f, was, state_.head[f]});
    if (is_held(state_, f)) {
      differ(Kind::differs, f, was);
    } else if (state_.head[f] != was) {
      differ(Kind::rederived, f, was);
    }
  }

  void take_seen(std::size_t f, const Value& was, const Seen& seen) {
    if (seen.alive.empty()) return hold(f, HoldReason::remapped);
    const auto wanting = candidates(f, seen);
    const auto same = std::find_if(wanting.begin(), wanting.end(),
                                   [&](const Candidate& one) { return one.value == was; });
    const auto* wins = std::get_if<SiteWins>(&field(f).policy);
    const auto own = std::find_if(wanting.begin(), wanting.end(), [&](const Candidate& one) {
      return wins != nullptr && one.site == wins->site;
    });
    state_.head[f] = same != wanting.end()  ? was
                     : own != wanting.end() ? own->value
                                            : wanting.front().value;
    const bool agree = std::all_of(wanting.begin(), wanting.end(), [&](const Candidate& one) {
      return one.value == wanting.front().value;
    });
    if (!agree || seen.unreadable) {
      hold(f, HoldReason::remapped);
    } else if (is_held(state_, f)) {
      std::erase_if(state_.held, [&](const HeldField& held) { return held.field == f; });
      out_.released.push_back(f);
    }
  }

  // What the site holds, in a form that a person can read.
  Value shown(std::size_t f, SiteId site) const {
    const auto& shadow = state_.shadow[index(site)];
    if (!shadow) return state_.head[f];
    Lensed value = get_field(in_.now, f, site, *shadow, in_.links);
    if (auto* known = std::get_if<Value>(&value)) return std::move(*known);
    std::string text;
    for (const Value& cell : at(f, site).cells(*shadow))
      text += (text.empty() ? "" : ", ") + display(cell);
    return text;
  }

  void hold(std::size_t f, HoldReason reason) {
    if (state_.gone) return;
    const HeldField item{f, reason, {shown(f, SiteId::first), shown(f, SiteId::second)}};
    const auto open = std::find_if(state_.held.begin(), state_.held.end(),
                                   [&](const HeldField& held) { return held.field == f; });
    if (open == state_.held.end()) {
      state_.held.push_back(item);
    } else {
      open->candidates = item.candidates;
    }
    if (!in_.origin.fields[f].before) differ(Kind::differs, f, Null{});
  }

  void hold_whole(const FieldGroup& group) {
    const auto waiting = std::find_if(group.fields.begin(), group.fields.end(),
                                      [&](std::size_t f) { return is_held(state_, f); });
    if (waiting == group.fields.end()) return;
    for (const std::size_t f : group.fields) {
      if (!is_held(state_, f)) hold(f, HoldReason::remapped);
    }
  }

  void differ(Kind kind, std::size_t f, const Value& before) {
    out_.differences.push_back({kind,
                                state_.entity,
                                state_.id,
                                f,
                                before,
                                state_.head[f],
                                {shown(f, SiteId::first), shown(f, SiteId::second)}});
  }

  const RemapInput& in_;
  RecordState state_;
  RemappedRecord out_;
};

}  // namespace

std::string_view name_of(RemapDifference::Kind kind) {
  switch (kind) {
    case Kind::met:
      return "decided";
    case Kind::rederived:
      return "derived";
    case Kind::differs:
      return "differs";
  }
  return "";
}

Row new_cells(const EntityOrigin& origin, SiteId site, const Row& row) {
  Row cells;
  const auto& places = origin.columns[index(site)];
  for (std::size_t c = 0; c < places.size(); ++c) {
    if (!places[c]) cells.push_back(row[c]);
  }
  return cells;
}

Row placed(const EntityOrigin& origin, SiteId site, const Row& shadow,
           const std::optional<Row>& cells) {
  Row row;
  std::size_t next = 0;
  for (const auto& place : origin.columns[index(site)]) {
    if (place) {
      row.push_back(shadow.at(*place));
    } else {
      row.push_back(cells ? cells->at(next++) : Value{Null{}});
    }
  }
  return row;
}

RemappedRecord remap_record(const RemapInput& input) { return RecordRemap{input}.run(); }

}  // namespace miroir
