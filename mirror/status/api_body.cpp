#include "mirror/status/api_body.hpp"

namespace miroir {
namespace {

using nlohmann::json;

[[noreturn]] void refuse(const std::string& what) { throw VerbError{Exit::usage, what, ""}; }

}  // namespace

ApiBody::ApiBody(const std::string& body) : object_(json::object()) {
  if (body.empty()) return;
  object_ = json::parse(body, nullptr, false);
  if (!object_.is_object()) refuse("the body is no JSON object");
}

std::optional<std::string> ApiBody::maybe(const char* name) const {
  const auto found = object_.find(name);
  if (found == object_.end()) return std::nullopt;
  if (!found->is_string()) refuse(std::string{"'"} + name + "' must be a text");
  return found->get<std::string>();
}

bool ApiBody::flag(const char* name) const {
  const auto found = object_.find(name);
  if (found == object_.end()) return false;
  if (!found->is_boolean()) refuse(std::string{"'"} + name + "' must be true or false");
  return found->get<bool>();
}

HeldAnswerVerb ApiBody::answer(std::int64_t id) const {
  HeldAnswerVerb verb;
  verb.id = id;
  verb.take = maybe("take");
  verb.value = maybe("value");
  verb.nothing = flag("nothing");
  verb.take_back = flag("take_back");
  verb.keep = flag("keep");
  verb.remove = flag("delete");
  const int given = (verb.take ? 1 : 0) + (verb.value ? 1 : 0) + verb.nothing + verb.take_back +
                    verb.keep + verb.remove;
  if (given != 1) refuse("one of take, value, nothing, take_back, keep and delete");
  return verb;
}

}  // namespace miroir
