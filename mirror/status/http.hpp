// Requests and answers as the pages see them: plain values, no library. See http_server.hpp for who
// makes them.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace miroir {

using Fields = std::map<std::string, std::string>;

struct HttpRequest {
  std::string method;  // "GET", "POST"
  std::string path;    // Decoded; begins with a slash.
  Fields query;
  Fields form;     // Of a POST that a form has sent.
  Fields headers;  // Names in lower case.
  std::string body;

  std::string header(const std::string& name) const;  // "": there is none.
  std::string cookie(std::string_view name) const;
  std::string in_query(const std::string& name) const;
  std::string in_form(const std::string& name) const;
};

struct HttpResponse {
  unsigned status = 200;
  std::string type = "text/html; charset=utf-8";
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers{};
  // Set for a stream of events: asked twice a second, on the server's own thread, so it must not
  // wait. What it returns is sent as it is; "": nothing now; nullopt: the stream ends.
  std::function<std::optional<std::string>()> next_event{};
};

HttpResponse redirect(const std::string& to);  // 303: the browser gets it with GET.

// "%C3%A9+" is "é "; nullopt: no text that an address may hold (a bad escape, a NUL, no UTF-8).
std::optional<std::string> percent_decoded(std::string_view text, bool plus_is_blank);
std::string percent_encoded(std::string_view text);
// "a=1&b=2"; the first of a name counts. nullopt: more than it may hold, or a bad escape.
std::optional<Fields> decoded_fields(std::string_view text);

// nullopt: anything else, or more than 64 bits hold.
std::optional<std::int64_t> number_in(std::string_view text);

}  // namespace miroir
