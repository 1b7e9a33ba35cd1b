// Whose store it is, and how far it has come: numbers of cycles, batches and records.
#include "mirror/state/store_impl.hpp"

namespace miroir {
namespace {

std::string doubt_of(SiteId site) { return "catalog doubted " + std::to_string(index(site)); }

}  // namespace

std::string Store::id() const {
  if (impl_->id.empty()) impl_->id = impl_->meta("store").value_or("");
  return impl_->id;
}

bool Store::seeded() const {
  impl_->is_seeded = impl_->is_seeded || impl_->meta("seeded").has_value();
  return impl_->is_seeded;
}
void Store::set_seeded() { impl_->set_meta("seeded", "1"); }

void Store::remember_catalog(SiteId site, const std::string& json) {
  impl_->set_meta("catalog " + std::to_string(index(site)), json);
  if (catalog_is_doubted(site)) impl_->set_meta(doubt_of(site), "");
}
std::optional<std::string> Store::catalog(SiteId site) const {
  return impl_->meta("catalog " + std::to_string(index(site)));
}

void Store::note_comparison(const std::string& found) {
  impl_->beside_a_cycle(*this, [&] {
    impl_->set_meta("comparison", found);
    return true;
  });
}
std::optional<std::string> Store::last_comparison() const { return impl_->meta("comparison"); }

void Store::doubt_catalog(SiteId site) { impl_->set_meta(doubt_of(site), "1"); }
bool Store::catalog_is_doubted(SiteId site) const { return impl_->meta(doubt_of(site)) == "1"; }

CycleNumber Store::last_cycle() const {
  const auto value = impl_->meta("cycle");
  return CycleNumber{value ? kept_number(*value) : 0};
}

CycleNumber Store::start_cycle(const std::string& started) {
  impl_->is_of_a_cycle = true;
  impl_->absent = {};  // Of the cycles of other processes since this one's last.
  impl_->highest_record.reset();
  const CycleNumber next{last_cycle().raw() + 1};
  begin();
  impl_->set_meta("cycle", std::to_string(next.raw()));
  impl_->note_start(next, started);
  commit();
  return next;
}

BatchId Store::next_batch() {
  const auto last = impl_->meta("last batch");
  const BatchId next{last ? kept_number(*last) + 1 : 1};
  impl_->set_meta("last batch", std::to_string(next.raw()));
  return next;
}

RecordId Store::first_free_record() const {
  if (impl_->highest_record) return RecordId{*impl_->highest_record + 1};
  auto& statement = impl_->prepare(
      "SELECT max(ifnull((SELECT max(id) FROM record), 0), ifnull((SELECT max(id) FROM "
      "former_record), 0))");
  statement.executeStep();
  const std::int64_t highest = statement.getColumn(0).getInt64();
  statement.reset();
  if (impl_->is_of_a_cycle) impl_->highest_record = highest;
  return RecordId{highest + 1};
}

}  // namespace miroir
