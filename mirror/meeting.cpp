#include "mirror/meeting.hpp"

#include "mirror/lensing.hpp"
#include "mirror/survey.hpp"
#include "schema/row_codec.hpp"

namespace miroir {
namespace {

class MeetingLoader {
 public:
  MeetingLoader(const Changes& changes, const Store& store, const Mapping& mapping, Known& known)
      : changes_{changes},
        store_{store},
        mapping_{mapping},
        entity_{mapping.entity(changes.entity)},
        known_{known} {}

  void load() {
    for (const SiteId site : both_sites) {
      if (const auto& extract = changes_.from[index(site)]) {
        for (const ReadRow& row : extract->rows) {
          if (row.entity == entity_.id) read_[name_of(site, row.key)] = &row;
        }
        follow(site, extract->journal);
      }
    }
    for (const auto& [name, row] : read_) {
      if (row->row) load_twin(std::get<SiteId>(name), *row);
    }
    for (const auto& [name, row] : read_) {
      if (row->row) load_question(std::get<SiteId>(name), *row);
    }
    for (const auto& [name, row] : read_) {
      if (row->row) join_question(std::get<SiteId>(name), *row);
    }
  }

 private:
  RowName name_of(SiteId site, const Key& key) const {
    return {site, entity_.id.raw(), key_text(key)};
  }

  // A key that changed is the same row; one that was deleted, and not put back at once, is not.
  void follow(SiteId site, const std::vector<JournalRow>& journal) {
    for (const JournalRow& row : journal) {
      if (row.entity != entity_.id) continue;
      if (row.op == JournalOp::remove && row.old_key) {
        removed_[name_of(site, *row.old_key)] = row.transaction;
      } else if (row.op == JournalOp::insert && row.new_key) {
        const auto removed = removed_.find(name_of(site, *row.new_key));
        if (removed != removed_.end() && removed->second == row.transaction)
          removed_.erase(removed);
      } else if (row.op == JournalOp::update && row.old_key && row.new_key &&
                 *row.old_key != *row.new_key) {
        const Key first = surveyed_key(site, *row.old_key);
        if (now_.contains(name_of(site, first)) && now_.at(name_of(site, first)) == *row.new_key)
          continue;  // Listed under both keys.
        surveyed_.insert_or_assign(name_of(site, *row.new_key), first);
        now_.insert_or_assign(name_of(site, first), *row.new_key);
        known_.news.renamed.push_back({site, *row.old_key, *row.new_key});
      }
    }
  }

  const Key& surveyed_key(SiteId site, const Key& key) const {
    const auto found = surveyed_.find(name_of(site, key));
    return found == surveyed_.end() ? key : found->second;
  }
  const Key& key_now(SiteId site, const Key& key) const {
    const auto found = now_.find(name_of(site, key));
    return found == now_.end() ? key : found->second;
  }
  bool was_removed(SiteId site, const Key& key) const {
    return removed_.contains(name_of(site, key));
  }
  const ReadRow* row_of(SiteId site, const Key& key) const {
    const auto found = read_.find(name_of(site, key));
    return found == read_.end() ? nullptr : found->second;
  }

  void load_twin(SiteId site, const ReadRow& row) {
    const Key& key = surveyed_key(site, row.key);
    const auto twin = store_.twin(site, entity_.id, key);
    if (!twin) return;
    const RowName name = name_of(site, row.key);
    const SiteId there = other(site);
    const Key& key_there = key_now(there, *twin);
    const bool away = !changes_.from[index(there)];
    const ReadRow* other_row = away ? nullptr : row_of(there, key_there);
    if (is_taken(site, row.key, key_there) || was_removed(site, row.key) ||
        was_removed(there, *twin) || (other_row != nullptr && !other_row->row)) {
      known_.news.parted.emplace_back(site, row.key);
    } else if (other_row == nullptr) {
      known_.waiting.insert(name);
    } else {
      known_.twin.emplace(name, key_there);
    }
  }

  // A record that is known may still meet a row that is not, if a person says that they are one.
  bool is_taken(SiteId site, const Key& key, const Key& key_there) const {
    const SiteId there = other(site);
    const RecordState* here = owner_of(site, key);
    const RecordState* its = owner_of(there, key_there);
    if (here != nullptr && its != nullptr) return true;
    return (here != nullptr && here->shadow[index(there)]) ||
           (its != nullptr && its->shadow[index(site)]);
  }
  const RecordState* owner_of(SiteId site, const Key& key) const {
    const auto found = known_.owner_of(name_of(site, key));
    return found ? known_.state(*found) : nullptr;
  }

  void load_question(SiteId site, const ReadRow& row) {
    const auto question = store_.question(site, entity_.id, surveyed_key(site, row.key));
    if (question && asked_.emplace(question->rule, question->value).second) ask_again(*question);
  }

  struct Alike {
    SiteId site = SiteId::first;
    Key before, now;  // The key under which it is asked about, and the one that it has.
    std::vector<std::optional<std::string>> texts{};  // By rule; none of a row that is gone.
    std::optional<SeedQuestion> asks{};
    std::optional<Key> twin{};
  };

  // People may have corrected something, and the rules may be others by now: who is alike?
  void ask_again(const SeedQuestion& question) {
    std::vector<Alike> group;
    bool whole = true;
    for (const auto& [site, key] : store_.question_group(entity_.id, question)) {
      Alike& alike = group.emplace_back(Alike{site, key, key_now(site, key)});
      const ReadRow* row = row_of(site, alike.now);
      whole = whole && changes_.from[index(site)] && row != nullptr;
      if (whole && row->row) alike.texts = texts_of(site, *row->row);
    }
    for (Alike& alike : group) {
      if (!whole) alike.asks = question;
    }
    for (std::size_t rule = 0; whole && rule <= entity_.match.size(); ++rule) pair(group, rule);
    for (const Alike& alike : group) keep(alike, question);
  }

  // As the survey does it: what a rule has paired, or made a question of, is no candidate for the
  // rules after it.
  static void pair(std::vector<Alike>& group, std::size_t rule) {
    std::map<std::string, PerSite<std::vector<Alike*>>> by_text;
    for (Alike& alike : group) {
      if (!alike.asks && !alike.twin && !alike.texts.empty() && alike.texts[rule])
        by_text[*alike.texts[rule]][index(alike.site)].push_back(&alike);
    }
    for (const auto& [text, rows] : by_text) {
      const bool one_each = rows[0].size() == 1 && rows[1].size() == 1;
      if (one_each) {
        rows[0].front()->twin = rows[1].front()->now;
        rows[1].front()->twin = rows[0].front()->now;
      }
      if (one_each || rows[0].empty() || rows[1].empty()) continue;
      for (const auto& of_site : rows) {
        for (Alike* alike : of_site) alike->asks = SeedQuestion{rule, text};
      }
    }
  }

  void keep(const Alike& alike, const SeedQuestion& asked) {
    if (alike.twin) known_.twin.emplace(name_of(alike.site, alike.now), *alike.twin);
    if (alike.asks) known_.questioned.insert(name_of(alike.site, alike.now));
    if (alike.asks) asking_.emplace(alike.asks->rule, alike.asks->value);
    if (alike.asks == asked) return;
    known_.news.answered.emplace_back(alike.site, alike.before);
    known_.news.answered.emplace_back(alike.site, alike.now);
    if (alike.asks) known_.news.joining.push_back({alike.site, alike.now, *alike.asks});
  }

  // As the survey said it.
  std::vector<std::optional<std::string>> texts_of(SiteId site, const Row& row) const {
    const auto identity = [&](EntityId target, const Key& parent) {
      if (site == SiteId::first) return "0" + key_text(parent);
      const auto record = store_.find(site, target, parent);
      auto first = record ? store_.keys(*record)[0] : std::nullopt;
      if (!first) first = store_.twin(site, target, parent);
      return first ? "0" + key_text(*first) : "1" + key_text(parent);
    };
    return recognised_by(entity_, site, row, mapping_, identity);
  }

  // A row that is new, and alike to rows that wait: it waits with them.
  void join_question(SiteId site, const ReadRow& row) {
    const RowName name = name_of(site, row.key);
    const bool known = known_.owner.contains(name) || known_.twin.contains(name) ||
                       known_.waiting.contains(name) || known_.questioned.contains(name);
    if (known) return;
    const auto texts = match_texts(entity_, readable_fields(entity_, site, *row.row, known_.links));
    for (std::size_t rule = 0; rule < texts.size(); ++rule) {
      if (!texts[rule]) continue;
      if (!asking_.contains({rule + 1, *texts[rule]})) continue;
      known_.questioned.insert(name);
      known_.news.joining.push_back({site, row.key, {rule + 1, *texts[rule]}});
      return;
    }
  }

  const Changes& changes_;
  const Store& store_;
  const Mapping& mapping_;
  const Entity& entity_;
  Known& known_;
  std::map<RowName, const ReadRow*> read_;  // Roots, there or not.
  std::map<RowName, std::string> removed_;  // By which transaction.
  std::map<RowName, Key> surveyed_;         // The key that a renamed row had.
  std::map<RowName, Key> now_;              // The key that it has.
  // By rule and value: what the store asks, and what of it is asked still.
  std::set<std::pair<std::size_t, std::string>> asked_, asking_;
};

}  // namespace

void load_meeting(const Changes& changes, const Store& store, const Mapping& mapping,
                  Known& known) {
  if (store.any_twins()) MeetingLoader{changes, store, mapping, known}.load();
}

}  // namespace miroir
