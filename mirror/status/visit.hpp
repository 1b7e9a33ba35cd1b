// One request on its way to its page: who asks, in which language, and how the answer is made.
#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "mirror/state/accounts.hpp"
#include "mirror/status/http.hpp"
#include "mirror/status/records.hpp"
#include "mirror/status/service.hpp"

namespace miroir {

// The answer is a page that says why; the key is of the texts ("error.not_found").
class PageError : public std::runtime_error {
 public:
  PageError(unsigned status, const std::string& key) : std::runtime_error{key}, status_{status} {}
  unsigned status() const { return status_; }

 private:
  unsigned status_;
};

struct Visit {
  Service& service;
  const HttpRequest& request;
  std::optional<Account> account{};
  std::string session{};             // The secret that the browser sent; "": a token, or nobody.
  std::vector<std::string> parts{};  // What stands for the stars of the route's pattern.
  Instant now = now_instant();
  std::shared_ptr<const ContextNow::Known> known = service.context_now.get();

  const Context& context() const { return known->context; }  // To be copied by who works with it.
  const Speech& speech() const;
  bool may(Role role) const { return account && account->role >= role; }
  Masking masking(const Mapping& mapping) const;
  Actor actor() const;  // Who is signed in does something now.
  // The number that the route's first star stands for; throws PageError (404) for anything else.
  std::int64_t number() const;

  // A whole page around a template: adds the texts ("t"), who is signed in and the way around.
  // `where`: which entry of the way around it is ("home").
  HttpResponse page(const std::string& name, const std::string& where, nlohmann::json values,
                    unsigned status = 200) const;
  // Only the template.
  HttpResponse part(const std::string& name, nlohmann::json values) const;
};

HttpResponse json_response(const nlohmann::ordered_json& object, unsigned status = 200);
HttpResponse error_page(const Visit& visit, unsigned status, const std::string& key);

}  // namespace miroir
