// What people ask of the next cycle, as the store keeps it. Only a cycle moves heads: who answers,
// undoes, links or tries again writes a request, with what he was shown, and the next cycle carries
// it out or says why not. Plain values.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "schema/ids.hpp"
#include "schema/value.hpp"

namespace miroir {

// What held fields are to hold from now on: one, or a group that is decided together.
struct Choice {
  std::int64_t held = 0;
  Value value;
  std::array<Value, 2> seen;  // What the sites held when the question was shown.
};
struct AnswerFields {
  std::vector<Choice> choices;
};
// Whether a record stays about whose deletion is asked.
struct AnswerDeletion {
  std::int64_t held = 0;
  bool keep = true;
  std::int64_t seen = 0;  // Store::last_change of the record when it was shown.
};
// The losing value of a decision comes back.
struct Undo {
  std::int64_t decision = 0;
};
// What was set aside is tried at once.
struct Retry {
  std::int64_t set_aside = 0;
};
// Two records, or rows that wait for being told apart, become one.
struct Link {
  std::string entity;
  std::array<Key, 2> keys;
};
// One record becomes two. What refers to it stays with the row of `keeper`; nullopt: nothing must.
struct Unlink {
  RecordId record;
  std::optional<SiteId> keeper;
};
// Records of which a site differs from what is known of it, and nothing has captured it, or that
// differ and of which one site is declared right.
struct Resync {
  // A row as the person saw it, in the site's own values.
  struct SeenRow {
    std::string entity;
    Key key;
    Row row;
  };
  struct Root {
    std::array<std::optional<Key>, 2> keys;    // At least one.
    std::array<std::vector<SeenRow>, 2> seen;  // With `from`: all rows of its aggregate.
  };
  std::string entity;          // The root entity.
  std::optional<SiteId> from;  // nullopt: they are read again and merged.
  std::vector<Root> roots;
};
// A question, or what is set aside, troubles nobody until it changes; or it waits again. No cycle is
// needed for that: nothing moves.
struct Ignoring {
  struct Question {
    std::int64_t held = 0;
    std::array<Value, 2> seen;  // As in Choice.
    std::int64_t change = 0;    // As in AnswerDeletion; of a field nothing.
  };
  struct SetAside {
    std::int64_t id = 0, since = 0;  // The cycle: numbers are used again.
    std::string what;                // "order W1"
  };
  bool ignored = true;              // false: it waits again.
  std::vector<Question> questions;  // One, or several fields that are decided together.
  std::optional<SetAside> set_aside;
};
using Asked = std::variant<AnswerFields, AnswerDeletion, Undo, Retry, Link, Unlink, Resync, Ignoring>;

// Whether it is an answer to this question.
inline bool is_answer_to(const Asked& what, std::int64_t held) {
  if (const auto* deletion = std::get_if<AnswerDeletion>(&what)) return deletion->held == held;
  const auto* answer = std::get_if<AnswerFields>(&what);
  return answer != nullptr &&
         std::any_of(answer->choices.begin(), answer->choices.end(),
                     [&](const Choice& choice) { return choice.held == held; });
}
// Whether both answer one question; fields that are decided together are one.
inline bool answer_the_same(const Asked& one, const Asked& other) {
  if (const auto* deletion = std::get_if<AnswerDeletion>(&one))
    return is_answer_to(other, deletion->held);
  const auto* answer = std::get_if<AnswerFields>(&one);
  return answer != nullptr &&
         std::any_of(answer->choices.begin(), answer->choices.end(),
                     [&](const Choice& choice) { return is_answer_to(other, choice.held); });
}

struct Request {
  std::int64_t id = 0;
  std::string made;  // ISO, UTC
  std::string by;
  std::string reason;              // "": none was given.
  std::optional<RecordId> record;  // In whose story it is told, where that is known already.
  Asked what;
};

// How a request ended in whose place the same person asked something else; before any cycle.
inline std::string replaced_by(std::int64_t request) {
  return "replaced by request " + std::to_string(request);
}

struct RequestEnd {
  bool done = false;    // false: refused.
  std::string message;  // Why it was refused, or what is to be known besides.
  std::optional<RecordId> record;
  CycleNumber cycle;
};
struct EndedRequest {
  Request request;
  RequestEnd end;
};

}  // namespace miroir
