#include "tests/storm/judge.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "mirror/lensing.hpp"
#include "schema/row_codec.hpp"

namespace miroir::storm {
namespace {

struct FieldName {
  const char* name;
  Columns columns;
};

class Judge {
 public:
  Judge(const World& world, const Store& store)
      : world_{world}, store_{store}, t_{world.tables()}, ledger_{world.ledger()} {}

  std::vector<Failure> judge() {
    read_conflicts();
    read_open_questions();
    read_set_aside();
    read_rows();
    for (const Entity& entity : t_.mapping.entities) compare(entity);
    check_births();
    check_deletions();
    check_counters(t_.item, t_.items.stock, "stock");
    check_counters(t_.customer, t_.customers.points, "points");
    for (const std::string& lost : ledger_.vanished(seen_)) fail("vanished", lost);
    for (const std::string& half : world_.halves()) fail("whole", half);
    return std::move(failures_);
  }

 private:
  void fail(const char* rule, std::string text) { failures_.push_back({rule, std::move(text)}); }

  std::string mark_of(const RecordState& state) const {
    const Entity& entity = t_.mapping.entity(state.entity);
    return text_of(state.head[entity.field_index("mark").value()]);
  }

  // A record is known by its mark; a value that refers to one holds its number.
  Token token_of(const std::string& mark, const Field& field, const Value& canonical) const {
    if (!field.refers_to) return ledger_.token_of(mark, field.name, canonical);
    if (is_null(canonical)) return ledger_.reference(mark, field.name, "");
    const auto to = store_.record(RecordId{std::get<std::int64_t>(canonical)});
    return ledger_.reference(mark, field.name, to ? mark_of(*to) : "?");
  }

  void read_conflicts() {
    for (const LoggedConflict& logged : store_.conflicts(std::nullopt, 100'000)) {
      const Conflict& conflict = logged.conflict;
      const auto state = store_.record(conflict.record);
      const std::string mark = state ? mark_of(*state) : "";
      if (!conflict.field) {
        disputed_.insert(mark);
        continue;
      }
      if (logged.field == "mark") united_.insert(text_of(conflict.loser));
      const Field& field = t_.mapping.entity(conflict.entity).fields[*conflict.field];
      const Token loser = token_of(mark, field, conflict.loser);
      seen_.push_back(loser);
      if (is_text(logged.field) && !ledger_.was_written(loser))
        fail("invented", fmt::format("nobody wrote '{}' as {} of {}, but it lost a conflict",
                                     display(conflict.loser), logged.field, mark));
      judge_winner(mark, logged, loser);
      judge_times(mark, logged, loser);
    }
  }

  // Whoever wrote a value may not lose to one that he had seen, unless the winner is what a site's
  // trigger made of it.
  void judge_winner(const std::string& mark, const LoggedConflict& logged, const Token& loser) {
    const Conflict& conflict = logged.conflict;
    const Token winner = ledger_.token_of(mark, logged.field, conflict.winner);
    const std::string* written = ledger_.text_of(winner);
    const bool rewritten = written != nullptr && *written != text_of(conflict.winner);
    if (!is_text(logged.field) || rewritten) return;
    if (!ledger_.has_one_author(loser) || !ledger_.has_one_author(winner)) return;
    if (ledger_.follows(loser, winner))
      fail("reversed",
           fmt::format("{} of {}: '{}' lost to '{}', which its author had seen", logged.field, mark,
                       display(conflict.loser), display(conflict.winner)));
  }

  // Where clocks go on, however wrong, the later change wins. It is the row's last change that
  // counts, of whatever field.
  void judge_times(const std::string& mark, const LoggedConflict& logged, const Token& loser) {
    const Token winner = ledger_.token_of(mark, logged.field, logged.conflict.winner);
    if (logged.field != "phone" || world_.was_set() || !ledger_.has_one_author(loser) ||
        !ledger_.has_one_author(winner))
      return;
    const auto lost = ledger_.written_at(loser);
    if (lost && ledger_.written_at(winner) && *lost > ledger_.last_edit_where(winner))
      fail("reversed",
           fmt::format("phone of {}: '{}' lost to '{}', which is older", mark,
                       display(logged.conflict.loser), display(logged.conflict.winner)));
  }

  static bool is_text(const std::string& field) {
    return field == "name" || field == "city" || field == "state" || field == "what" ||
           field == "phone" || field == "street" || field == "zip";
  }

  // What an open question shows, a person can decide.
  void read_open_questions() {
    for (const OpenHeld& open : store_.held()) {
      if (!open.field) continue;
      held_.insert({open.record, *open.field});
      // No two sites here rewrite one field.
      if (open.why == HoldReason::rewriting) fail("invented", "a question whether " + open.reason);
      const auto state = store_.record(open.record);
      const Entity& entity = t_.mapping.entity(open.entity);
      for (const Value& candidate : open.candidates)
        seen_.push_back(token_of(mark_of(*state), entity.fields[*open.field], candidate));
    }
  }

  // What the mirror cannot write waits for a person; so does what refers to it, and what that
  // referred to before.
  void read_set_aside() {
    if (store_.count_set_aside() == 0) return;
    for (const Entity& entity : t_.mapping.entities) {
      for (const SiteId site : both_sites) {
        for (const bool gone : {false, true}) {
          for (const RecordId root :
               store_.behind(site, entity.id, gone, RecordId{}, CycleNumber{1'000'000}, 1'000)) {
            for (const RecordState& state : store_.aggregate(root)) waiting_.insert(mark_of(state));
          }
        }
      }
    }
  }

  void read_rows() {
    for (const SiteId site : both_sites) {
      for (const Entity& entity : t_.mapping.entities) {
        const std::size_t column = t_.mark_of(entity.id)[index(site)];
        for (const auto& [key, row] : world_.at(site).rows(entity.id)) {
          const std::string mark = text_of(row[column]);
          if (!marks_[index(site)].insert(mark).second)
            fail("once", fmt::format("{} is there twice at {}", mark, name(site)));
          if (entity.id == t_.line && site == at_shop) root_of_[mark] = order_of(row);
          see(site, entity, mark, row);
          if (entity.id == t_.customer) check_address(site, mark, row);
        }
      }
    }
  }

  std::string order_of(const Row& line) const {
    const Row* order = world_.at(at_shop).find(t_.order, {line[t_.lines.order[0]]});
    return order == nullptr ? "" : text_of((*order)[t_.orders.mark[0]]);
  }

  void see(SiteId site, const Entity& entity, const std::string& mark, const Row& row) {
    for (const Field& field : entity.fields) {
      if (field.refers_to) {
        see_reference(site, field, mark, row);
        continue;
      }
      if (std::holds_alternative<Counter>(field.policy)) continue;
      if (field.name == "stage") {
        check_stage(mark, Tables::rank_of(site, row[field.at[index(site)].column()]));
        continue;
      }
      const Value& value = row[field.at[index(site)].column()];
      const Token token = ledger_.token_of(mark, field.name, value);
      seen_.push_back(token);
      if (!ledger_.may_show(mark, token))
        fail("misplaced", fmt::format("{} shows {}, which was written elsewhere", mark, token));
      const std::string* written = ledger_.text_of(token);
      if (site == at_shop && field.name == "city" && written && *written != text_of(value))
        fail("vanished", fmt::format("{} of {} is cut to '{}'", *written, mark, text_of(value)));
    }
  }

  void see_reference(SiteId site, const Field& field, const std::string& mark, const Row& row) {
    const Value& value = row[field.at[index(site)].column()];
    const std::string to = mark_referred_to(t_, world_.at(site), site, *field.refers_to, value);
    seen_.push_back(ledger_.reference(mark, field.name, to));
    if (!ledger_.was_written(seen_.back()))
      fail("misplaced", fmt::format("{} of {} at {} is '{}', {}, and nobody wrote that", field.name,
                                    mark, name(site), display(value), to.empty() ? "nothing" : to));
  }

  // Nobody's step up is lost, and nobody's step back stands.
  void check_stage(const std::string& mark, std::size_t rank) {
    if (ledger_.was_deleted(mark) || waiting_.contains(mark) || is_out_of_sight(mark)) return;
    if (rank != ledger_.highest(mark))
      fail("ladder",
           fmt::format("{} stands at step {}, not at {}", mark, rank, ledger_.highest(mark)));
  }

  void check_address(SiteId site, const std::string& mark, const Row& row) {
    const std::string street = text_of(row[t_.customers.street[index(site)]]);
    const std::string zip = text_of(row[t_.customers.zip[index(site)]]);
    if (number_of(street) != number_of(zip))
      fail("mixed", fmt::format("the address of {} is '{}' in '{}'", mark, street, zip));
  }

  const std::string& name(SiteId site) const { return t_.mapping.sites[index(site)]; }

  void compare(const Entity& entity) {
    const auto& here = world_.at(at_shop).rows(entity.id);
    const auto& there = world_.at(at_erp).rows(entity.id);
    std::size_t expected = 0;
    for (const auto& [key, row] : here) {
      const auto record = store_.find(at_shop, entity.id, key);
      const auto keys = record ? store_.keys(*record) : PerSite<std::optional<Key>>{};
      const Row* twin = keys[1] ? world_.at(at_erp).find(entity.id, *keys[1]) : nullptr;
      if (twin != nullptr) {
        ++expected;
        compare_rows(entity, *record, row, *twin);
      } else if (!may_be_alone(entity, at_shop, row)) {
        fail("equal", fmt::format("{} {} has no row at the ERP", entity.name, key_text(key)));
      }
    }
    for (const auto& [key, row] : there) expected += may_be_alone(entity, at_erp, row) ? 1 : 0;
    if (there.size() > expected)
      fail("equal", fmt::format("{} rows of {} at the ERP, and {} of them at the shop",
                                there.size(), entity.name, expected));
  }

  bool may_be_alone(const Entity& entity, SiteId site, const Row& row) const {
    const std::string mark = text_of(row[t_.mark_of(entity.id)[index(site)]]);
    return is_out_of_sight(mark) || waiting_.contains(mark);
  }

  void compare_rows(const Entity& entity, RecordId record, const Row& row, const Row& twin) {
    const std::string mark = text_of(row[t_.mark_of(entity.id)[0]]);
    for (std::size_t f = 0; f < entity.fields.size(); ++f) {
      const Field& field = entity.fields[f];
      const Value& here = row[field.at[0].column()];
      const Value& there = twin[field.at[1].column()];
      if (held_.contains({record, f}) || waiting_.contains(mark)) continue;
      const bool same =
          field.refers_to ? refers_alike(field, here, there) : is_put(field, row, twin);
      if (!same)
        fail("equal",
             fmt::format("{}.{} of {}: {} and {}", entity.name, field.name,
                         text_of(row[t_.mark_of(entity.id)[0]]), display(here), display(there)));
    }
  }

  static bool is_put(const Field& field, const Row& here, const Row& there) {
    const Lensed canonical = field.at[0].get(here);
    const auto* value = std::get_if<Value>(&canonical);
    if (value == nullptr) return false;
    const auto wanted = field.at[1].put(*value, field.at[1].cells(there));
    const auto* put = std::get_if<Cells>(&wanted);
    return put != nullptr && *put == field.at[1].cells(there);
  }

  bool refers_alike(const Field& field, const Value& here, const Value& there) const {
    const bool nobody = is_null(there) || there == Value{std::string{}};
    if (is_null(here)) return nobody;
    const auto record = store_.find(at_shop, *field.refers_to,
                                    key_of_reference(t_.mapping, *field.refers_to, at_shop, here));
    const auto keys = record ? store_.keys(*record) : PerSite<std::optional<Key>>{};
    return keys[1] && keys[1]->back() == there;
  }

  // With its order, where it is a line.
  bool is_out_of_sight(const std::string& mark) const {
    const auto root = root_of_.find(mark);
    return ledger_.is_out_of_sight(mark) ||
           (root != root_of_.end() && ledger_.is_out_of_sight(root->second));
  }

  void check_births() {
    for (const std::string& mark : ledger_.births()) {
      const bool there = marks_[0].contains(mark) && marks_[1].contains(mark);
      const bool one = marks_[0].contains(mark) || marks_[1].contains(mark);
      const bool waits = one && (waiting_.contains(mark) || is_out_of_sight(mark));
      if (!there && !waits && !ledger_.was_deleted(mark) && !united_.contains(mark))
        fail("vanished", mark + " vanished and nobody deleted it");
    }
  }

  // A deletion that did not come about stands in the conflict list too.
  void check_deletions() {
    for (const std::string& mark : ledger_.births()) {
      const bool there = marks_[0].contains(mark) && marks_[1].contains(mark);
      const auto root = root_of_.find(mark);
      const bool disputed =
          disputed_.contains(mark) || (root != root_of_.end() && disputed_.contains(root->second));
      if (there && ledger_.was_deleted(mark) && !disputed && !ledger_.was_deleted_unseen(mark))
        fail("vanished", "the deletion of " + mark + " vanished");
    }
  }

  void check_counters(EntityId entity, const Columns& columns, const char* counter) {
    const std::size_t mark = t_.mark_of(entity)[0];
    for (const auto& [key, row] : world_.at(at_shop).rows(entity)) {
      const std::string name = text_of(row[mark]);
      if (ledger_.is_inexact(name) || waiting_.contains(name)) continue;
      const auto* amount = std::get_if<std::int64_t>(&row[columns[0]]);
      if (amount == nullptr || *amount != ledger_.count(name))
        fail("counter", fmt::format("{} of {} is {}, not {}", counter, name,
                                    display(row[columns[0]]), ledger_.count(name)));
    }
  }

  const World& world_;
  const Store& store_;
  const Tables& t_;
  const Ledger& ledger_;
  std::vector<Failure> failures_;
  std::vector<Token> seen_;
  std::set<std::string> disputed_, united_, waiting_;
  std::set<std::pair<RecordId, std::size_t>> held_;
  PerSite<std::set<std::string>> marks_;
  std::map<std::string, std::string> root_of_;  // An order, by its line.
};

}  // namespace

std::vector<Failure> judge(const World& world, const Store& store) {
  return Judge{world, store}.judge();
}

}  // namespace miroir::storm
