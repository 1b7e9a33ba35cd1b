// Passwords and the secrets that stand for them; the only place that knows libsodium. Any thread.
#pragma once

#include <string>

namespace miroir {

// Argon2id with a salt of its own, as text that holds all that checking takes. Takes 64 MiB and a
// good part of a second, which is the point.
std::string hash_password(const std::string& password);
bool is_password(const std::string& hash, const std::string& password);
// A hash that no password has: to check against it takes as long as against a real one.
const std::string& nobodys_hash();

std::string new_secret();                       // 256 random bits, as hexadecimal text.
std::string digest(const std::string& secret);  // What is kept of it: 32 bytes.
// What a form must carry to have come from a page that this session was shown.
std::string form_token(const std::string& session);
std::string fingerprint(const std::string& text);  // Short, for comparing what was shown.
// Takes as long wherever the two differ.
bool same_secret(const std::string& a, const std::string& b);

}  // namespace miroir
