// Which records a resync is about: picked as they are found, shown, and kept as requests in a store
// that is thrown away, so that any number of them needs no memory and nothing is asked before the
// person has seen it all.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "mirror/cli/verbs.hpp"
#include "mirror/looking.hpp"

namespace miroir {

class ResyncChoice {
 public:
  // Throws VerbError (usage) for what the verb names and nobody knows.
  ResyncChoice(const Context& context, const Store& store, const ResyncVerb& verb);

  void add(const Look& seen);
  void finish();  // When all is found.

  std::optional<SiteId> from() const { return from_; }
  std::size_t chosen() const { return chosen_; }
  // What would be written over, and deleted, because one site is right or a row is gone.
  PerSite<std::size_t> overwritten() const { return overwritten_; }
  PerSite<std::size_t> deleted() const { return deleted_; }
  bool is_chosen(RecordId root) const { return records_.contains(root); }
  std::size_t left_out() const;  // Of those shown.
  nlohmann::ordered_json take_list() { return std::move(list_); }
  // All that was found, in short: another text as soon as a record or one of its values is another.
  const std::string& seen() const { return seen_; }

  // Requests of before that no cycle has carried out yet: what they name is not asked again.
  const std::vector<std::int64_t>& pending() const { return pending_; }
  // Asks all of it of a store; returns the ids.
  std::vector<std::int64_t> ask(Store& store) const;

 private:
  using Named = std::pair<SiteId, std::string>;  // Site, "entity key_text".

  void parse_where(const std::vector<std::string>& conditions);
  void load_pending();
  static std::string named(const std::string& entity, const Key& key);
  bool is_meant(const Look& seen) const;
  bool was_asked(const Finding& finding) const;
  bool has_values(const Finding& finding) const;
  void show(const Finding& finding);
  void count(const Finding& finding);
  void flush();

  const Context& context_;
  const Store& store_;
  const ResyncVerb& verb_;
  std::optional<SiteId> from_;
  std::vector<std::pair<std::size_t, Value>> where_;
  std::optional<std::set<RecordId>> since_;
  std::set<Named> asked_;
  std::vector<std::int64_t> pending_;
  std::string by_, reason_, seen_;
  Store requests_;
  Resync open_;  // Not in `requests_` yet.
  std::size_t chosen_ = 0;
  PerSite<std::size_t> overwritten_{}, deleted_{};
  std::set<RecordId> records_;
  nlohmann::ordered_json list_ = nlohmann::ordered_json::array();
};

}  // namespace miroir
