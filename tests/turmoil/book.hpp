// The driver's own log of what people did, shared by all threads: every transaction, acknowledged
// or in doubt; and the marks of the records that exist somewhere, for whoever looks for one to work
// on.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "tests/support/sample.hpp"
#include "tests/turmoil/ledger.hpp"

namespace miroir::turmoil {

class Book {
 public:
  // Unique in the whole run.
  std::int64_t number() { return ++last_number_; }
  double now() const;  // Seconds since the beginning.
  // The same, of an instant as miroir prints it; -1: it is none.
  double seconds_of(const std::string& instant) const;

  void acknowledged(Deed deed) { keep(std::move(deed), true); }
  // Its commit was sent, and no answer came.
  void in_doubt(Deed deed) { keep(std::move(deed), false); }

  // Records that are never deleted.
  void open(std::vector<std::string> customers, std::vector<std::string> products);
  void made_order(const std::string& mark);
  void made_visitor(const std::string& mark);
  // By which key its own site knows a record: people ask miroir for it by that.
  void known_as(const std::string& mark, const std::string& key);
  std::string key_of(const std::string& mark) const;

  // A few are everybody's favourites: that is what makes conflicts.
  std::string some_customer(sample::Dice& dice) const;
  std::string some_product(sample::Dice& dice) const;
  std::string some_order(sample::Dice& dice) const;  // "": none yet.
  std::string some_visitor(sample::Dice& dice) const;

  std::size_t count(Side side) const { return counts_[index(side)]; }  // Acknowledged.
  // By second since the beginning.
  std::vector<std::size_t> by_second() const;
  std::size_t doubts() const;

  // What happened, once it is known which of the transactions in doubt did. An acknowledged one
  // that its database does not know is named in `lost`.
  std::vector<Deed> happened(const std::array<std::set<std::int64_t>, 2>& committed,
                             std::vector<std::string>& lost) const;

 private:
  void keep(Deed deed, bool acknowledged);

  std::atomic<std::int64_t> last_number_ = 1000;
  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
  std::chrono::system_clock::time_point began_at_ = std::chrono::system_clock::now();
  std::array<std::atomic<std::size_t>, 2> counts_{};

  mutable std::mutex mutex_;
  std::vector<std::pair<Deed, bool>> deeds_;
  std::vector<std::string> customers_, products_, orders_, visitors_;
  std::map<std::string, std::string> keys_;
};

}  // namespace miroir::turmoil
