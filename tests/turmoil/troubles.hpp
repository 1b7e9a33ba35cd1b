// What goes wrong around miroir, one trouble after the other, in an order drawn from the seed:
// every kind comes once before any comes again.
#pragma once

#include <array>
#include <atomic>
#include <optional>
#include <thread>

#include "tests/support/site_database.hpp"
#include "tests/turmoil/diary.hpp"
#include "tests/turmoil/disk.hpp"
#include "tests/turmoil/line.hpp"
#include "tests/turmoil/server.hpp"
#include "tests/turmoil/tables.hpp"

namespace miroir::turmoil {

// The surroundings of a pair. All of it outlives whoever uses it.
struct Surroundings {
  std::array<test::SiteDatabase*, 2> sites{};
  std::array<std::optional<Server>, 2> servers;  // A file has none.
  Line* line = nullptr;
  Disk* disk = nullptr;
};

class Troubles {
 public:
  Troubles(Surroundings& around, Book& book, Diary& diary, std::uint64_t seed);
  ~Troubles();  // When the one that goes on is over. The line is mended, the disk empty.
  Troubles(const Troubles&) = delete;
  Troubles& operator=(const Troubles&) = delete;

  // Only then: what it threw, which is a failure of the driver's.
  std::string error() const { return error_; }
  void stop();
  // Mends what is still broken and there; what was deleted meanwhile may be there the next time.
  void mend_rows();

 private:
  using Trouble = void (Troubles::*)(sample::Dice&);

  void work();
  std::vector<Trouble> shuffled(std::uint64_t round) const;
  void cut(sample::Dice& dice);
  void restart(sample::Dice& dice);
  void end_backends(sample::Dice& dice);
  void fill_disk(sample::Dice& dice);
  void hold_rows(sample::Dice& dice);
  void slow_site(sample::Dice& dice);
  void break_row(sample::Dice& dice);
  void mend_oldest();
  void wait(std::chrono::milliseconds at_most) const;
  bool write(Side side, Kind kind, const std::string& mark, const std::string& field,
             const std::string& value);

  struct Broken {
    Side side;
    Kind kind;
    std::string mark, field;
  };
  Surroundings& around_;
  Book& book_;
  Diary& diary_;
  std::uint64_t seed_;
  std::vector<Broken> broken_;
  std::string error_;
  std::atomic<bool> over_ = false;
  std::thread thread_;
};

}  // namespace miroir::turmoil
