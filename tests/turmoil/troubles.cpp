#include "tests/turmoil/troubles.hpp"

#include <fmt/format.h>
#include <signal.h>

#include <algorithm>

#include "tests/turmoil/desk.hpp"

namespace miroir::turmoil {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

std::chrono::milliseconds some_time(sample::Dice& dice, std::int64_t least, std::int64_t most) {
  return std::chrono::milliseconds{dice.between(least, most)};
}

Side some_side(sample::Dice& dice) { return dice.one_in(2) ? Side::shop : Side::erp; }

// Ends sessions of the database by the server's own means; how many.
std::size_t end_sessions(test::SiteUser& user, const std::string& dialect, bool of_miroir) {
  if (dialect == "postgres") {
    const std::string who = of_miroir ? "LIKE 'miroir/%'" : "NOT LIKE 'miroir/%'";
    return std::stoul(
        user.value("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = "
                   "current_database() AND pid <> pg_backend_pid() AND application_name " +
                   who));
  }
  // People come through the server's socket; miroir does not, and has a port behind its name.
  std::size_t ended = 0;
  for (const std::string& id : user.rows(fmt::format(
           "SELECT ID FROM information_schema.PROCESSLIST WHERE DB = DATABASE() AND ID <> "
           "CONNECTION_ID() AND HOST {} 'localhost'",
           of_miroir ? "<>" : "="))) {
    try {
      user.run("KILL " + id);
      ++ended;
    } catch (const std::exception&) {  // It has ended by itself.
    }
  }
  return ended;
}

}  // namespace

Troubles::Troubles(Surroundings& around, Book& book, Diary& diary, std::uint64_t seed)
    : around_{around}, book_{book}, diary_{diary}, seed_{seed}, thread_{[this] { work(); }} {}

Troubles::~Troubles() { stop(); }

void Troubles::stop() {
  over_ = true;
  if (thread_.joinable()) thread_.join();
}

std::vector<Troubles::Trouble> Troubles::shuffled(std::uint64_t round) const {
  std::vector<Trouble> bag{&Troubles::cut,          &Troubles::restart,   &Troubles::end_backends,
                           &Troubles::cut,          &Troubles::hold_rows, &Troubles::break_row,
                           &Troubles::end_backends, &Troubles::fill_disk, &Troubles::break_row,
                           &Troubles::slow_site};
  sample::Dice dice{seed_, "order of troubles", round};
  for (std::size_t n = bag.size(); n > 1; --n) std::swap(bag[n - 1], bag[dice.below(n)]);
  return bag;
}

void Troubles::work() {
  try {
    for (std::uint64_t round = 1; !over_; ++round) {
      const std::vector<Trouble> bag = shuffled(round);
      for (std::size_t n = 0; n < bag.size() && !over_; ++n) {
        sample::Dice dice{seed_, "trouble", round * 100 + n};
        (this->*bag[n])(dice);
        wait(some_time(dice, 200, 1'200));
        if (dice.one_in(3)) mend_oldest();
      }
    }
  } catch (const std::exception& error) {
    error_ = error.what();
  }
  for (const Side side : both_sides) around_.line->mend(side);
  around_.disk->empty();
}

void Troubles::wait(std::chrono::milliseconds at_most) const {
  const auto until = Clock::now() + at_most;
  while (!over_ && Clock::now() < until) std::this_thread::sleep_for(20ms);
}

void Troubles::cut(sample::Dice& dice) {
  const auto how = static_cast<Cut>(dice.below(3));
  const Side side = around_.servers[1] ? some_side(dice) : Side::shop;
  const bool both = around_.servers[1] && dice.one_in(3);
  const auto how_long = some_time(dice, 300, 3'500);
  const auto cut_one = [&](Side one) {
    around_.line->cut(one, how);
    diary_.note("cut",
                fmt::format("{}, {}, for {} ms", name_of(one), name_of(how), how_long.count()),
                one == side ? 1 : 0);
  };
  for (const Side one : both_sides) {
    if (both || one == side) cut_one(one);
  }
  wait(how_long);
  for (const Side one : both_sides) around_.line->mend(one);
  diary_.note("mended", "the line");
}

void Troubles::restart(sample::Dice& dice) {
  struct Way {
    const char* name;
    int postgres, mariadb;
  };
  constexpr Way ways[]{
      {"fast", SIGINT, SIGTERM}, {"immediate", SIGQUIT, SIGKILL}, {"kill -9", SIGKILL, SIGKILL}};
  const Way& way = ways[dice.below(3)];
  const Side side = around_.servers[1] ? some_side(dice) : Side::shop;
  const bool is_mariadb = around_.sites[index(side)]->dialect() == "mariadb";
  diary_.note("restart", fmt::format("{}, {}", name_of(side), way.name));
  around_.servers[index(side)]->restart(is_mariadb ? way.mariadb : way.postgres);
  diary_.note("started again", name_of(side));
}

void Troubles::end_backends(sample::Dice& dice) {
  const Side side = around_.servers[1] ? some_side(dice) : Side::shop;
  const bool of_miroir = !dice.one_in(3);
  const test::SiteDatabase& site = *around_.sites[index(side)];
  test::SiteUser user{site, test::SiteUser::As::administrator};
  // miroir is connected for a part of its time only.
  std::size_t ended = 0;
  const auto give_up = Clock::now() + 3s;
  while (ended == 0 && !over_ && Clock::now() < give_up) {
    ended = end_sessions(user, site.dialect(), of_miroir);
    std::this_thread::sleep_for(10ms);
  }
  if (ended > 0)
    diary_.note(
        "backend killed",
        fmt::format("{} of {} at the {}", ended, of_miroir ? "miroir" : "people", name_of(side)),
        ended);
}

void Troubles::fill_disk(sample::Dice& dice) {
  const auto how_long = some_time(dice, 1'000, 2'500);
  around_.disk->fill();
  diary_.note("disk full", fmt::format("for {} ms", how_long.count()));
  wait(how_long);
  around_.disk->empty();
  diary_.note("mended", "the disk");
}

// Somebody is called to the telephone in the middle of a change.
void Troubles::hold_rows(sample::Dice& dice) {
  const Side side = some_side(dice);
  const auto how_long = some_time(dice, 500, 2'000);
  try {
    Desk desk{*around_.sites[index(side)], side, book_, "absent"};
    std::optional<Deed> deed = desk.edit(Kind::customer, book_.some_customer(dice), {});
    diary_.note("hold",
                fmt::format("a customer of the {} for {} ms", name_of(side), how_long.count()));
    wait(how_long);
    desk.give_up();
  } catch (const std::exception& error) {
    diary_.note("deed failed", std::string{"absent: "} + error.what());
  }
}

// What miroir writes takes its time there: a transaction whose client is killed goes on without it.
void Troubles::slow_site(sample::Dice& dice) {
  const Side side = around_.servers[1] ? some_side(dice) : Side::shop;
  const double seconds = static_cast<double>(dice.between(4, 10)) / 10;
  test::SiteUser user{*around_.sites[index(side)]};
  slow_down(user, seconds);
  diary_.note("slow", fmt::format("the {}, {} s", name_of(side), seconds));
  wait(some_time(dice, 2'000, 4'000));
  slow_down(user, 0);
  diary_.note("mended", "the slow site");
}

bool Troubles::write(Side side, Kind kind, const std::string& mark, const std::string& field,
                     const std::string& value) {
  for (int attempt = 0; attempt < 5; ++attempt) {
    std::optional<Deed> deed;
    bool sent = false;
    try {
      Desk desk{*around_.sites[index(side)], side, book_, "clumsy"};
      deed = desk.edit(kind, mark, {{field, value}});
      if (!deed) return false;
      sent = true;
      desk.commit(*deed);
      book_.acknowledged(std::move(*deed));
      return true;
    } catch (const std::exception& error) {
      diary_.note(sent ? "in doubt" : "deed failed", std::string{"clumsy: "} + error.what());
      if (sent) {
        book_.in_doubt(std::move(*deed));
        return true;
      }
    }
  }
  return false;
}

// A value that its own site takes and the other one cannot hold, or refuses.
void Troubles::break_row(sample::Dice& dice) {
  struct Way {
    Side side;
    Kind kind;
    const char* field;
    bool too_long;
  };
  constexpr Way ways[]{{Side::shop, Kind::customer, "company", true},
                       {Side::shop, Kind::customer, "line1", false},
                       {Side::erp, Kind::order, "customer_note", false}};
  const Way& way = ways[dice.below(3)];
  const std::string mark =
      way.kind == Kind::order ? book_.some_order(dice) : book_.some_customer(dice);
  const std::string value =
      (way.too_long ? std::string(60, 'x') : std::string{refused}) + std::to_string(book_.number());
  if (mark.empty() || !write(way.side, way.kind, mark, way.field, value)) return;
  broken_.push_back({way.side, way.kind, mark, way.field});
  diary_.note("row broken", fmt::format("{} of {} at the {}", way.field, mark, name_of(way.side)));
}

// Others may have overwritten it and did not care. Where it was deleted it may come back as it was:
// its turn comes again.
void Troubles::mend_oldest() {
  if (broken_.empty()) return;
  const Broken row = broken_.front();
  broken_.erase(broken_.begin());
  if (write(row.side, row.kind, row.mark, row.field, value_for(row.field, book_.number())))
    diary_.note("row mended",
                fmt::format("{} of {} at the {}", row.field, row.mark, name_of(row.side)));
  else
    broken_.push_back(row);
}

void Troubles::mend_rows() {
  for (std::size_t n = broken_.size(); n > 0; --n) mend_oldest();
}

}  // namespace miroir::turmoil
