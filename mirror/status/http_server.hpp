// An HTTP/1.1 server for one small site: the only place that knows Boost.Beast.
//
// One thread reads and writes all connections; a few others run the handler, so that a slow answer
// keeps nobody from being heard. Everything has a limit: what a client sends beyond one is refused
// (413, 431), who is slower than one is cut off. Where there is no room, those are cut off that keep
// us waiting, who came first before others: whoever sends a whole request is heard.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "mirror/status/http.hpp"

namespace miroir {

struct HttpLimits {
  std::size_t header_bytes = 16'384;
  std::size_t body_bytes = 65'536;
  std::size_t connections = 256;  // Beyond, whoever keeps us waiting for the longest is cut off.
  std::size_t waiting_each = 64;  // Connections of one address that keep us waiting.
  std::size_t handlers = 4;          // Threads.
  std::chrono::seconds header{5};    // For the head of the first request to arrive.
  std::chrono::seconds request{20};  // For that of a later one, from the last answer on; and for a
                                     // body.
  std::chrono::seconds answer{30};   // For a client to take an answer.
  std::chrono::seconds stream{600};  // Then a stream of events ends; browsers begin anew.
  std::chrono::milliseconds farewell{1'500};  // For answers under way when the server stops.
};

// Throws VerbError, with the remedy, where it is no address and port.
void require_endpoint(const std::string& listen);

class HttpServer {
 public:
  // Any of the handler's threads; must not throw.
  using Handler = std::function<HttpResponse(const HttpRequest&)>;

  // Listens at once; throws VerbError where it cannot. "127.0.0.1:8650", "[::1]:0".
  HttpServer(const std::string& listen, const HttpLimits& limits, Handler handler);
  ~HttpServer();

  std::string address() const;  // "127.0.0.1:8650", with the port that it got.
  // Until SIGTERM or SIGINT. Calls `every_second` about that often, on this thread.
  void run(const std::function<void()>& every_second);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace miroir
