#include "mirror/requests.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <iterator>

#include "mirror/decide_link.hpp"
#include "mirror/decide_resync.hpp"
#include "mirror/incorporate.hpp"
#include "mirror/lensing.hpp"
#include "mirror/restore.hpp"

namespace miroir {
namespace {

// Runs it in a transaction of its own. A power cut may take it back: then the request is there
// still.
template <class F>
void in_transaction(Store& store, F work) {
  store.begin(Durability::ordered);
  try {
    work();
    store.commit();
  } catch (...) {
    store.rollback();
    throw;
  }
}

std::string row_at(const Mapping& mapping, const Entity& entity, SiteId site, const Key& key) {
  return fmt::format("{} {} at {}", entity.name, display_key(key), mapping.sites[index(site)]);
}

}  // namespace

std::optional<Waits> RequestRun::why_wait(EntityId entity, bool deletes) const {
  const EntityId root = mapping_.entity(entity).root.value_or(entity);
  for (const SiteId site : both_sites) {
    if (!scope_.here[index(site)] || !crew_.here(site))
      return Waits{mapping_.sites[index(site)] + " does not take part in this cycle"};
  }
  if (crew_.is_ending()) return Waits{"the cycle was to end"};
  const bool sits_out = scope_.sitting_out.contains(root.raw()) ||
                        (deletes && scope_.not_deleting.contains(root.raw()));
  if (sits_out)
    return Waits{mapping_.entity(root).name + ", or what refers to it, sits this cycle out"};
  return std::nullopt;
}

Situation RequestRun::situation(RecordId record) const {
  Situation now{.mapping = mapping_,
                .cycle = cycle_,
                .states = {},
                .links = {},
                .last_change = store_.last_change(record)};
  const auto root = store_.root_of(record);
  if (!root) return now;
  now.states = store_.aggregate(*root);
  now.referrers = referrers_left(*root, store_, mapping_);
  for (const RecordState& state : now.states) {
    load_links(now.links, state, store_, mapping_);
    load_row_links(now.links, state, store_, mapping_);
  }
  return now;
}

void for_each_request(const Store& store, const std::function<void(const Request&)>& work) {
  constexpr std::size_t page_requests = 16;
  std::int64_t after = 0;
  for (bool more = true; more;) {
    const auto page = store.requests(after, page_requests);
    more = page.size() == page_requests;
    for (const Request& request : page) {
      after = request.id;
      work(request);
    }
  }
}

// ---- Before loop one

void RequestRun::prepare() {
  for_each_request(store_, [&](const Request& request) {
    if (const auto* link = std::get_if<Link>(&request.what)) prepare(request, *link);
    if (const auto* resync = std::get_if<Resync>(&request.what)) prepare(request, *resync);
  });
}

// Whether the rows meet as soon as they are taken for twins: one of them at least is no record yet,
// and waits for being told apart; the other one may be one, without parts and at its own site only.
bool RequestRun::can_meet(const Entity& entity, const Link& link) const {
  std::size_t records = 0;
  for (const SiteId site : both_sites) {
    const Key& key = link.keys[index(site)];
    const auto record = store_.find(site, entity.id, key);
    if (!record && !store_.is_set_aside(site, entity.id, key)) return false;
    if (!record) continue;
    ++records;
    if (store_.presence(*record).there[index(other(site))] || !entity.parts.empty()) return false;
  }
  return records < 2;
}

void RequestRun::prepare(const Request& request, const Link& link) const {
  const Entity* entity = mapping_.find(link.entity);
  if (entity == nullptr || why_wait(entity->id) || !can_meet(*entity, link)) return;
  options_.at_step("request");
  in_transaction(store_, [&] {
    store_.make_twins(entity->id, link.keys);
    for (const SiteId site : both_sites) store_.reread(site, entity->id, link.keys[index(site)]);
    end(request, true, "they meet in this cycle, as twins", std::nullopt);
  });
}

// What is to be merged is read again as a whole, at both sites, in this cycle. Where a site was
// declared right, that is decided after it.
void RequestRun::prepare(const Request& request, const Resync& resync) {
  const Entity* entity = mapping_.find(resync.entity);
  if (entity == nullptr || why_wait(entity->id)) return;
  options_.at_step("request");
  in_transaction(store_, [&] {
    for (const Resync::Root& root : resync.roots) {
      PerSite<std::optional<Key>> keys = root.keys;
      const auto record = record_of(*entity, root);
      if (record) keys = store_.keys(*record);
      for (const SiteId site : both_sites) {
        if (keys[index(site)]) store_.reread(site, entity->id, *keys[index(site)]);
      }
    }
  });
  if (!resync.from) read_again_.insert(request.id);
}

// ---- After it

std::optional<RecordId> RequestRun::record_of(const Entity& entity,
                                              const Resync::Root& root) const {
  for (const SiteId site : both_sites) {
    const auto& key = root.keys[index(site)];
    if (!key) continue;
    if (const auto record = store_.find(site, entity.id, *key)) return record;
  }
  return std::nullopt;
}

Decided RequestRun::decide(const Request& request, const AnswerFields& answer) const {
  std::vector<std::optional<OpenHeld>> items;
  for (const Choice& choice : answer.choices) items.push_back(store_.held(choice.held));
  const auto known = std::find_if(items.begin(), items.end(), [](const auto& i) { return !!i; });
  if (known == items.end()) return Refused{"what it answers is mirrored no more"};
  if (auto wait = why_wait((*known)->entity)) return *wait;
  return decide_answer(request, items, (*known)->record, situation((*known)->record));
}

Decided RequestRun::decide(const Request& request, const AnswerDeletion& answer) const {
  const auto item = store_.held(answer.held);
  if (!item) return Refused{"what it answers is mirrored no more"};
  if (auto wait = why_wait(item->entity, !answer.keep)) return *wait;
  return decide_deletion(request, item, situation(item->record));
}

Decided RequestRun::decide(const Request& request, const Undo& undo) const {
  const auto decision = store_.conflict(undo.decision);
  if (!decision) return Refused{"there is no such decision"};
  const Entity* entity = mapping_.find(decision->entity);
  if (entity == nullptr) return Refused{"its record is mirrored no more"};
  if (auto wait = why_wait(entity->id, !decision->conflict.field)) return *wait;
  const RecordId record = decision->conflict.record;
  return decide_undo(request, *decision, store_.conflicts_of(record),
                     store_.changed_after(record, decision->cycle), situation(record));
}

Decided RequestRun::decide(const Request&, const Retry& retry) const {
  for (const OpenSetAside& item : store_.set_aside()) {
    if (item.id != retry.set_aside) continue;
    if (auto wait = why_wait(item.entity)) return *wait;
    Effect effect;
    effect.retried = item.id;
    return effect;
  }
  return Refused{"it is not set aside any more"};
}

Decided RequestRun::decide(const Request&, const Link& link) const {
  const Entity* entity = mapping_.find(link.entity);
  if (entity == nullptr) return Refused{link.entity + " is mirrored no more"};
  if (auto wait = why_wait(entity->id)) return *wait;
  if (can_meet(*entity, link)) return Waits{"what waits is read again by the next cycle"};
  PerSite<RecordId> records;
  for (const SiteId site : both_sites) {
    const Key& key = link.keys[index(site)];
    if (const auto record = store_.find(site, entity->id, key)) {
      records[index(site)] = *record;
    } else if (store_.is_set_aside(site, entity->id, key)) {
      return Refused{row_at(mapping_, *entity, site, key) +
                     " waits for being told apart, and the other one is mirrored already, with its "
                     "parts or at both sites"};
    } else {
      return Refused{"miroir knows no " + row_at(mapping_, *entity, site, key)};
    }
  }
  PerSite<Situation> now{situation(records[0]), situation(records[1])};
  for (const Situation& its : {now[0], now[1]}) {
    for (const RecordState& state : its.states) {
      load_links(now[0].links, state, store_, mapping_);
      load_row_links(now[0].links, state, store_, mapping_);
    }
  }
  now[1].links = now[0].links;
  return decide_link(records[0], records[1], now);
}

Decided RequestRun::decide(const Request&, const Unlink& unlink) const {
  const auto record = store_.record(unlink.record);
  if (!record) return Refused{"it is mirrored no more"};
  if (auto wait = why_wait(record->entity)) return *wait;
  return decide_unlink(unlink, store_.first_free_record(), situation(record->id));
}

Decided RequestRun::decide(const Request& request, const Entity& entity, SiteId from,
                           const Resync::Root& root) const {
  for (const SiteId site : both_sites) {
    const auto& key = root.keys[index(site)];
    // Still to be read: what a site holds is not known.
    if (key && store_.must_reread(site, entity.id, *key))
      return Refused{"its row at " + mapping_.sites[index(site)] + " cannot come in"};
  }
  const auto record = record_of(entity, root);
  if (!record) return Refused{"it is at neither site any more"};
  return decide_resync(request, root, from, *record, situation(*record));
}

namespace {

template <class T>
void append(std::vector<T>& all, std::vector<T>&& more) {
  std::move(more.begin(), more.end(), std::back_inserter(all));
}

void append(Merged& all, Merged&& more) {
  append(all.states, std::move(more.states));
  append(all.conflicts, std::move(more.conflicts));
  append(all.history, std::move(more.history));
  append(all.relinked, std::move(more.relinked));
  append(all.released, std::move(more.released));
  for (const SiteId site : both_sites) all.moved[index(site)].merge(more.moved[index(site)]);
}

}  // namespace

// Each of its records by itself: what has moved of one is no reason to leave the others.
Decided RequestRun::decide(const Request& request, const Resync& resync) const {
  const Entity* entity = mapping_.find(resync.entity);
  if (entity == nullptr || !resync.from) return Refused{resync.entity + " is mirrored no more"};
  if (auto wait = why_wait(entity->id, true)) return *wait;
  Effect all;
  std::size_t done = 0;
  std::string refusals;
  for (const Resync::Root& root : resync.roots) {
    Decided decided = decide(request, *entity, *resync.from, root);
    if (auto* effect = std::get_if<Effect>(&decided)) {
      append(all.merged, std::move(effect->merged));
      ++done;
    } else if (const auto* refused = std::get_if<Refused>(&decided)) {
      refusals +=
          fmt::format("; not {}: {}", name_of(*entity, root.keys, mapping_), refused->reason);
    }
  }
  if (done == 0 && !refusals.empty()) return Refused{refusals.substr(2)};
  all.incomplete = !refusals.empty();
  all.message = fmt::format("done for {} of {}{}", done, resync.roots.size(), refusals);
  return all;
}

Decided RequestRun::decide(const Request& request) const {
  return std::visit([&](const auto& what) { return decide(request, what); }, request.what);
}

// A reference to what became part of another record goes to that one; and what refers to a record
// that has moved may be behind, or is no more.
void RequestRun::repoint(const Effect& effect, RecordId child) const {
  RecordState state = store_.record(child).value();
  const Entity& entity = mapping_.entity(state.entity);
  for (std::size_t f = 0; f < entity.fields.size(); ++f) {
    const auto* parent = std::get_if<std::int64_t>(&state.head[f]);
    if (!entity.fields[f].refers_to || parent == nullptr) continue;
    for (const auto& [from, into] : effect.dissolved) {
      if (RecordId{*parent} == from) state.head[f] = into.raw();
    }
  }
  Links links;
  load_links(links, state, store_, mapping_);
  store_.put(state, behind_at(state, links, mapping_));
  store_.set_references(state.id, parents_of(state, entity));
  if (!effect.dissolved.empty()) return;
  // Of two that were one, a row's key says which it means.
  for (const SiteId site : both_sites) store_.forget_row_references(site, child);
}

void RequestRun::keep(const Effect& effect) const {
  for (const auto& [from, into] : effect.dissolved) store_.dissolve(from, into);
  keep_merged(effect.merged, store_, mapping_, cycle_);
  for (const auto& [record, field, value] : effect.proposals) store_.propose(record, field, value);
  for (const RecordId record : effect.kept) keep_record(record, store_, mapping_, cycle_);
  for (const RecordId record : effect.removed) delete_record(record, store_, mapping_, cycle_);
  for (const auto& [record, why] : effect.in_question) store_.ask_deletion(record, why, cycle_);
  for (const std::int64_t decision : effect.undone) store_.mark_undone(decision, cycle_);
  if (effect.retried) store_.retry_set_aside(*effect.retried);
  if (!effect.referred_to) return;
  for (const RecordId child : store_.referrers(*effect.referred_to, false)) repoint(effect, child);
}

void RequestRun::end(const Request& request, bool done, const std::string& message,
                     std::optional<RecordId> record) const {
  store_.end_request(request.id,
                     {.done = done, .message = message, .record = record, .cycle = cycle_});
}

std::vector<Conflict> RequestRun::overwritten_of(RecordId root, const std::string& by) const {
  std::vector<Conflict> lost;
  for (const RecordState& state : store_.aggregate(root)) {
    std::vector<HistoryLine> lines;
    for (const LoggedHistory& logged : store_.history_of(state.id)) {
      if (logged.cycle == cycle_) lines.push_back(logged.line);
    }
    std::vector<Conflict> decided;
    for (const LoggedConflict& logged : store_.conflicts_of(state.id)) {
      if (logged.cycle == cycle_) decided.push_back(logged.conflict);
    }
    append(lost, overwritten(lines, decided, mapping_, by));
  }
  return lost;
}

// A crash before this has it read again, and costs the decisions, not the merge: the record's
// history tells of it. Where a site was lost while its rows were read, or the cycle is to end, what
// was merged so far is told, and the next cycle goes on.
std::size_t RequestRun::end_merged(const Request& request, const Resync& resync) const {
  const Entity& entity = *mapping_.find(resync.entity);
  if (!read_again_.contains(request.id)) return 0;
  std::size_t logged = 0;
  in_transaction(store_, [&] {
    for (const Resync::Root& root : resync.roots) {
      const auto record = record_of(entity, root);
      if (!record) continue;
      for (const Conflict& lost : overwritten_of(*record, request.by)) {
        store_.log(lost, cycle_);
        ++logged;
      }
    }
    if (!why_wait(entity.id)) end(request, true, "read again, and merged", std::nullopt);
  });
  return logged;
}

std::size_t RequestRun::carry_out() const {
  std::size_t conflicts = 0;
  for_each_request(store_, [&](const Request& request) {
    options_.at_step("request");
    const auto* resync = std::get_if<Resync>(&request.what);
    if (resync != nullptr && !resync->from && mapping_.find(resync->entity) != nullptr) {
      conflicts += end_merged(request, *resync);
      return;
    }
    const Decided decided = decide(request);
    if (std::holds_alternative<Waits>(decided)) return;
    in_transaction(store_, [&] {
      const auto waiting = store_.requests(request.id - 1, 1);
      if (waiting.empty() || waiting.front().id != request.id) return;  // Replaced by a later one.
      if (const auto* refused = std::get_if<Refused>(&decided))
        return end(request, false, refused->reason, std::nullopt);
      const Effect& effect = std::get<Effect>(decided);
      keep(effect);
      end(request, !effect.incomplete, effect.message, effect.record);
      conflicts += effect.merged.conflicts.size();
    });
  });
  return conflicts;
}

}  // namespace miroir
