// Every address that the server answers, in one table; and what must be true of a request before
// its page sees it: who asks, with which role, and that a form came from a page of ours.
#pragma once

#include "mirror/status/http.hpp"
#include "mirror/status/service.hpp"

namespace miroir {

// The server's handler. Any thread; does not throw: what goes wrong becomes a page, and is logged.
HttpResponse answer(Service& service, const HttpRequest& request);

}  // namespace miroir
