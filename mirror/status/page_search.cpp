// Where is my order? By any number, a name or an address.
#include <chrono>

#include "mirror/cli/naming.hpp"
#include "mirror/status/pages.hpp"
#include "mirror/status/related.hpp"
#include "mirror/status/titles.hpp"

namespace miroir {
namespace {

using nlohmann::json;
using Clock = std::chrono::steady_clock;

constexpr std::size_t hits_max = 30;
constexpr std::size_t page_of_heads = 2'000;
constexpr std::size_t query_max = 200;
constexpr std::size_t related_shown_max = 3;  // Of each hit.
constexpr std::chrono::milliseconds patience{1'500};  // Nobody waits longer for an answer.

class Search {
 public:
  Search(const Visit& visit, const Records& records, const std::string& query)
      : visit_{visit},
        records_{records},
        query_{query},
        folded_{folded(query)},
        ends_{Clock::now() + patience} {}

  struct Found {
    std::vector<RecordId> records;
    bool cut = false;  // There may be more.
  };
  Found run() {
    by_key();
    for (const HeadTexts::Found& said : texts()) by_content(said);
    return std::move(found_);
  }

 private:
  void by_key() {
    for (const Entity& entity : records_.mapping().entities) {
      if (entity.is_part()) continue;
      for (const RecordId record : find_records(records_.store, entity, query_)) add(record);
    }
  }

  std::vector<HeadTexts::Found> texts() const {
    Service& service = visit_.service;
    return service.texts.find(service.configured.state, records_.store, records_.mapping(),
                              folded_);
  }

  void by_content(const HeadTexts::Found& said) {
    const Entity& entity = records_.mapping().entity(said.entity);
    for (const RecordId id : said.records) {
      if (found_.cut) return;
      const auto state = records_.store.record(id);
      if (state && !state->gone && speaks_of_it(entity, state->head)) add(id);
      if (Clock::now() > ends_) found_.cut = true;
    }
    by_heads(entity, said.from);
  }

  // The last ones first, as far as there is time.
  void by_heads(const Entity& entity, RecordId before) {
    while (before != RecordId{0} && !found_.cut) {
      const auto heads = records_.store.heads(entity.id, before, page_of_heads);
      for (const auto& [id, head] : heads) {
        before = id;
        if (speaks_of_it(entity, head)) add(id);
      }
      if (heads.size() < page_of_heads) return;
      if (Clock::now() > ends_) found_.cut = true;
    }
  }

  // What somebody does not see he finds nothing by.
  bool speaks_of_it(const Entity& entity, const Row& head) const {
    for (std::size_t f = 0; f < head.size(); ++f) {
      const auto* text = std::get_if<std::string>(&head[f]);
      if (text == nullptr || folded(*text).find(folded_) == std::string::npos) continue;
      if (!records_.masking.hides(entity.name, entity.fields.at(f).name)) return true;
    }
    return false;
  }

  void add(RecordId record) {
    auto& all = found_.records;
    if (std::find(all.begin(), all.end(), record) != all.end()) return;
    if (all.size() == hits_max) {
      found_.cut = true;
    } else {
      all.push_back(record);
    }
  }

  const Visit& visit_;
  const Records& records_;
  const std::string query_, folded_;
  const Clock::time_point ends_;
  Found found_;
};

std::string trimmed(const std::string& text) {
  const std::size_t first = text.find_first_not_of(' ');
  if (first == std::string::npos) return {};
  return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

}  // namespace

HttpResponse search_page(Visit& visit) {
  const Speech& speech = visit.speech();
  const std::string query = trimmed(visit.request.in_query("q")).substr(0, query_max);
  json values{{"title", speech.say("search.title")}, {"query", query}};
  if (query.empty()) return visit.page("search", "search", std::move(values));
  const Records records{visit};
  const Store::Reading reading{records.store};
  const Search::Found found = Search{visit, records, query}.run();
  if (found.records.size() == 1 && !found.cut)
    return redirect("/record/" + std::to_string(found.records.front().raw()));
  values["hits"] = json::array();
  for (const RecordId record : found.records) {
    const Related referring = referring_to(records, record, related_shown_max);
    json hit{{"to", "/record/" + std::to_string(record.raw())},
             {"title", title_of(records, speech, record)},
             {"children", links_to(records, speech, referring)},
             {"more", referring.more > 0 ? speech.say("ignore.more", referring.more) : ""}};
    hit["has_children"] = !hit["children"].empty();
    values["hits"].push_back(std::move(hit));
  }
  values["found"] = found.records.empty() ? "" : speech.say("search.found", query);
  if (found.cut) values["cut"] = speech.say("search.cut");
  if (found.records.empty()) {
    const auto last = records.store.last_logged_cycle();
    values["none"] = speech.say("search.none", query);
    if (last)
      values["hint"] = speech.say("search.none_hint", speech.when(last->started, visit.now));
  }
  return visit.page("search", "search", std::move(values));
}

}  // namespace miroir
