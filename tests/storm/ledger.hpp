// Who wrote what, and what he saw when he did; and by that, at the end, whether anything is lost.
//
// A value that a person wrote is accounted for if both sites show it, if somebody overwrote it (or
// deleted its record) who had seen it, or if it stands in the conflict list or in an open question.
// Values are known by their tokens, which are unique: "17n" for what event 17 wrote as a name.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "mirror/stages.hpp"
#include "schema/value.hpp"

namespace miroir::storm {

using Token = std::string;

class Ledger {
 public:
  // However a site may write it (in capitals, cut after the token). What is not unique, as a blank,
  // is a token of this record's field alone.
  Token token_of(const std::string& mark, const std::string& field, const Value& value) const;

  // That a record's field refers to another record; to none: "". Whoever writes the same again
  // writes the same token, and twins are one.
  Token reference(const std::string& mark, const std::string& field, const std::string& to) const;

  void born(const std::string& mark) { births_.insert(mark); }
  // A part, typed in one transaction with its root: nobody may see the one without the other.
  void born_with(const std::string& root, const std::string& part) { parts_[root].push_back(part); }
  void wrote(const std::string& mark, const std::string& field, const Value& value,
             const Token& saw);
  void wrote_reference(const std::string& mark, const std::string& field, const std::string& to,
                       const Token& saw);
  // With everything that the person saw of it. What was added there and not yet read is gone with
  // it: if it comes back, nobody can count what it holds.
  void deleted(const std::string& mark, const std::vector<Token>& seen);
  // A person wrote once more, by the mirror, what stood in a question or had lost.
  void decided(const Token& token, const std::vector<Token>& saw);
  // Two marks of what the mirror may take for one record: nobody can count what it holds.
  void same(const std::string& mark, const std::string& as);
  // Deleted where it was not mirrored, or perhaps not yet again: what becomes of it elsewhere is
  // nobody's business.
  void deleted_out_of_sight(const std::string& mark) { out_of_sight_.insert(mark); }
  // Who writes next, where and when, by a clock that is right.
  void comes(SiteId site, std::int64_t micros) { site_ = site, now_ = micros; }
  // A row was changed, in whatever field.
  void edited(SiteId site, const std::string& mark) { edits_[index(site)][mark] = now_; }
  void stepped(const std::string& mark, std::size_t rank) {
    ranks_[mark] = std::max(ranks_[mark], rank);
  }
  void counted(const std::string& mark, std::int64_t amount) { counters_[mark] += amount; }

  bool was_deleted(const std::string& mark) const { return deletions_.contains(mark); }
  const std::map<std::string, std::vector<std::string>>& parts() const { return parts_; }
  // Deleted of an order that was not mirrored there: it may come back with it.
  void deleted_unseen(const std::string& mark) { unseen_.insert(mark); }
  bool was_deleted_unseen(const std::string& mark) const { return unseen_.contains(mark); }
  void left(const std::string& mark) { left_.insert(mark); }
  bool has_left(const std::string& mark) const { return left_.contains(mark); }
  bool is_out_of_sight(const std::string& mark) const { return out_of_sight_.contains(mark); }
  bool is_inexact(const std::string& mark) const { return inexact_.contains(mark); }
  // The highest step that anybody took with it.
  std::size_t highest(const std::string& mark) const {
    const auto found = ranks_.find(mark);
    return found == ranks_.end() ? 0 : found->second;
  }
  // When it was written; and when its row there was changed for the last time, by somebody.
  std::optional<std::int64_t> written_at(const Token& token) const;
  std::int64_t last_edit_where(const Token& token) const;
  const std::set<std::string>& births() const { return births_; }
  std::int64_t count(const std::string& mark) const {
    const auto found = counters_.find(mark);
    return found == counters_.end() ? 0 : found->second;
  }
  // The text that was written; nullptr: nobody wrote it.
  const std::string* text_of(const Token& token) const;
  // Whether it was written to this record, if anywhere.
  bool may_show(const std::string& mark, const Token& token) const;
  bool was_written(const Token& token) const { return writes_.contains(token); }
  // A blank that several people wrote, or that the record was born with too, is no one's; nor is
  // what was decided.
  bool has_one_author(const Token& token) const;
  // Whether the author of `later` had seen `earlier`, himself or by others; as far as what has one
  // author tells.
  bool follows(const Token& later, const Token& earlier) const;

  // Everything that is accounted for by what can be seen at the end.
  std::unordered_set<Token> accounted(const std::vector<Token>& seen_at_the_end) const;
  // What is not, in words.
  std::vector<std::string> vanished(const std::vector<Token>& seen_at_the_end) const;

 private:
  struct Write {
    std::string mark, field;
    SiteId site = SiteId::first;
    std::int64_t at = 0;
  };
  const std::string& first_mark(const std::string& mark) const;
  void note(const Token& token, const std::string& mark, const std::string& field,
            const Token& saw);
  enum class Blanks { followed, of_one_author };
  // These, and everything that their authors had seen.
  std::unordered_set<Token> with_what_was_seen(std::vector<Token> tokens, Blanks blanks) const;

  std::set<std::string> births_;
  std::map<std::string, std::vector<std::string>> parts_;
  std::map<Token, Write> writes_;
  std::unordered_map<Token, std::set<Token>> saw_;
  std::unordered_map<Token, int> times_;
  std::unordered_set<Token> blank_later_;  // The blanks of fields that were born with a value.
  std::unordered_map<Token, std::string> texts_;
  std::map<std::string, std::set<Token>> deletions_;
  std::map<std::string, std::int64_t> counters_;
  std::map<std::string, std::size_t> ranks_;
  PerSite<std::map<std::string, std::int64_t>> edits_;
  SiteId site_ = SiteId::first;
  std::int64_t now_ = 0;
  std::unordered_set<Token> decided_;
  std::set<std::string> inexact_, out_of_sight_, unseen_, left_;
  std::map<std::string, std::string> same_as_;
};

}  // namespace miroir::storm
