#include "tests/turmoil/arena.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iostream>
#include <optional>

#include "tests/turmoil/cycles.hpp"
#include "tests/turmoil/demands.hpp"
#include "tests/turmoil/ending.hpp"
#include "tests/turmoil/people.hpp"

namespace miroir::turmoil {
namespace {

constexpr int people_of_each_site = 2;
constexpr int cycles_to_rest_max = 30;

constexpr const char* kills_and_cuts[]{"kill", "cut"};

class Run {
 public:
  Run(const Plan& plan, test::Pair& pair, Surroundings& around)
      : plan_{plan},
        pair_{pair},
        around_{around},
        diary_{plan.logs / "events.log", book_},
        cycles_{pair, *around.line, *around.disk, diary_, plan.logs / "cycles", plan.seed},
        reader_{pair, book_, [this](auto words) { return cycles_.verb(std::move(words)); }} {}

  bool run() {
    furnish_and_seed(pair_, around_, book_);
    {
      const Watcher shop{pair_.shop(), Side::shop, book_}, erp{pair_.erp(), Side::erp, book_};
      turmoil();
      heal();
      for (const Watcher* watcher : {&shop, &erp}) {
        looks_ += watcher->looks();
        orders_seen_ += watcher->orders();
        for (const std::string& text : watcher->complaints()) complain("whole", "", text);
      }
    }
    for (const std::string& text : cycles_.complaints()) complain("cycle", "", text);
    if (at_rest_) judge_all();
    for (Complaint& complaint : demand_enough(happened()))
      complaints_.push_back(std::move(complaint));
    print_table();
    print_complaints();
    return complaints_.empty();
  }

 private:
  void complain(const std::string& rule, const std::string& mark, const std::string& text) {
    complaints_.push_back({rule, mark, text});
  }

  void turmoil() {
    began_ = book_.now();
    for (const Side side : both_sides) before_[index(side)] = book_.count(side);
    Troubles troubles{around_, book_, diary_, plan_.seed};
    {
      std::vector<std::unique_ptr<Person>> people;
      for (int n = 1; n <= people_of_each_site; ++n) {
        for (const Side side : both_sides) {
          test::SiteDatabase& site = side == Side::shop ? pair_.shop() : pair_.erp();
          people.push_back(std::make_unique<Person>(site, side, book_, diary_, plan_.seed,
                                                    fmt::format("{} person {}", name_of(side), n)));
        }
      }
      while (book_.now() - began_ < plan_.minutes * 60) cycles_.one_in_turmoil();
      ended_ = book_.now();
      for (const Side side : both_sides)
        acknowledged_[index(side)] = book_.count(side) - before_[index(side)];
      troubles.stop();
    }
    troubles.mend_rows();
    // Who was deleted at one side and changed at the other comes back, with what was refused.
    for (int n = 0; n < 2; ++n) cycles_.one_in_peace();
    troubles.mend_rows();
    if (!troubles.error().empty()) complain("driver", "", troubles.error());
  }

  // True once a cycle had nothing to do; false: they never come to rest.
  bool come_to_rest() {
    nlohmann::json last;
    for (int n = 0; n < cycles_to_rest_max; ++n) {
      const test::Pair::Cycle cycle = cycles_.one_in_peace();
      last = cycle.report;
      if (is_at_rest(cycle.exit_code, last)) return true;
    }
    complain("rest", "",
             fmt::format("after {} cycles in peace there is still work: {}", cycles_to_rest_max,
                         last.dump()));
    return false;
  }

  void heal() {
    diary_.note("healing", "begins");
    at_rest_ = come_to_rest();
    deeds_ = book_.happened(reader_.committed(), lost_);
    // People answer what waits for them, until nothing does.
    for (int round = 0; at_rest_ && round < 5; ++round) {
      reader_.read_rows(ending_);
      const auto answers = reader_.read_questions(deeds_, ending_);
      if (answers.empty()) break;
      questions_ += answers.size();
      for (const auto& answer : answers) {
        const test::Ended ended = cycles_.verb(answer);
        if (ended.exit_code != 0)
          complain("question", "",
                   fmt::format("{} of {}: {}{}", answer.at(3), answer.at(2), ended.out, ended.err));
      }
      at_rest_ = come_to_rest();
    }
  }

  void judge_all() {
    reader_.read_rows(ending_);
    for (const std::string& deed : lost_)
      complain("driver", "", "a server forgot the acknowledged transaction " + deed);
    std::set<std::string> in_question;
    for (const Complaint& complaint : judge(deeds_, ending_)) in_question.insert(complaint.mark);
    reader_.read_stories(in_question, deeds_, ending_);
    for (Complaint& complaint : judge(deeds_, ending_)) complaints_.push_back(std::move(complaint));
    for (const std::string& text : reader_.differences()) complain("equal", "", text);
    const test::Ended verified = cycles_.verb({"verify", "--json"});
    if (verified.exit_code != 0) complain("verify", "", verified.out.substr(0, 2'000));
  }

  // Decided by cycles that began between these seconds.
  std::size_t conflicts(double from, double to) const {
    return static_cast<std::size_t>(std::count_if(
        reader_.decisions().begin(), reader_.decisions().end(), [&](const auto& decision) {
          const double at = book_.seconds_of(decision.time);
          return !decision.field.empty() && at >= from && at < to;
        }));
  }

  Happened happened() const {
    Happened all{.seconds = ended_ - began_,
                 .acknowledged = acknowledged_,
                 .kills_and_cuts = diary_.count(kills_and_cuts, began_, ended_),
                 .kills = cycles_.kills(),
                 .minutes = {}};
    const auto by_second = book_.by_second();
    for (double from = began_; from + 60 <= ended_ + 1; from += 60) {
      Happened::Minute& minute = all.minutes.emplace_back();
      minute.from = from;
      for (auto n = static_cast<std::size_t>(from); n < static_cast<std::size_t>(from) + 60; ++n)
        minute.acknowledged += n < by_second.size() ? by_second[n] : 0;
      minute.faults = diary_.count(fault_kinds, from, from + 60);
      if (at_rest_) minute.conflicts = conflicts(from, from + 60);  // Only then they were looked for.
    }
    return all;
  }

  void print_table() const {
    const auto line = [](const std::string& what, const auto& value) {
      std::cout << fmt::format("  {:<34} {}\n", what, value);
    };
    std::cout << fmt::format("\n{}, seed {}, {:.0f} s of turmoil\n", test::name_of(plan_.pair),
                             plan_.seed, ended_ - began_);
    for (const Side side : both_sides)
      line(fmt::format("acknowledged at the {}", name_of(side)),
           fmt::format("{} ({:.0f} a second)", acknowledged_[index(side)],
                       static_cast<double>(acknowledged_[index(side)]) / (ended_ - began_)));
    line("commits without an answer", book_.doubts());
    line("deeds that failed", diary_.count("deed failed"));
    for (const auto& [outcome, times] : cycles_.outcomes()) line("cycles: " + outcome, times);
    for (const auto& [where, times] : cycles_.kills()) line("killed " + where, times);
    for (const char* kind : fault_kinds) line(kind, diary_.count(kind));
    line("row mended", diary_.count("row mended"));
    line("conflicts in one field, listed", conflicts(0, book_.now()));
    line("questions, answered in the end", questions_);
    line("orders watched", fmt::format("{} in {} looks", orders_seen_, looks_));
    line("records at the end", fmt::format("{} in the shop, {} in the erp", ending_.rows[0].size(),
                                           ending_.rows[1].size()));
  }

  void print_complaints() const {
    if (complaints_.empty()) {
      std::cout << "  every promise was kept\n" << std::flush;
      return;
    }
    std::cout << fmt::format("\n{} complaints; seed {}; all cycles and events: {}\n",
                             complaints_.size(), plan_.seed, plan_.logs.string());
    std::size_t shown = 0;
    for (const Complaint& c : complaints_) {
      if (++shown > 60) break;
      std::cout << fmt::format("  {}: {}{}\n", c.rule, c.mark.empty() ? "" : c.mark + ": ", c.text);
    }
    std::cout << std::flush;
  }

  const Plan& plan_;
  test::Pair& pair_;
  Surroundings& around_;
  Book book_;
  Diary diary_;
  Cycles cycles_;
  EndingReader reader_;
  double began_ = 0, ended_ = 0;
  std::array<std::size_t, 2> before_{}, acknowledged_{};
  std::size_t looks_ = 0, orders_seen_ = 0, questions_ = 0;
  bool at_rest_ = false;
  std::vector<Deed> deeds_;
  std::vector<std::string> lost_;
  Ending ending_;
  std::vector<Complaint> complaints_;
};

}  // namespace

bool run(const Plan& plan, test::Pair& pair, Surroundings& around) {
  return Run{plan, pair, around}.run();
}

}  // namespace miroir::turmoil
