#include "mirror/status/account_rules.hpp"

#include <algorithm>

namespace miroir {

bool may_be_account_name(const std::string& name) {
  if (name.empty() || name.size() > account_name_length_max) return false;
  if (name.front() == ' ' || name.back() == ' ') return false;
  return std::none_of(name.begin(), name.end(),
                      [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; });
}

bool may_be_password(const std::string& password) {
  return password.size() >= password_length_min && password.size() <= password_length_max;
}

}  // namespace miroir
