#include "tests/storm/clerk.hpp"

#include "tests/storm/users.hpp"

namespace miroir::storm {
namespace {

// What is one value and known by its token; addresses go as a whole, and steps only up.
bool is_decided_alone(const Field& field) {
  return field.type == FieldType::text && !field.group && field.name != "mark" &&
         field.name != "email";
}

template <class T>
const T* picked(const std::vector<T>& all, int pick) {
  return all.empty() ? nullptr : &all[static_cast<std::size_t>(pick) % all.size()];
}

}  // namespace

Token Clerk::token_of(RecordId record, const Field& field, const Value& value) const {
  const auto state = store_.record(record);
  const Entity& entity = mapping_.entity(state->entity);
  return ledger_.token_of(text_of(state->head[entity.field_index("mark").value()]), field.name,
                          value);
}

bool Clerk::ask(const Asked& what, Wish wish) {
  const std::int64_t id = store_.ask({.id = 0,
                                      .made = "2026-01-31T16:00:00Z",
                                      .by = "clerk",
                                      .reason = "",
                                      .record = {},
                                      .what = what});
  pending_.emplace(id, std::move(wish));
  return true;
}

// With what one of the two sites holds.
bool Clerk::answer(const Event& event) {
  std::vector<OpenHeld> questions;
  for (OpenHeld& one : store_.held()) {
    if (one.field && is_decided_alone(mapping_.entity(one.entity).fields[*one.field]))
      questions.push_back(std::move(one));
  }
  const OpenHeld* question = picked(questions, event.pick);
  if (question == nullptr) return false;
  const Field& field = mapping_.entity(question->entity).fields[*question->field];
  const Value& taken = question->candidates[index(event.site)];
  const Value& left = question->candidates[index(other(event.site))];
  return ask(AnswerFields{{{question->id, taken, question->candidates}}},
             {token_of(question->record, field, taken), {token_of(question->record, field, left)}});
}

bool Clerk::undo(const Event& event) {
  std::vector<LoggedConflict> decisions;
  for (LoggedConflict& one : store_.conflicts(std::nullopt, 1'000)) {
    const auto& of = one.conflict;
    if (!one.undone && of.field && is_decided_alone(mapping_.entity(of.entity).fields[*of.field]) &&
        store_.record(of.record))
      decisions.push_back(std::move(one));
  }
  const LoggedConflict* decision = picked(decisions, event.pick);
  if (decision == nullptr) return false;
  const Conflict& of = decision->conflict;
  const Field& field = mapping_.entity(of.entity).fields[*of.field];
  return ask(Undo{decision->id},
             {token_of(of.record, field, of.loser), {token_of(of.record, field, of.winner)}});
}

void Clerk::hear() {
  if (pending_.empty()) return;
  for (const EndedRequest& one : store_.ended_requests(std::nullopt, 1'000)) {
    const auto wish = pending_.find(one.request.id);
    if (wish == pending_.end()) continue;
    if (one.end.done && one.end.message.empty())
      ledger_.decided(wish->second.value, wish->second.saw);
    pending_.erase(wish);
  }
}

}  // namespace miroir::storm
