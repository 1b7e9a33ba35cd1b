// What both sites hold when all has come to rest, read by SQL of the driver's own; and what miroir
// lists of the records that are in question.
#pragma once

#include <functional>

#include "tests/support/pair.hpp"
#include "tests/support/site_user.hpp"
#include "tests/turmoil/book.hpp"
#include "tests/turmoil/tables.hpp"
#include "tests/turmoil/verdict.hpp"

namespace miroir::turmoil {

class EndingReader {
 public:
  using Verb = std::function<test::Ended(std::vector<std::string>)>;
  EndingReader(test::Pair& pair, const Book& book, Verb verb)
      : pair_{pair}, book_{book}, verb_{std::move(verb)} {}

  // The ids of all deeds that the sites have committed.
  std::array<std::set<std::int64_t>, 2> committed();
  // Differences of the two sides, with fields that no person of this driver writes; and sums that
  // are wrong.
  std::vector<std::string> differences();
  void read_rows(Ending& ending);
  // Open questions; how to answer each of them. Asked before they are answered.
  std::vector<std::vector<std::string>> read_questions(const std::vector<Deed>& deeds,
                                                       Ending& ending);
  // Asks for the stories of these records.
  void read_stories(const std::set<std::string>& marks, const std::vector<Deed>& deeds,
                    Ending& ending);

  struct Decision {
    std::string field, time;
  };
  // Of all the stories that were read.
  const std::vector<Decision>& decisions() const { return decisions_; }

 private:
  using Owners = std::map<std::pair<std::string, std::string>, std::string>;  // Field, value: mark.

  void read_rows(test::SiteUser& user, Side side, Kind kind, Ending& ending);
  void read_lines(test::SiteUser& user, Side side, Ending& ending);
  void read_stock(test::SiteUser& user, Side side, Ending& ending);
  void see(Side side, const std::string& mark, Found found, Ending& ending) const;
  void list(const std::string& field, const nlohmann::json& value, const Owners& owners,
            Ending& ending) const;
  void read_story(const std::string& entity, const std::string& key, const std::string& mark,
                  const Owners& owners, Ending& ending);

  test::Pair& pair_;
  const Book& book_;
  Verb verb_;
  std::map<std::pair<std::string, std::string>, std::string> marks_;  // By entity and key.
  std::vector<Decision> decisions_;
};

}  // namespace miroir::turmoil
