// Writes that a site does not finish within its statements' limit: what is slow is found, set aside
// for a while like what is refused, and a person is told. Each try takes as long as a statement
// may, so there are as few of them as possible.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "mirror/record.hpp"
#include "mirror/site_delivery.hpp"

namespace miroir {
namespace {

constexpr std::size_t in_a_row_max = 3;  // Then it is not these rows, but the entity or the site.
constexpr std::size_t found_max = 5;     // In one cycle, beside what others wait for.
constexpr std::size_t known_max = 2;     // Of those that are set aside already, in one cycle.
constexpr std::size_t parts_max = 16;    // Of 500 one is found in three steps.

std::string time_text(const DbError& error) {
  const auto* late = dynamic_cast<const LateError*>(&error);
  const std::string limit =
      late == nullptr ? "the time that a statement may take"
                      : fmt::format("{:g} s", static_cast<double>(late->limit().count()) / 1'000);
  return limit + " (limits.statement_seconds)";
}

}  // namespace

// What was slow before is left to the end, one by one. Else the slow ones are spread over the
// parts, as those who stand together often have the same reason; and the parts are taken from both
// ends.
void SiteDelivery::divide_late(EntityId entity, std::vector<RecordId> roots) {
  const std::set<RecordId> known = set_aside_of(entity, roots);
  for (const RecordId root : known) pieces_.push_front({entity, {root}});
  std::erase_if(roots, [&](RecordId root) { return known.contains(root); });
  if (roots.empty()) return;
  const std::size_t parts = known.empty() ? std::min(parts_max, roots.size()) : 1;
  for (std::size_t n = parts; n-- > 0;) {
    const std::size_t part = n % 2 == 0 ? n / 2 : parts - 1 - n / 2;
    std::vector<RecordId> some;
    for (std::size_t i = part; i < roots.size(); i += parts) some.push_back(roots[i]);
    pieces_.push_front({entity, std::move(some)});
  }
}

void SiteDelivery::late(const Batch& batch, const DbError& error) {
  const RecordId root = batch.writes.front().root;
  given_up_.insert(root);
  reread_batch(site_, batch, store_);
  const Late one{
      root,
      fmt::format("{} did not finish it within {}: look for a trigger of its own that is slow for "
                  "this {}, or a line too slow for so much ({})",
                  mapping_.sites[index(site_)], time_text(error),
                  mapping_.entity(batch.entity).name, error.what()),
      fmt::format("was not finished within {}: {} ({})", time_text(error), error.what(),
                  name_of(root))};
  if (is_set_aside(root)) {
    ++late_known_;
    store_.set_aside_write(site_, root, one.reason, cycle_);
    return;
  }
  late_.push_back(one);
  ++late_found_;
  if (late_.size() < in_a_row_max && late_found_ < found_max) return;
  // The next cycle's turn. Whether the site takes anything, the next entities' first writes tell.
  pieces_.clear();
  more_ = false;
}

// What is set aside, where others of that kind have had their turns, in vain.
std::set<RecordId> SiteDelivery::left_to_next_cycle(const Piece& piece) const {
  return late_known_ < known_max ? std::set<RecordId>{} : set_aside_of(piece.entity, piece.roots);
}

bool SiteDelivery::is_probing() const { return late_.size() >= in_a_row_max; }

// The site takes other writes: it was the rows.
void SiteDelivery::end_late() {
  if (late_.empty()) return;
  store_.begin();
  for (const Late& one : late_) store_.set_aside_write(site_, one.root, one.reason, cycle_);
  store_.commit();
  late_.clear();
}

std::optional<DbError> SiteDelivery::conclude_late() {
  if (late_.size() < in_a_row_max || written_ > 0) {
    end_late();
    return std::nullopt;
  }
  return DbError{
      fmt::format("{} writes in a row: each {}", late_.size(), late_.front().told), "57014",
      Recovery::retry,
      "is the site overloaded, or a trigger of its own slow for every row? The next cycle tries "
      "again"};
}

}  // namespace miroir
