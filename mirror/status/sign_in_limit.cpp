#include "mirror/status/sign_in_limit.hpp"

#include <algorithm>

namespace miroir {
namespace {

std::string folded(std::string name) {
  std::transform(name.begin(), name.end(), name.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return name;
}

}  // namespace

bool SignInLimit::try_begin(const std::string& name, std::int64_t now) {
  const std::scoped_lock lock{mutex_};
  std::size_t all = 0;
  for (auto it = attempts_.begin(); it != attempts_.end();) {
    std::erase_if(it->second, [&](std::int64_t at) { return at <= now - window_seconds; });
    all += it->second.size();
    it = it->second.empty() ? attempts_.erase(it) : std::next(it);
  }
  const auto known = attempts_.find(folded(name));
  const std::size_t mine = known == attempts_.end() ? 0 : known->second.size();
  if (mine >= for_one_name || all >= for_all) return false;
  attempts_[folded(name)].push_back(now);
  return true;
}

void SignInLimit::succeeded(const std::string& name) {
  const std::scoped_lock lock{mutex_};
  attempts_.erase(folded(name));
}

}  // namespace miroir
