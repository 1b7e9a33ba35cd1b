#include "mirror/status/speech.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <ctime>
#include <stdexcept>

#include "mirror/status/embedded.hpp"

namespace miroir {
namespace {

constexpr std::int64_t second_micros = 1'000'000;

std::tm local(Instant at) {
  const std::time_t seconds = static_cast<std::time_t>(at.micros / second_micros);
  std::tm broken{};
  ::localtime_r(&seconds, &broken);
  return broken;
}

bool same_day(const std::tm& a, const std::tm& b) {
  return a.tm_year == b.tm_year && a.tm_yday == b.tm_yday;
}

Instant day_before(Instant at) { return {at.micros - 86'400 * second_micros}; }

std::string day(const std::tm& at, const std::string& language) {
  return language == "fr"
             ? fmt::format("{:02}/{:02}/{}", at.tm_mday, at.tm_mon + 1, at.tm_year + 1900)
             : fmt::format("{}-{:02}-{:02}", at.tm_year + 1900, at.tm_mon + 1, at.tm_mday);
}

}  // namespace

Instant now_instant() {
  using namespace std::chrono;
  return {duration_cast<microseconds>(system_clock::now().time_since_epoch()).count()};
}

std::string capitalised(std::string text) {
  if (text.empty()) return text;
  if (text[0] >= 'a' && text[0] <= 'z') text[0] = static_cast<char>(text[0] - 32);
  // Lower-case Latin-1 letters with accents: 0xC3 and then 0xA0 to 0xBE.
  const bool accented = text.size() > 1 && text[0] == '\xC3' &&
                        static_cast<unsigned char>(text[1]) >= 0xA0 && text[1] != '\xB7';
  if (accented) text[1] = static_cast<char>(text[1] - 32);
  return text;
}

Speech::Speech(const std::string& language, const std::map<std::string, std::string>& names)
    : language_{language},
      texts_(nlohmann::json::parse(embedded("texts." + language + ".json"))),
      names_{names} {
  for (const auto& [key, value] : texts_.at("names").items())
    names_.emplace(key, value.get<std::string>());
}

const std::string& Speech::say(const std::string& key) const {
  const nlohmann::json* at = &texts_;
  for (std::size_t from = 0; from <= key.size();) {
    const std::size_t dot = std::min(key.find('.', from), key.size());
    const auto found = at->find(key.substr(from, dot - from));
    if (found == at->end()) throw std::logic_error{"there is no text " + key};
    at = &*found;
    from = dot + 1;
  }
  return at->get_ref<const std::string&>();
}

std::string Speech::name(const std::string& of) const {
  const auto found = names_.find(of);
  return found == names_.end() ? of : found->second;
}

std::string Speech::name(const std::string& entity, const std::string& field) const {
  const auto found = names_.find(entity + "." + field);
  return found == names_.end() ? name(field) : found->second;
}

std::string Speech::title(const std::string& of) const { return capitalised(name(of)); }

std::string Speech::number(std::string text) const {
  if (language_ == "fr") std::replace(text.begin(), text.end(), '.', ',');
  return text;
}

std::string Speech::value(const Value& value) const { return shown(value, display(value)); }

std::string Speech::shown(const Value& value, const std::string& spoken) const {
  if (is_null(value)) return say("value.empty");
  if (const bool* is = std::get_if<bool>(&value)) return say(*is ? "value.yes" : "value.no");
  if (std::holds_alternative<Decimal>(value)) return number(spoken);
  if (const auto* text = std::get_if<std::string>(&value))
    return text->empty() ? say("value.empty") : spoken;
  if (const auto* at = std::get_if<Instant>(&value)) {
    const std::tm broken = local(*at);
    return fmt::format("{} {:02}:{:02}", day(broken, language_), broken.tm_hour, broken.tm_min);
  }
  if (std::holds_alternative<Date>(value) && language_ == "fr" && spoken.size() == 10)
    return spoken.substr(8, 2) + "/" + spoken.substr(5, 2) + "/" + spoken.substr(0, 4);
  return spoken;
}

std::string Speech::clock(Instant at) const {
  const std::tm broken = local(at);
  return fmt::format("{:02}:{:02}", broken.tm_hour, broken.tm_min);
}

std::string Speech::when(const std::string& iso, Instant now) const {
  const auto at = parse_instant(iso);
  return at ? when(*at, now) : say("time.unknown");
}

std::string Speech::when(Instant at, Instant now) const { return moment("time.", at, now); }

std::string Speech::since(const std::string& iso, Instant now) const {
  const auto at = parse_instant(iso);
  return at ? moment("time.since_", *at, now) : "?";
}

std::string Speech::moment(const std::string& form, Instant at, Instant now) const {
  const std::tm then = local(at);
  if (same_day(then, local(now))) return say(form + "today", clock(at));
  if (same_day(then, local(day_before(now)))) return say(form + "yesterday", clock(at));
  return say(form + "date", day(then, language_), clock(at));
}

std::string Speech::ago(Instant at, Instant now) const {
  const std::int64_t minutes = (now.micros - at.micros) / second_micros / 60;
  if (minutes < 1) return say("time.now");
  if (minutes < 60) return say("time.minutes", minutes);
  if (minutes < 48 * 60) return say("time.hours", minutes / 60);
  return say("time.days", minutes / 60 / 24);
}

std::string Speech::duration(double seconds) const {
  return say("time.seconds", number(seconds < 10 ? fmt::format("{:.1f}", seconds)
                                                 : fmt::format("{:.0f}", seconds)));
}

}  // namespace miroir
