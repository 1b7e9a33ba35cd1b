// A small world with one customer, and the requests of a person named Anne.
#pragma once

#include <catch2/catch.hpp>

#include "tests/mirror/meeting_world.hpp"

namespace miroir::test {

inline bool says(const std::string& whole, const std::string& part) {
  INFO(whole);
  return whole.find(part) != std::string::npos;
}

inline std::int64_t ask(SmallWorld& world, const Asked& what) {
  return world.store.ask({.id = 0,
                          .made = "2026-01-31T16:00:00Z",
                          .by = "anne",
                          .reason = "",
                          .record = {},
                          .what = what});
}

inline EndedRequest last_request(const SmallWorld& world) {
  const auto ended = world.store.ended_requests(std::nullopt, 1);
  REQUIRE(ended.size() == 1);
  return ended.front();
}

class RequestWorld : public SmallWorld {
 public:
  explicit RequestWorld(const std::string& patch = "{}") : SmallWorld{small_mapping(patch)} {
    options.started = "2026-01-31T17:00:00Z";
    customer = new_customer(at_shop, "Aubert", "a@x.fr");
    seed();
    no = there(at_shop, "customer", customer);
  }

  void write_note(SiteId site, const std::string& note) {
    set(site, "customer", site == at_shop ? customer : no, site == at_shop ? "note" : "Note", note);
  }
  // The policy of notes is to ask a person.
  void disagree() {
    write_note(at_shop, "shop's");
    write_note(at_erp, "erp's");
  }
  Names notes() const {
    return {std::get<std::string>(get(at_shop, "customer", customer, "note")),
            std::get<std::string>(get(at_erp, "customer", no, "Note"))};
  }

  // By what is shown now of the only question.
  void answer(const std::string& value) {
    const auto held = store.held();
    REQUIRE(held.size() == 1);
    ask(*this, AnswerFields{{{held[0].id, value, held[0].candidates}}});
  }
  void answer_deletion(bool keep) {
    const auto held = store.held();
    REQUIRE(held.size() == 1);
    ask(*this, AnswerDeletion{held[0].id, keep, store.last_change(held[0].record)});
  }
  // The last decision about a field.
  void undo(const std::string& field) {
    for (const LoggedConflict& logged : store.conflicts(std::nullopt, 100)) {
      if (logged.field != field) continue;
      ask(*this, Undo{logged.id});
      return;
    }
    FAIL("nothing was decided about " + field);
  }

  EndedRequest last() const { return last_request(*this); }
  RecordId record() const { return store.find(at_shop, entity("customer").id, customer).value(); }
  std::size_t told(const std::string& event) const {
    const auto lines = store.history_of(record());
    return static_cast<std::size_t>(
        std::count_if(lines.begin(), lines.end(),
                      [&](const LoggedHistory& logged) { return logged.line.event == event; }));
  }
  std::size_t decisions_by(const std::string& rule) const {
    const auto decided = store.conflicts_of(record());
    return static_cast<std::size_t>(
        std::count_if(decided.begin(), decided.end(),
                      [&](const LoggedConflict& logged) { return logged.conflict.rule == rule; }));
  }

  struct Killed {};
  // Whether the cycle came as far as that step.
  bool kill_at(int step) {
    int n = 0;
    options.at_step = [&](const char*) {
      if (n++ == step) throw Killed{};
    };
    bool killed = false;
    try {
      cycle();
    } catch (const Killed&) {
      killed = true;
    }
    options.at_step = [](const char*) {};
    return killed;
  }

  Key customer, no;
};

}  // namespace miroir::test
