// People who work all day: each a thread with a desk of its own. And one at each site who does
// nothing but look.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "tests/turmoil/desk.hpp"
#include "tests/turmoil/diary.hpp"

namespace miroir::turmoil {

class Person {
 public:
  // Works until destroyed. What he chooses depends on the seed and his name alone.
  Person(const test::SiteDatabase& site, Side side, Book& book, Diary& diary, std::uint64_t seed,
         const std::string& name);
  ~Person();
  Person(const Person&) = delete;
  Person& operator=(const Person&) = delete;

 private:
  void work();
  void one_deed(sample::Dice& dice);

  const test::SiteDatabase& site_;
  Side side_;
  Book& book_;
  Diary& diary_;
  std::uint64_t seed_;
  std::string name_;
  std::optional<Desk> desk_;
  std::atomic<bool> over_ = false;
  std::thread thread_;
};

// Counts every order's lines, again and again: those that were typed with it are all there, or it
// is not there.
class Watcher {
 public:
  Watcher(const test::SiteDatabase& site, Side side, const Book& book);
  ~Watcher();
  Watcher(const Watcher&) = delete;
  Watcher& operator=(const Watcher&) = delete;

  std::size_t looks() const { return looks_; }
  std::size_t orders() const { return orders_; }  // Each of them at each look.
  std::vector<std::string> complaints() const;

 private:
  void watch();
  void look(test::SiteUser& user);

  const test::SiteDatabase& site_;
  Side side_;
  const Book& book_;
  std::atomic<std::size_t> looks_ = 0, orders_ = 0;
  mutable std::mutex mutex_;
  std::vector<std::string> complaints_;
  std::atomic<bool> over_ = false;
  std::thread thread_;
};

}  // namespace miroir::turmoil
