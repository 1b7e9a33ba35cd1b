#include "tests/storm/ledger.hpp"

#include <algorithm>

namespace miroir::storm {

Token Ledger::token_of(const std::string& mark, const std::string& field,
                       const Value& value) const {
  const auto* number = std::get_if<std::int64_t>(&value);
  if (number != nullptr && *number != 0) return std::to_string(*number) + "#";
  const auto* text = std::get_if<std::string>(&value);
  if (text == nullptr || text->empty()) {
    return "=" + first_mark(mark) + "." + field;
  }
  Token token = text->substr(0, text->find('-'));
  std::transform(token.begin(), token.end(), token.begin(), [](unsigned char c) {
    return static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  });
  return token;
}

Token Ledger::reference(const std::string& mark, const std::string& field,
                        const std::string& to) const {
  return first_mark(mark) + "." + field + ">" + first_mark(to);
}

void Ledger::note(const Token& token, const std::string& mark, const std::string& field,
                  const Token& saw) {
  writes_[token] = {mark, field, site_, now_};
  ++times_[token];
  if (!saw.empty()) saw_[token].insert(saw);
}

void Ledger::wrote_reference(const std::string& mark, const std::string& field,
                             const std::string& to, const Token& saw) {
  note(reference(mark, field, to), mark, field, saw);
}

void Ledger::wrote(const std::string& mark, const std::string& field, const Value& value,
                   const Token& saw) {
  const Token token = token_of(mark, field, value);
  note(token, mark, field, saw);
  if (saw.empty()) blank_later_.insert(token_of(mark, field, Null{}));
  if (const auto* text = std::get_if<std::string>(&value)) texts_[token] = *text;
}

void Ledger::decided(const Token& token, const std::vector<Token>& saw) {
  decided_.insert(token);
  saw_[token].insert(saw.begin(), saw.end());
}

void Ledger::deleted(const std::string& mark, const std::vector<Token>& seen) {
  deletions_[mark].insert(seen.begin(), seen.end());
  inexact_.insert(mark);
}

void Ledger::same(const std::string& mark, const std::string& as) {
  inexact_.insert(mark);
  inexact_.insert(as);
  same_as_[mark] = first_mark(as);
}

const std::string& Ledger::first_mark(const std::string& mark) const {
  const auto same = same_as_.find(mark);
  return same == same_as_.end() ? mark : same->second;
}

bool Ledger::may_show(const std::string& mark, const Token& token) const {
  const auto write = writes_.find(token);
  return write == writes_.end() || first_mark(write->second.mark) == first_mark(mark);
}

const std::string* Ledger::text_of(const Token& token) const {
  const auto found = texts_.find(token);
  return found == texts_.end() ? nullptr : &found->second;
}

std::optional<std::int64_t> Ledger::written_at(const Token& token) const {
  const auto write = writes_.find(token);
  return write == writes_.end() ? std::nullopt : std::optional{write->second.at};
}

std::int64_t Ledger::last_edit_where(const Token& token) const {
  const Write& write = writes_.at(token);
  std::int64_t last = write.at;
  for (const auto& [mark, at] : edits_[index(write.site)]) {
    if (first_mark(mark) == first_mark(write.mark)) last = std::max(last, at);
  }
  return last;
}

std::unordered_set<Token> Ledger::with_what_was_seen(std::vector<Token> tokens,
                                                     Blanks blanks) const {
  std::unordered_set<Token> known;
  while (!tokens.empty()) {
    const Token next = std::move(tokens.back());
    tokens.pop_back();
    if (!known.insert(next).second) continue;
    if (blanks == Blanks::of_one_author && !has_one_author(next)) continue;
    if (const auto saw = saw_.find(next); saw != saw_.end())
      tokens.insert(tokens.end(), saw->second.begin(), saw->second.end());
  }
  return known;
}

std::unordered_set<Token> Ledger::accounted(const std::vector<Token>& seen_at_the_end) const {
  std::vector<Token> tokens = seen_at_the_end;
  for (const auto& [mark, seen] : deletions_) tokens.insert(tokens.end(), seen.begin(), seen.end());
  return with_what_was_seen(std::move(tokens), Blanks::followed);
}

bool Ledger::has_one_author(const Token& token) const {
  if (decided_.contains(token)) return false;
  const bool blank = token.front() == '=';
  const auto times = times_.find(token);
  return !blank || times == times_.end() || (times->second == 1 && blank_later_.contains(token));
}

bool Ledger::follows(const Token& later, const Token& earlier) const {
  return later != earlier && with_what_was_seen({later}, Blanks::of_one_author).contains(earlier);
}

std::vector<std::string> Ledger::vanished(const std::vector<Token>& seen_at_the_end) const {
  const std::unordered_set<Token> known = accounted(seen_at_the_end);
  std::vector<std::string> lost;
  for (const auto& [token, write] : writes_) {
    if (!known.contains(token))
      lost.push_back("the write " + token + " of " + write.mark + "." + write.field + " vanished");
  }
  return lost;
}

}  // namespace miroir::storm
