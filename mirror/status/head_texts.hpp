// The texts of all heads, in memory: to read them from the file takes a search a third of a second
// for 130,000 records. Read once, and brought up to date from the history, by the first search after
// a change. About 100 bytes a record; where there are too many, only the last ones. Any thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <mutex>
#include <string>
#include <vector>

#include "mirror/state/log_mark.hpp"
#include "mirror/state/store.hpp"

namespace miroir {

// Without case, and without the accents of Latin letters: "chateau" finds "Château".
std::string folded(const std::string& text);

class HeadTexts {
 public:
  static constexpr std::size_t usual_bytes_max = 50'000'000;
  explicit HeadTexts(std::size_t bytes_max = usual_bytes_max) : bytes_max_{bytes_max} {}

  struct Found {
    EntityId entity;
    std::vector<RecordId> records;  // The last ones first.
    RecordId from;                  // Older ones are not kept: the caller looks at their heads.
  };
  // Alive records with this in a text of theirs, as far as is known: one may have changed since.
  // By entity, in the mapping's order. `store` reads within a transaction (Store::Reading).
  std::vector<Found> find(const std::filesystem::path& state, const Store& store,
                          const Mapping& mapping, const std::string& folded_text);
  // Makes the next search a quick one.
  void follow(const std::filesystem::path& state, const Store& store, const Mapping& mapping);
  std::size_t bytes() const;  // Of texts, and of what was said before as long as it takes room.

 private:
  struct Place {  // In `all`.
    std::int64_t record;
    std::uint32_t begin, size;
  };
  struct Texts {
    EntityId entity;
    std::vector<Place> places{};  // By record.
    std::string all{};            // With blanks where something was said before.
    RecordId from{0};
    std::size_t said = 0;  // How much `all` was when it had no blanks.
  };

  void follow_locked(const std::filesystem::path& state, const Store& store,
                     const Mapping& mapping);
  void read_all(const Store& store, const Mapping& mapping);
  void read(const Store& store, Texts& texts, std::size_t bytes_before);
  void update(const Store& store, RecordId record);
  static void put(Texts& texts, RecordId record, const std::string& text);
  static void blank(Texts& texts, RecordId record);
  static void close_up(Texts& texts);

  const std::size_t bytes_max_;
  mutable std::mutex mutex_;  // Guards all below.
  std::string made_of_;  // Which store, by which mapping.
  LogMark mark_;
  std::vector<Texts> texts_;  // In the mapping's order, without parts.
};

}  // namespace miroir
