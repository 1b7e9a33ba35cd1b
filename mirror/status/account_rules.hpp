// What may be the name of an account, and what its password: the same on the page and on the shell.
// Pure.
#pragma once

#include <cstddef>
#include <string>

namespace miroir {

inline constexpr std::size_t account_name_length_max = 100;  // Bytes.
inline constexpr std::size_t password_length_min = 10;
inline constexpr std::size_t password_length_max = 500;

bool may_be_account_name(const std::string& name);  // One line, with no blanks at its ends.
bool may_be_password(const std::string& password);

}  // namespace miroir
