// A JSON object to an address on the network: the only place that knows libcurl.
#pragma once

#include <chrono>
#include <string>

namespace miroir {

// By POST; `token` (empty: none) goes along as a bearer's. Follows nobody elsewhere. Throws
// std::runtime_error unless the answer is 2xx and comes in time; it names neither address nor token.
void post_json(const std::string& url, const std::string& token, const std::string& body,
               std::chrono::milliseconds limit);

}  // namespace miroir
