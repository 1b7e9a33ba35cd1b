#include "mirror/status/passwords.hpp"

#include <sodium.h>

#include <array>
#include <mutex>
#include <stdexcept>

namespace miroir {
namespace {

void need_sodium() {
  if (::sodium_init() < 0) throw std::runtime_error{"libsodium cannot be used on this machine"};
}

// One at a time: many people who sign in at once must not take many times the memory.
std::mutex& one_at_a_time() {
  static std::mutex mutex;
  return mutex;
}

std::string hexadecimal(const unsigned char* bytes, std::size_t size) {
  std::string text(size * 2 + 1, '\0');
  ::sodium_bin2hex(text.data(), text.size(), bytes, size);
  text.pop_back();
  return text;
}

const unsigned char* bytes_of(const std::string& text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

std::string hashed(const std::string& text, std::size_t size) {
  need_sodium();
  std::string out(size, '\0');
  ::crypto_generichash(reinterpret_cast<unsigned char*>(out.data()), size, bytes_of(text),
                       text.size(), nullptr, 0);
  return out;
}

}  // namespace

std::string hash_password(const std::string& password) {
  need_sodium();
  const std::scoped_lock lock{one_at_a_time()};
  std::array<char, crypto_pwhash_STRBYTES> hash{};
  if (::crypto_pwhash_str(hash.data(), password.data(), password.size(),
                          crypto_pwhash_OPSLIMIT_INTERACTIVE,
                          crypto_pwhash_MEMLIMIT_INTERACTIVE) != 0) {
    throw std::runtime_error{"there is not enough memory to hash a password"};
  }
  return hash.data();
}

bool is_password(const std::string& hash, const std::string& password) {
  need_sodium();
  const std::scoped_lock lock{one_at_a_time()};
  return ::crypto_pwhash_str_verify(hash.c_str(), password.data(), password.size()) == 0;
}

const std::string& nobodys_hash() {
  static const std::string hash = hash_password(new_secret());
  return hash;
}

std::string new_secret() {
  need_sodium();
  std::array<unsigned char, 32> bytes{};
  ::randombytes_buf(bytes.data(), bytes.size());
  return hexadecimal(bytes.data(), bytes.size());
}

std::string digest(const std::string& secret) { return hashed(secret, 32); }

std::string form_token(const std::string& session) {
  const std::string bytes = hashed("form:" + session, 32);
  return hexadecimal(bytes_of(bytes), bytes.size());
}

std::string fingerprint(const std::string& text) {
  const std::string bytes = hashed(text, 16);
  return hexadecimal(bytes_of(bytes), bytes.size());
}

bool same_secret(const std::string& a, const std::string& b) {
  return a.size() == b.size() && ::sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace miroir
