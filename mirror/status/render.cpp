#include "mirror/status/render.hpp"

#include <kainjow/mustache.hpp>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "mirror/status/embedded.hpp"

namespace miroir {
namespace {

using kainjow::mustache::data;
using kainjow::mustache::mustache;
using kainjow::mustache::partial;
using nlohmann::json;

// An empty text, null and false are nothing, for {{#section}}.
data data_of(const json& value) {
  if (value.is_object()) {
    data object{data::type::object};
    for (const auto& [name, member] : value.items()) object.set(name, data_of(member));
    return object;
  }
  if (value.is_array()) {
    data list{data::type::list};
    for (const json& one : value) list.push_back(data_of(one));
    return list;
  }
  if (value.is_boolean()) return data{value.get<bool>()};
  if (value.is_null()) return data{false};
  if (value.is_string()) {
    const auto& text = value.get_ref<const std::string&>();
    return text.empty() ? data{false} : data{text};
  }
  return data{value.dump()};
}

std::string text_of(const std::string& name) {
  return std::string{embedded("templates/" + name + ".mustache")};
}

}  // namespace

std::string render(const std::string& name, const json& values) {
  mustache page{text_of(name)};
  if (!page.is_valid())
    throw std::logic_error{"the template " + name + ": " + page.error_message()};
  data all = data_of(values);
  for (const char* part :
       {"chart", "effects", "groups", "new_password", "sides", "strip", "values"})
    all.set(std::string{"part_"} + part, data{partial{[part] { return text_of(part); }}});
  return page.render(all);
}

}  // namespace miroir
