#include "mirror/marks.hpp"

#include <algorithm>

#include "mirror/state/seal.hpp"

namespace miroir {
namespace {

constexpr const char* pending = "pending";
constexpr const char* confirmed = "confirmed";
constexpr const char* census = "census";
constexpr const char* read_until = "read until";

std::optional<std::int64_t> number_of(const Store& store, SiteId site, const char* name) {
  const auto text = store.remembered(site, name);
  if (!text || text->empty()) return std::nullopt;
  return kept_number(*text);
}

void raise(Store& store, SiteId site, const char* name, std::int64_t value) {
  const auto before = number_of(store, site, name);
  if (!before || *before < value) store.remember(site, name, std::to_string(value));
}

}  // namespace

void note_pending(Store& store, SiteId site, CycleNumber cycle) {
  raise(store, site, pending, cycle.raw());
}

void note_confirmed(Store& store, SiteId site, CycleNumber cycle) {
  raise(store, site, confirmed, cycle.raw());
}

// A store of an older version, or one that has just been made, knows no more than how many cycles it
// has counted.
MarkIs judge_mark(const Store& store, SiteId site, CycleNumber mark) {
  const auto least = number_of(store, site, confirmed);
  const auto most = least ? std::max(*least, number_of(store, site, pending).value_or(*least))
                          : store.last_cycle().raw();
  if (mark.raw() > most) return MarkIs::higher;
  return least && mark.raw() < *least ? MarkIs::lower : MarkIs::sound;
}

void note_census(Store& store, SiteId site, Instant clock) {
  store.remember(site, census, std::to_string(clock.micros));
}

void note_read_all(Store& store, SiteId site) {
  if (const auto clock = store.remembered(site, census)) store.remember(site, read_until, *clock);
}

std::optional<Instant> read_all_until(const Store& store, SiteId site) {
  const auto micros = number_of(store, site, read_until);
  return micros ? std::optional{Instant{*micros}} : std::nullopt;
}

}  // namespace miroir
