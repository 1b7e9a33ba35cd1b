#include "mirror/status/http_server.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/version.hpp>
#include <charconv>
#include <list>
#include <optional>
#include <tuple>

#include "mirror/cli/verbs.hpp"

namespace miroir {
namespace {

namespace net = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using net::ip::tcp;

// Errors of a connection are no news: they end it.
constexpr auto quietly = net::as_tuple(net::use_awaitable);

constexpr std::chrono::milliseconds event_pause{500};
constexpr std::chrono::seconds heartbeat{15};
constexpr std::chrono::seconds accept_pause{1};  // When the process has no descriptors left.

// nullopt: it is no number, or larger than a port may be.
std::optional<unsigned short> port_in(std::string_view text) {
  unsigned short port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return port;
}

tcp::endpoint endpoint_of(const std::string& listen) {
  const std::size_t colon = std::min(listen.rfind(':'), listen.size());
  std::string host = listen.substr(0, colon);
  if (host == "localhost") host = "127.0.0.1";
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  boost::system::error_code error;
  const auto address = net::ip::make_address(host, error);
  const auto port = port_in(std::string_view{listen}.substr(std::min(colon + 1, listen.size())));
  if (error || !port)
    throw VerbError{Exit::usage, "'" + listen + "' is no address and port to listen at",
                    "--listen, or serve.listen in the configuration, as 127.0.0.1:8650; a port is "
                    "at most 65535"};
  return {address, *port};
}

std::string lower(std::string_view text) {
  std::string out{text};
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return out;
}

using Received = http::request<http::string_body>;
using Answer = http::response<http::string_body>;

// nullopt: an address or a form that no client of ours would send.
std::optional<HttpRequest> read_request(const Received& received) {
  const std::string_view target{received.target().data(), received.target().size()};
  const std::size_t question = target.find('?');
  auto path = percent_decoded(target.substr(0, question), false);
  auto query = decoded_fields(question == std::string_view::npos ? std::string_view{}
                                                                 : target.substr(question + 1));
  if (!path || !path->starts_with('/') || !query) return std::nullopt;
  HttpRequest request{.method = std::string{received.method_string()},
                      .path = std::move(*path),
                      .query = std::move(*query),
                      .form = {},
                      .headers = {},
                      .body = received.body()};
  for (const auto& field : received)
    request.headers.emplace(
        lower(std::string_view{field.name_string().data(), field.name_string().size()}),
        std::string{field.value()});
  if (request.header("content-type").starts_with("application/x-www-form-urlencoded")) {
    auto form = decoded_fields(request.body);
    if (!form) return std::nullopt;
    request.form = std::move(*form);
  }
  return request;
}

HttpResponse refusal(unsigned status) {
  return {.status = status,
          .type = "text/plain; charset=utf-8",
          .body = std::string{http::obsolete_reason(static_cast<http::status>(status))} + "\n"};
}

Answer answer_of(const HttpResponse& response, const Received& received, bool keep_alive) {
  Answer answer{static_cast<http::status>(response.status), received.version()};
  answer.set(http::field::content_type, response.type);
  for (const auto& [name, value] : response.headers) answer.insert(name, value);
  answer.keep_alive(keep_alive);
  answer.body() = response.body;
  answer.prepare_payload();
  if (received.method() == http::verb::head) answer.body().clear();
  return answer;
}

unsigned status_of(beast::error_code error) {
  if (error == http::error::body_limit) return 413;
  if (error == http::error::header_limit || error == http::error::buffer_overflow) return 431;
  if (error.category() == http::make_error_code(http::error::bad_method).category() &&
      error != http::error::end_of_stream && error != http::error::partial_message)
    return 400;
  return 0;  // The client has gone, or was too slow.
}

}  // namespace

namespace {

struct Connection {
  beast::tcp_stream* stream;
  net::ip::address address;
  std::chrono::steady_clock::time_point since{};  // When we began to wait.
  bool keeps_waiting = false;                     // The client, for a request or with an answer.

  void wait() {
    keeps_waiting = true;
    since = std::chrono::steady_clock::now();
  }
};

}  // namespace

struct HttpServer::Impl {
  Impl(const std::string& listen, const HttpLimits& the_limits, Handler the_handler)
      : limits{the_limits},
        handler{std::move(the_handler)},
        pool{the_limits.handlers},
        acceptor{io, endpoint_of(listen)} {}

  HttpLimits limits;
  Handler handler;
  net::io_context io{1};
  net::thread_pool pool;
  tcp::acceptor acceptor;
  std::list<Connection> connections;  // Of the one thread that runs `io`, as all below.
  std::size_t answering = 0;
  bool stopping = false;

  net::awaitable<void> accept_all();
  net::awaitable<void> serve(tcp::socket socket, net::ip::address address);
  bool make_room(const net::ip::address& address);
  bool cut_off_oldest(const net::ip::address* of);
  net::awaitable<bool> answer_one(Connection& connection, beast::flat_buffer& buffer, bool first);
  net::awaitable<HttpResponse> handled(std::shared_ptr<const HttpRequest> request);
  net::awaitable<bool> send(Connection& connection, Answer answer);
  net::awaitable<void> send_events(beast::tcp_stream& stream, HttpResponse response);
  net::awaitable<bool> send_event(beast::tcp_stream& stream, const std::string& text);
  net::awaitable<void> tick(const std::function<void()>& every_second);
  net::awaitable<void> stop_by_signal();
};

net::awaitable<void> HttpServer::Impl::accept_all() {
  net::steady_timer pause{io};
  while (!stopping) {
    auto [error, socket] = co_await acceptor.async_accept(quietly);
    if (stopping) co_return;
    if (error) {
      pause.expires_after(accept_pause);
      co_await pause.async_wait(quietly);
    } else if (const auto from = socket.remote_endpoint(error);
               !error && make_room(from.address())) {
      net::co_spawn(io, serve(std::move(socket), from.address()), net::detached);
    }
  }
}

// Whether there is room for one more from there. `of` none: of any address.
bool HttpServer::Impl::make_room(const net::ip::address& address) {
  const auto waiting = std::count_if(connections.begin(), connections.end(), [&](const auto& one) {
    return one.keeps_waiting && one.address == address;
  });
  if (static_cast<std::size_t>(waiting) >= limits.waiting_each) cut_off_oldest(&address);
  return connections.size() < limits.connections || cut_off_oldest(nullptr);
}

bool HttpServer::Impl::cut_off_oldest(const net::ip::address* of) {
  auto oldest = connections.end();
  for (auto one = connections.begin(); one != connections.end(); ++one) {
    if (!one->keeps_waiting || (of != nullptr && one->address != *of)) continue;
    if (oldest == connections.end() || one->since < oldest->since) oldest = one;
  }
  if (oldest == connections.end()) return false;
  oldest->keeps_waiting = false;
  oldest->stream->close();  // Its own coroutine takes it off the list.
  return true;
}

net::awaitable<void> HttpServer::Impl::serve(tcp::socket socket, net::ip::address address) {
  beast::tcp_stream stream{std::move(socket)};
  const auto here = connections.insert(connections.end(), {&stream, std::move(address)});
  // What comes at once is never more than a request may be.
  beast::flat_buffer buffer{limits.header_bytes + limits.body_bytes};
  try {
    bool go_on = co_await answer_one(*here, buffer, true);
    while (go_on) go_on = co_await answer_one(*here, buffer, false);
  } catch (const std::exception& error) {
    spdlog::warn("a connection was ended: {}", error.what());
  }
  beast::error_code ignored;
  stream.socket().shutdown(tcp::socket::shutdown_both, ignored);
  connections.erase(here);
}

net::awaitable<HttpResponse> HttpServer::Impl::handled(std::shared_ptr<const HttpRequest> request) {
  auto run = [](const Handler& handle,
                std::shared_ptr<const HttpRequest> asked) -> net::awaitable<HttpResponse> {
    co_return handle(*asked);
  };
  co_return co_await net::co_spawn(pool, run(handler, std::move(request)), net::use_awaitable);
}

net::awaitable<bool> HttpServer::Impl::send(Connection& connection, Answer answer) {
  beast::tcp_stream& stream = *connection.stream;
  stream.expires_after(limits.answer);
  connection.wait();
  const bool keep_alive = answer.keep_alive();
  auto [error, sent] = co_await http::async_write(stream, answer, quietly);
  co_return !error && keep_alive;
}

// Reads one request and answers it; whether the connection goes on.
net::awaitable<bool> HttpServer::Impl::answer_one(Connection& connection,
                                                  beast::flat_buffer& buffer, bool first) {
  beast::tcp_stream& stream = *connection.stream;
  http::request_parser<http::string_body> parser;
  parser.header_limit(static_cast<std::uint32_t>(limits.header_bytes));
  parser.body_limit(limits.body_bytes);
  connection.wait();
  stream.expires_after(first ? limits.header : limits.request);
  auto [error, got] = co_await http::async_read_header(stream, buffer, parser, quietly);
  if (!error) {
    stream.expires_after(limits.request);
    std::tie(error, got) = co_await http::async_read(stream, buffer, parser, quietly);
  }
  connection.keeps_waiting = false;
  if (error) {
    if (const unsigned status = status_of(error))
      co_await send(connection, answer_of(refusal(status), {}, false));
    co_return false;
  }
  const Received& received = parser.get();
  auto request = read_request(received);
  if (!request) co_return co_await send(connection, answer_of(refusal(400), received, false));
  ++answering;
  HttpResponse response =
      co_await handled(std::make_shared<const HttpRequest>(std::move(*request)));
  bool go_on = false;
  if (response.next_event) {
    --answering;
    co_await send_events(stream, std::move(response));
  } else {
    const bool keep_alive = received.keep_alive() && !stopping;
    go_on = co_await send(connection, answer_of(response, received, keep_alive));
    --answering;
  }
  co_return go_on;
}

net::awaitable<bool> HttpServer::Impl::send_event(beast::tcp_stream& stream,
                                                  const std::string& text) {
  stream.expires_after(limits.answer);
  auto [error, sent] = co_await net::async_write(stream, net::buffer(text), quietly);
  co_return !error;
}

// Its length is not known, so the end of the connection is the end of the answer.
net::awaitable<void> HttpServer::Impl::send_events(beast::tcp_stream& stream,
                                                   HttpResponse response) {
  std::string head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n";
  for (const auto& [name, value] : response.headers) head += name + ": " + value + "\r\n";
  head += "\r\n";
  bool open = co_await send_event(stream, head);
  const auto ends = std::chrono::steady_clock::now() + limits.stream;
  auto quiet_since = std::chrono::steady_clock::now();
  net::steady_timer pause{io};
  while (open && !stopping && std::chrono::steady_clock::now() < ends) {
    auto text = response.next_event();
    if (!text) co_return;
    const auto now = std::chrono::steady_clock::now();
    if (text->empty() && now - quiet_since > heartbeat) *text = ": still here\n\n";
    if (!text->empty()) {
      open = co_await send_event(stream, *text);
      quiet_since = now;
    }
    pause.expires_after(event_pause);
    co_await pause.async_wait(quietly);
  }
}

net::awaitable<void> HttpServer::Impl::tick(const std::function<void()>& every_second) {
  net::steady_timer timer{io};
  while (!stopping) {
    every_second();
    timer.expires_after(std::chrono::seconds{1});
    co_await timer.async_wait(quietly);
  }
}

net::awaitable<void> HttpServer::Impl::stop_by_signal() {
  net::signal_set signals{io, SIGTERM, SIGINT};
  co_await signals.async_wait(quietly);
  stopping = true;
  acceptor.close();
  const auto ends = std::chrono::steady_clock::now() + limits.farewell;
  net::steady_timer pause{io};
  while (answering > 0 && std::chrono::steady_clock::now() < ends) {
    pause.expires_after(std::chrono::milliseconds{20});
    co_await pause.async_wait(quietly);
  }
  io.stop();
}

HttpServer::HttpServer(const std::string& listen, const HttpLimits& limits, Handler handler) try
    : impl_{std::make_unique<Impl>(listen, limits, std::move(handler))} {
} catch (const boost::system::system_error& error) {
  // Not a mistake of the configuration's alone: after a start of the machine the address may come
  // later than the page, and whoever holds the port may go. The unit tries again.
  throw VerbError{Exit::internal,
                  fmt::format("cannot listen at {}: {}", listen, error.code().message()),
                  "end what listens there, or name another port, or an address of this machine's: "
                  "--listen, or serve.listen in the configuration"};
}

void require_endpoint(const std::string& listen) { endpoint_of(listen); }

HttpServer::~HttpServer() = default;

std::string HttpServer::address() const {
  const auto endpoint = impl_->acceptor.local_endpoint();
  const bool six = endpoint.address().is_v6();
  return fmt::format(fmt::runtime(six ? "[{}]:{}" : "{}:{}"), endpoint.address().to_string(),
                     endpoint.port());
}

void HttpServer::run(const std::function<void()>& every_second) {
  net::co_spawn(impl_->io, impl_->stop_by_signal(), net::detached);
  net::co_spawn(impl_->io, impl_->accept_all(), net::detached);
  net::co_spawn(impl_->io, impl_->tick(every_second), net::detached);
  impl_->io.run();
  impl_->pool.stop();
}

}  // namespace miroir
