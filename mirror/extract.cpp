#include "mirror/extract.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "mirror/planted.hpp"
#include "mirror/sizes.hpp"
#include "mirror/taken_over.hpp"
#include "schema/row_codec.hpp"

namespace miroir {
namespace {

// How large rows are is known from the chunk before.
constexpr std::size_t first_roots = 50;
constexpr std::size_t growth_max = 8;

std::size_t bytes_of(const Extract& extract) {
  std::size_t bytes = 0;
  for (const ReadRow& read : extract.rows) {
    if (!read.row) continue;
    for (const Value& value : *read.row) bytes += size_of(value);
  }
  return bytes;
}

// Over the line that carries more of it.
std::size_t bytes_of(const Changes& changes) {
  std::size_t bytes = 0;
  for (const auto& from : changes.from) bytes = std::max(bytes, from ? bytes_of(*from) : 0);
  return bytes;
}

// What the journal names without saying when: what only miroir's own transactions touched.
bool is_own(const ReadRow& read, const std::vector<JournalRow>& journal) {
  const auto names = [&](const JournalRow& row) {
    return row.entity == read.entity && (row.old_key == read.key || row.new_key == read.key);
  };
  return std::any_of(journal.begin(), journal.end(), names) &&
         std::none_of(journal.begin(), journal.end(),
                      [&](const JournalRow& row) { return names(row) && row.at; });
}

// Adds keys that are not there yet, in order.
class KeySet {
 public:
  explicit KeySet(std::vector<Key>& keys) : keys_{keys} {
    for (const Key& key : keys) seen_.insert(key_text(key));
  }
  void add(const Key& key) {
    if (seen_.insert(key_text(key)).second) keys_.push_back(key);
  }

 private:
  std::vector<Key>& keys_;
  std::set<std::string> seen_;
};

}  // namespace

Extraction::Extraction(EntityId entity, Crew& crew, const Store& store, const Mapping& mapping,
                       std::size_t roots_max)
    : entity_{entity},
      crew_{crew},
      store_{store},
      mapping_{mapping},
      roots_max_{roots_max},
      roots_now_{std::min(first_roots, roots_max)},
      reread_up_to_{store.last_reread()} {}

std::optional<Changes> Extraction::next(const std::function<void()>& finish_acknowledging) {
  if (!ahead_) read_ahead();
  if (!ahead_) return std::nullopt;
  const Position begin = ahead_->begin;
  std::size_t limit = ahead_->limit;
  Chunk chunk = ahead_->chunk;
  Changes changes = collect(*std::exchange(ahead_, std::nullopt));
  if (was_read(changes) && !planted(Bug::record_in_two_chunks)) {
    // A changed key ties roots of this chunk to the one before. Read where that was not
    // acknowledged, it would be taken twice.
    finish_acknowledging();
    position_ = begin;
    listed_ = {};
    read_ahead();
    if (!ahead_) return std::nullopt;
    chunk = ahead_->chunk;
    limit = ahead_->limit;
    changes = collect(*std::exchange(ahead_, std::nullopt));
  }
  // Where this chunk was read before the one before it was acknowledged.
  for (const SiteId site : both_sites) {
    std::erase_if(changes.taken_over[index(site)],
                  [&](const TakenOver& key) { return read_[index(site)].contains(*key.id); });
  }
  remember(changes, std::move(chunk));
  fit_next(changes, limit);
  if (!crew_.is_ending()) read_ahead();
  return changes;
}

void Extraction::fit_next(const Changes& changes, std::size_t limit) {
  const std::size_t fitting = limit * pace_.bytes() / std::max<std::size_t>(bytes_of(changes), 1);
  roots_now_ = std::clamp<std::size_t>(std::min(fitting, limit * growth_max), 1, roots_max_);
}

void Extraction::stop() {
  if (ahead_) collect(*std::exchange(ahead_, std::nullopt));
}

void Extraction::read_ahead() {
  const Position begin = position_;
  std::optional<Listed> listed = next_chunk();
  if (!listed) return;
  Chunk& chunk = listed->chunk;
  auto requests =
      std::make_shared<PerSite<ExtractRequest>>();  // A site that hangs keeps its request.
  for (const SiteId site : both_sites) {
    (*requests)[index(site)] = {entity_, chunk.roots[index(site)], chunk.whole[index(site)],
                                chunk.known[index(site)]};
  }
  auto answers = crew_.start_both([requests, now = crew_.stopwatch(), &mapping = mapping_,
                                   position = position_, limit = roots_now_](SiteId site, Site& s) {
    const ExtractRequest& request = (*requests)[index(site)];
    TimedExtract read;
    if (!request.roots.empty() || !request.whole.empty()) {
      const auto began = now();
      read.extract = s.extract(request);
      read.took = now() - began;
      read.taken_over = keys_taken_over(s, site, request.entity, read.extract, mapping);
    }
    read.next = list_page(s, site, request.entity, position, limit);
    return read;
  });
  ahead_ = Ahead{begin, std::move(chunk), std::move(answers), listed->limit};
}

Changes Extraction::collect(Ahead ahead) {
  Changes changes;
  changes.entity = entity_;
  auto answers = crew_.finish_both<TimedExtract>(ahead.answers);
  std::chrono::steady_clock::duration took{};
  for (const SiteId site : both_sites) {
    auto& answer = answers[index(site)];
    if (!answer) continue;
    took = std::max(took, answer->took);
    changes.from[index(site)] = std::move(answer->extract);
    if (planted(Bug::echo_hides_triggers)) {
      Extract& extract = *changes.from[index(site)];
      std::erase_if(extract.rows, [&](const ReadRow& r) { return is_own(r, extract.journal); });
    }
    changes.taken_over[index(site)] = std::move(answer->taken_over);
    changes.whole[index(site)] = ahead.chunk.whole[index(site)];
    listed_[index(site)] = std::move(answer->next);
  }
  pace_.took(bytes_of(changes), took);
  return changes;
}

bool Extraction::was_read(const Changes& changes) const {
  for (const SiteId site : both_sites) {
    if (!changes.from[index(site)]) continue;
    for (const JournalRow& row : changes.from[index(site)]->journal) {
      if (read_[index(site)].contains(row.id)) return true;
    }
  }
  return false;
}

void Extraction::remember(const Changes& changes, Chunk chunk) {
  for (const SiteId site : both_sites) {
    const std::size_t i = index(site);
    roots_before_[i] = std::exchange(roots_[i], {});
    roots_[i] = {chunk.roots[i].begin(), chunk.roots[i].end()};
    whole_[i] = {chunk.whole[i].begin(), chunk.whole[i].end()};
    read_[i].clear();
    if (!changes.from[i]) continue;
    for (const JournalRow& row : changes.from[i]->journal) read_[i].insert(row.id);
  }
}

// A page may hold nothing but what the chunk before has named already.
std::optional<Extraction::Listed> Extraction::next_chunk() {
  for (;;) {
    const Position begin = position_;
    Listed listed = list_chunk();
    if (!listed.chunk.empty()) {
      add_other_side(listed.chunk);
      return listed;
    }
    if (position_.cursor == begin.cursor && position_.reread_after == begin.reread_after)
      return std::nullopt;
  }
}

Extraction::Listed Extraction::list_chunk() {
  Chunk chunk;
  chunk.entity = entity_;
  const auto pages = next_pages();
  const std::size_t limit = fitting_limit(pages);
  for (const SiteId site : both_sites) {
    const std::size_t i = index(site);
    if (!pages[i].roots) continue;
    const std::vector<ListedRoot>& page = *pages[i].roots;
    const std::size_t taken = std::min(page.size(), limit);
    for (std::size_t r = 0; r < taken; ++r) {
      if (!roots_[i].contains(page[r].root) && !roots_before_[i].contains(page[r].root))
        chunk.roots[i].push_back(page[r].root);
    }
    position_.listed[i] = taken == page.size() && page.size() < pages[i].limit;
    if (taken > 0) position_.cursor[i] = page[taken - 1].cursor;
    if (crew_.here(site)) add_reread(site, limit, chunk);
  }
  return {std::move(chunk), limit};
}

// Pages that were listed before the last chunk has shown how much fits now may be larger than that,
// and the rest of them is listed again; or smaller.
std::size_t Extraction::fitting_limit(const PerSite<Page>& pages) const {
  std::size_t limit = roots_now_;
  for (const SiteId site : both_sites) {
    const Page& page = pages[index(site)];
    if (page.roots && page.roots->size() == page.limit) limit = std::min(limit, page.limit);
  }
  return limit;
}

Extraction::Page Extraction::list_page(Site& at, SiteId site, EntityId entity,
                                       const Position& position, std::size_t limit) {
  if (position.listed[index(site)]) return {std::vector<ListedRoot>{}, limit};
  return {at.list_roots(entity, position.cursor[index(site)], limit), limit};
}

// As it was listed with the chunk before, or now; none of a site that is away.
PerSite<Extraction::Page> Extraction::next_pages() {
  PerSite<Page> pages = std::exchange(listed_, {});
  Crew::Answers<Page> answers;
  for (const SiteId site : both_sites) {
    if (pages[index(site)].roots || !crew_.here(site)) continue;
    answers[index(site)] =
        crew_.start(site, [site, position = position_, entity = entity_, limit = roots_now_](
                              Site& s) { return list_page(s, site, entity, position, limit); });
  }
  auto listed = crew_.finish_both(answers);
  for (const SiteId site : both_sites) {
    if (listed[index(site)]) pages[index(site)] = std::move(*listed[index(site)]);
  }
  return pages;
}

void Extraction::add_reread(SiteId site, std::size_t limit, Chunk& chunk) {
  if (reread_up_to_ == 0) return;  // The list is empty.
  // At a first meeting each brings its twin along, and both are read as a whole.
  if (store_.any_twins()) limit = std::max<std::size_t>(limit / 2, 1);
  std::int64_t& after = position_.reread_after[index(site)];
  for (const ReReadEntry& entry : store_.reread_list(site, entity_, after, reread_up_to_, limit)) {
    if (!whole_[index(site)].contains(entry.root)) chunk.whole[index(site)].push_back(entry.root);
    after = entry.id;
  }
}

void Extraction::add_other_side(Chunk& chunk) const {
  const Store::Reading reading{store_};
  const Chunk named = chunk;
  PerSite<KeySet> roots{KeySet{chunk.roots[0]}, KeySet{chunk.roots[1]}};
  PerSite<KeySet> whole{KeySet{chunk.whole[0]}, KeySet{chunk.whole[1]}};
  const bool meeting = store_.any_twins();
  const bool rereading = store_.last_reread() > 0;  // Also what a chunk of this cycle put there.
  std::set<std::pair<std::size_t, std::string>> asked;
  for (const SiteId site : both_sites) {
    const SiteId there = other(site);
    for (const auto* keys : {&named.roots[index(site)], &named.whole[index(site)]}) {
      for (const Key& key : *keys) {
        // What the journal says of it now need not be all that was not taken.
        if (rereading && store_.must_reread(site, entity_, key)) whole[index(site)].add(key);
        const auto known = store_.counterpart(site, entity_, key);
        // What comes into the mirror's sight comes as a whole.
        const bool unseen = !known || known->outside;
        if (unseen && mapping_.table(entity_, site).has_conditions()) whole[index(site)].add(key);
        if (known) {
          if (known->row_is_known[index(site)]) chunk.known[index(site)].insert(key);
          if (!known->key) continue;
          if (known->row_is_known[index(there)]) chunk.known[index(there)].insert(*known->key);
          roots[index(there)].add(*known->key);
          if (known->must_reread) whole[index(there)].add(*known->key);
        } else if (meeting) {
          for (const auto& [where, relative] : family(site, key, asked))
            whole[index(where)].add(relative);
        }
      }
    }
  }
  // A re-read root's journal rows belong to the same chunk.
  for (const SiteId site : both_sites) {
    for (const Key& key : chunk.whole[index(site)]) roots[index(site)].add(key);
  }
}

// What may turn out to be the same record, or one of several that are alike.
std::vector<std::pair<SiteId, Key>> Extraction::family(
    SiteId site, const Key& key, std::set<std::pair<std::size_t, std::string>>& asked) const {
  if (const auto twin = store_.twin(site, entity_, key)) return {{other(site), *twin}};
  const auto question = store_.question(site, entity_, key);
  if (!question || !asked.emplace(question->rule, question->value).second) return {};
  return store_.question_group(entity_, *question);
}

}  // namespace miroir
