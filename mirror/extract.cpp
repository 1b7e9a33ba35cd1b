#include "mirror/extract.hpp"

#include <set>

#include "schema/row_codec.hpp"

namespace miroir {
namespace {

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

Chunks::Chunks(EntityId entity, Crew& crew, const Store& store, const Mapping& mapping,
               std::size_t roots_max)
    : entity_{entity},
      crew_{crew},
      store_{store},
      mapping_{mapping},
      roots_max_{roots_max},
      reread_up_to_{store.last_reread()} {}

std::optional<Chunk> Chunks::next() {
  Chunk chunk;
  chunk.entity = entity_;
  const auto cursors = cursor_;
  const auto listed = listed_;
  const auto lists = crew_.ask([=, entity = entity_, limit = roots_max_](SiteId site, Site& s) {
    return listed[index(site)] ? std::vector<ListedRoot>{}
                               : s.list_roots(entity, cursors[index(site)], limit);
  });
  for (const SiteId site : both_sites) {
    if (!lists[index(site)]) continue;
    for (const ListedRoot& root : *lists[index(site)])
      chunk.roots[index(site)].push_back(root.root);
    listed_[index(site)] = lists[index(site)]->size() < roots_max_;
    if (!lists[index(site)]->empty()) cursor_[index(site)] = lists[index(site)]->back().cursor;
    if (crew_.here(site)) add_reread(site, chunk);
  }
  if (chunk.empty()) return std::nullopt;
  add_other_side(chunk);
  return chunk;
}

void Chunks::add_reread(SiteId site, Chunk& chunk) {
  std::int64_t& after = reread_after_[index(site)];
  for (const ReReadEntry& entry :
       store_.reread_list(site, entity_, after, reread_up_to_, roots_max_)) {
    chunk.whole[index(site)].push_back(entry.root);
    after = entry.id;
  }
}

void Chunks::add_other_side(Chunk& chunk) {
  const Store::Reading reading{store_};
  const Chunk named = chunk;
  PerSite<KeySet> roots{KeySet{chunk.roots[0]}, KeySet{chunk.roots[1]}};
  PerSite<KeySet> whole{KeySet{chunk.whole[0]}, KeySet{chunk.whole[1]}};
  const bool meeting = store_.any_twins();
  std::set<std::pair<std::size_t, std::string>> asked;
  for (const SiteId site : both_sites) {
    const SiteId there = other(site);
    for (const auto* keys : {&named.roots[index(site)], &named.whole[index(site)]}) {
      for (const Key& key : *keys) {
        const auto known = store_.counterpart(site, entity_, key);
        // What comes into the mirror's sight comes as a whole.
        const bool unseen = !known || known->outside;
        if (unseen && mapping_.table(entity_, site).has_conditions()) whole[index(site)].add(key);
        if (known) {
          if (!known->key) continue;
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
std::vector<std::pair<SiteId, Key>> Chunks::family(
    SiteId site, const Key& key, std::set<std::pair<std::size_t, std::string>>& asked) const {
  if (const auto twin = store_.twin(site, entity_, key)) return {{other(site), *twin}};
  const auto question = store_.question(site, entity_, key);
  if (!question || !asked.emplace(question->rule, question->value).second) return {};
  return store_.question_group(entity_, *question);
}

Changes extract_changes(const Chunk& chunk, Crew& crew) {
  Changes changes;
  changes.entity = chunk.entity;
  auto requests =
      std::make_shared<PerSite<ExtractRequest>>();  // A site that hangs keeps its request.
  for (const SiteId site : both_sites) {
    (*requests)[index(site)] = {chunk.entity, chunk.roots[index(site)], chunk.whole[index(site)]};
  }
  changes.from = crew.ask([requests](SiteId site, Site& s) {
    const ExtractRequest& request = (*requests)[index(site)];
    return request.roots.empty() && request.whole.empty() ? Extract{} : s.extract(request);
  });
  for (const SiteId site : both_sites) {
    if (changes.from[index(site)]) changes.whole[index(site)] = chunk.whole[index(site)];
  }
  return changes;
}

}  // namespace miroir
