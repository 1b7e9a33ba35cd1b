#include "connectors/postgres/postgres_conninfo.hpp"

#include <libpq-fe.h>

#include <algorithm>
#include <map>
#include <memory>

#include "connectors/postgres/keepalive.hpp"

namespace miroir::postgres {
namespace {

using Keywords = std::map<std::string, std::string>;

struct FreeOptions {
  void operator()(PQconninfoOption* options) const noexcept { PQconninfoFree(options); }
};

Keywords parse(const std::string& configured) {
  // libpq's own message would quote parts of the text, and one of them may be the password: it is
  // not asked for.
  const std::unique_ptr<PQconninfoOption, FreeOptions> options{
      PQconninfoParse(configured.c_str(), nullptr)};
  if (!options) {
    throw DbError{
        "the PostgreSQL connection text cannot be read", "08001", Recovery::misconfigured,
        "write it as \"host=... port=5432 dbname=... user=...\" or postgresql://user@host/dbname"};
  }
  Keywords keywords;
  for (const PQconninfoOption* option = options.get(); option->keyword != nullptr; ++option) {
    if (option->val != nullptr) keywords[option->keyword] = option->val;
  }
  return keywords;
}

std::string render(const Keywords& keywords) {
  std::string text;
  for (const auto& [keyword, value] : keywords) {
    text += keyword + "='";
    for (const char c : value) {
      if (c == '\'' || c == '\\') text += '\\';
      text += c;
    }
    text += "' ";
  }
  return text;
}

}  // namespace

Conninfo make_conninfo(const std::string& configured, const SessionLimits& limits,
                       const std::string& application_name) {
  Keywords keywords = parse(configured);
  const Keepalive keepalive = keepalive_for(limits.dead_line);
  // libpq counts in whole seconds and takes 1 for 2.
  const auto connect = std::chrono::ceil<std::chrono::seconds>(limits.connect).count();
  keywords["connect_timeout"] = std::to_string(std::max<std::int64_t>(connect, 2));
  keywords["keepalives"] = "1";
  keywords["keepalives_idle"] = std::to_string(keepalive.idle.count());
  keywords["keepalives_interval"] = std::to_string(keepalive.interval.count());
  keywords["keepalives_count"] = std::to_string(keepalive.count);
  keywords["tcp_user_timeout"] = std::to_string(limits.dead_line.count());
  keywords["client_encoding"] = "UTF8";
  keywords["application_name"] = application_name;
  return {render(keywords), keywords["password"]};
}

}  // namespace miroir::postgres
