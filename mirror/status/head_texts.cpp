#include "mirror/status/head_texts.hpp"

#include <algorithm>
#include <cstring>
#include <limits>

namespace miroir {
namespace {

constexpr std::size_t page_of_heads = 2'000;
constexpr std::size_t slack = 1'000'000;  // What may be wasted however little there is.

// For places in the order of their records.
constexpr auto before = [](const auto& place, std::int64_t record) {
  return place.record < record;
};

// A mark between texts, which no text and no question holds.
std::string texts_of(const Row& head) {
  std::string all;
  for (const Value& value : head) {
    if (const auto* text = std::get_if<std::string>(&value); text != nullptr && !text->empty())
      all += folded(*text) + '\0';
  }
  return all;
}

}  // namespace

std::string folded(const std::string& text) {
  static constexpr std::string_view plain =
      "aaaaaaaceeeeiiiidnooooo*ouuuuypsaaaaaaaceeeeiiiidnooooo/ouuuuypy";  // U+00C0 to U+00FF
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c == 0xC3 && i + 1 < text.size()) {
      out += plain[static_cast<unsigned char>(text[++i]) & 0x3F];
    } else if (c == 0xC5 && i + 1 < text.size() &&
               (text[i + 1] == '\x92' || text[i + 1] == '\x93')) {
      out += "oe";
      ++i;
    } else {
      out += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : text[i];
    }
  }
  return out;
}

std::vector<HeadTexts::Found> HeadTexts::find(const std::filesystem::path& state,
                                              const Store& store, const Mapping& mapping,
                                              const std::string& folded_text) {
  const std::scoped_lock lock{mutex_};
  follow_locked(state, store, mapping);
  std::vector<Found> all;
  for (const Texts& texts : texts_) {
    Found& found = all.emplace_back(Found{texts.entity, {}, texts.from});
    for (auto place = texts.places.rbegin(); place != texts.places.rend(); ++place) {
      if (::memmem(texts.all.data() + place->begin, place->size, folded_text.data(),
                   folded_text.size()) != nullptr)
        found.records.emplace_back(place->record);
    }
  }
  return all;
}

void HeadTexts::follow(const std::filesystem::path& state, const Store& store,
                       const Mapping& mapping) {
  const std::scoped_lock lock{mutex_};
  follow_locked(state, store, mapping);
}

std::size_t HeadTexts::bytes() const {
  const std::scoped_lock lock{mutex_};
  std::size_t sum = 0;
  for (const Texts& texts : texts_) sum += texts.all.size();
  return sum;
}

void HeadTexts::follow_locked(const std::filesystem::path& state, const Store& store,
                              const Mapping& mapping) {
  const std::int64_t line = store.log_position()[0];
  const std::string made_of = store.id() + " " + mapping.fingerprint;
  const auto logged = made_of == made_of_ ? logged_after(state, mark_, line) : std::nullopt;
  if (logged) {
    for (const RecordId record : logged->records) update(store, record);
    mark_ = logged->last;
    return;
  }
  made_of_.clear();  // Until all is read: it may fail half-way.
  read_all(store, mapping);
  mark_ = mark_at(state, line);
  made_of_ = made_of;
}

void HeadTexts::read_all(const Store& store, const Mapping& mapping) {
  texts_.clear();
  std::size_t bytes = 0;
  for (const Entity& entity : mapping.entities) {
    if (entity.is_part()) continue;
    read(store, texts_.emplace_back(Texts{entity.id}), bytes);
    bytes += texts_.back().all.size();
  }
}

void HeadTexts::read(const Store& store, Texts& texts, std::size_t bytes_before) {
  RecordId next{std::numeric_limits<std::int64_t>::max()};
  for (std::size_t got = page_of_heads; got == page_of_heads;) {
    if (bytes_before + texts.all.size() >= bytes_max_) {
      texts.from = next;
      break;
    }
    const auto heads = store.heads(texts.entity, next, page_of_heads);
    got = heads.size();
    for (const auto& [id, head] : heads) {
      next = id;
      const std::string text = texts_of(head);
      texts.places.push_back({id.raw(), static_cast<std::uint32_t>(texts.all.size()),
                              static_cast<std::uint32_t>(text.size())});
      texts.all += text;
    }
  }
  std::reverse(texts.places.begin(), texts.places.end());
  texts.said = texts.all.size();
}

void HeadTexts::update(const Store& store, RecordId record) {
  for (Texts& texts : texts_) blank(texts, record);
  const auto state = store.record(record);
  if (!state || state->gone) return;
  for (Texts& texts : texts_) {
    if (texts.entity == state->entity && record >= texts.from)
      put(texts, record, texts_of(state->head));
  }
}

void HeadTexts::put(Texts& texts, RecordId record, const std::string& text) {
  const auto at = std::lower_bound(texts.places.begin(), texts.places.end(), record.raw(), before);
  const bool known = at != texts.places.end() && at->record == record.raw();
  Place& place = known ? *at : *texts.places.insert(at, {record.raw(), 0, 0});
  place.begin = static_cast<std::uint32_t>(texts.all.size());
  place.size = static_cast<std::uint32_t>(text.size());
  texts.all += text;
  if (texts.all.size() > 2 * texts.said + slack) close_up(texts);
}

// What it said is not kept any longer than it is said.
void HeadTexts::blank(Texts& texts, RecordId record) {
  const auto at = std::lower_bound(texts.places.begin(), texts.places.end(), record.raw(), before);
  if (at == texts.places.end() || at->record != record.raw()) return;
  std::fill_n(texts.all.begin() + at->begin, at->size, '\0');
  at->size = 0;
}

void HeadTexts::close_up(Texts& texts) {
  std::string all;
  for (Place& place : texts.places) {
    const auto begin = static_cast<std::uint32_t>(all.size());
    all.append(texts.all, place.begin, place.size);
    place.begin = begin;
  }
  texts.all = std::move(all);
  texts.said = texts.all.size();
}

}  // namespace miroir
