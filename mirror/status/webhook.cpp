#include "mirror/status/webhook.hpp"

#include <curl/curl.h>

#include <csignal>
#include <memory>
#include <stdexcept>

namespace miroir {
namespace {

struct EndRequest {
  void operator()(CURL* request) const noexcept { curl_easy_cleanup(request); }
};
struct FreeHeaders {
  void operator()(curl_slist* headers) const noexcept { curl_slist_free_all(headers); }
};

// What is answered is of no interest, beyond that it was.
std::size_t drop(char*, std::size_t size, std::size_t count, void*) { return size * count; }

}  // namespace

void post_json(const std::string& url, const std::string& token, const std::string& body,
               std::chrono::milliseconds limit) {
  std::signal(SIGPIPE, SIG_IGN);  // Who hangs up is an error like any other.
  static const CURLcode ready = curl_global_init(CURL_GLOBAL_DEFAULT);
  const std::unique_ptr<CURL, EndRequest> request{ready == CURLE_OK ? curl_easy_init() : nullptr};
  if (!request) throw std::runtime_error{"the webhook cannot be called: libcurl does not start"};
  curl_slist* list = curl_slist_append(nullptr, "Content-Type: application/json");
  if (!token.empty()) list = curl_slist_append(list, ("Authorization: Bearer " + token).c_str());
  const std::unique_ptr<curl_slist, FreeHeaders> headers{list};
  CURL* const c = request.get();
  curl_easy_setopt(c, CURLOPT_URL, url.c_str());
  curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, static_cast<long>(limit.count()));
  curl_easy_setopt(c, CURLOPT_USERAGENT, "miroir");
  curl_easy_setopt(c, CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE, static_cast<long>(body.size()));
  curl_easy_setopt(c, CURLOPT_POSTFIELDS, body.c_str());
  curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, drop);
  const CURLcode code = curl_easy_perform(c);
  if (code != CURLE_OK)
    throw std::runtime_error{std::string{"the webhook cannot be reached: "} + curl_easy_strerror(code)};
  long status = 0;
  curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &status);
  if (status < 200 || status > 299)
    throw std::runtime_error{"the webhook answered " + std::to_string(status)};
}

}  // namespace miroir
