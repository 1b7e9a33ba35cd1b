#include "mirror/status/causes.hpp"

#include <algorithm>
#include <array>

namespace miroir {
namespace {

struct Sign {
  std::string_view words, cause;
};

// What miroir's lenses, PostgreSQL, MariaDB and SQLite say, in lower case; the first that is found.
constexpr std::array signs{
    Sign{"(limits.statement_seconds)", "slow"},
    Sign{"characters, the column takes", "too_long"},
    Sign{"value too long", "too_long"},
    Sign{"data too long", "too_long"},
    Sign{"too many digits", "too_long"},
    Sign{"numeric field overflow", "too_long"},
    Sign{"out of range", "too_long"},
    Sign{"is not in the table", "unknown_code"},
    Sign{"more than one row is alike", "alike"},
    Sign{"code page", "letters"},
    Sign{"incorrect string value", "letters"},
    Sign{"foreign key", "reference"},
    Sign{"is part of the key", "key"},
    Sign{"its key, ", "duplicate"},
    Sign{"unique", "duplicate"},
    Sign{"duplicate", "duplicate"},
    Sign{"not null", "required"},
    Sign{"not-null", "required"},
    Sign{"cannot be null", "required"},
    Sign{"names no blank", "required"},
    Sign{"check constraint", "rule"},
    Sign{"constraint", "rule"},
    Sign{"cannot be read", "unreadable"},
    Sign{"that no calendar has", "unreadable"},
    Sign{"the text is no", "unreadable"},
    Sign{"bytes are no text", "unreadable"},
    Sign{"that can be mirrored", "unreadable"},
    Sign{"the column gives a value", "unreadable"},
};

// What the engine says where it asks whether a record is to be deleted.
constexpr std::array deletion_signs{
    Sign{"still refer to it", "needed"},
    Sign{"other records need it", "needed"},
    Sign{"in none of the places", "vanished"},
    Sign{"it was deleted at ", "one_side"},
    Sign{"had been put back", "restored"},
    Sign{"deletion is wanted back", "undone"},
};

template <class Signs>
std::string first_in(const Signs& all, std::string_view text) {
  for (const Sign& sign : all) {
    if (text.find(sign.words) != std::string_view::npos) return std::string{sign.cause};
  }
  return "other";
}

}  // namespace

std::string cause_of(std::string_view reason) {
  std::string lower{reason};
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return first_in(signs, lower);
}

std::string deletion_cause_of(std::string_view reason) { return first_in(deletion_signs, reason); }

}  // namespace miroir
