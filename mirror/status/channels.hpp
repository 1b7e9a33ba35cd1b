// The ways of telling people: a command, a webhook, e-mail by sendmail. Each ends within the
// configuration's time, whatever is at the other end.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "mirror/status/news.hpp"

namespace miroir {

struct Way {
  std::string name;  // "command", "webhook", "email"
  // Throws std::runtime_error that says why it did not arrive, without secrets.
  std::function<void(const Message&)> send;
};
// Those that are configured; `config` must outlive them.
std::vector<Way> ways_of(const NotifyConfig& config);

// What sendmail is given: headers in ASCII, the text in UTF-8.
std::string mail_of(const NotifyConfig& config, const Message& message);

}  // namespace miroir
