// What people are to be told: what has begun and they do not know yet, and what is over. Told from
// how things stand and from what they were told before; pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "mirror/cli/notify_config.hpp"
#include "mirror/state/notices.hpp"
#include "mirror/status/banner.hpp"

namespace miroir {

// One of the things that may be the case.
struct Happening {
  std::string event;               // "waiting", "away", "brake", "stopped"
  std::string site;                // Of "away"; else empty.
  bool known = true;               // false: nobody can say just now whether it is the case.
  std::vector<std::string> items;  // What of it there is, by names that last; empty: it is not the case.
  std::string since;               // ISO, UTC; empty: not known.

  std::string key() const { return site.empty() ? event : event + ":" + site; }
};
// All that the configuration wants to be told of. `cycle_runs`: one does, though none has ended lately.
std::vector<Happening> happenings(const Overview& situation, const Mapping& mapping,
                                  const NotifyConfig& config, bool cycle_runs, Instant now);

// begun: something of it is new; changed: nothing is, but some has gone; over: all of it.
enum class Change : std::uint8_t { none, begun, changed, over };
struct News {
  Change change = Change::none;
  std::size_t fresh = 0;  // So many of its items.
};
News news_of(const Happening& now, const std::optional<Notice>& told);

struct Message {
  std::string event, site;
  std::string phase;       // "begun", "over", "test"
  std::size_t fresh = 0;   // New ones,
  std::size_t open = 0;    // of so many.
  std::string since;       // ISO, UTC
  std::string address;     // Of the page; empty: none is configured.
  std::string subject, text;  // In words; the subject is one line.
};
// No names and values of records: how many, since when, and where to look.
Message message_of(const Happening& now, const News& news, const Overview& situation,
                   const Speech& speech, const std::string& address, const Mapping& mapping, Instant at);
Message trial(const Speech& speech, const std::string& address, const Mapping& mapping);

}  // namespace miroir
