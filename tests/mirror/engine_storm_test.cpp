// Seeded schedules of users, faults and crashes on the whole engine, checked by causality: every
// value that a person wrote is visible on both sides, or was overwritten by someone who had seen
// it, or stands in the conflict list; counters are exact; both sides end equal. The seed of a
// failing schedule is printed.
#include <catch2/catch.hpp>

#include <cstdlib>
#include <random>
#include <set>

#include "tests/mirror/small_world.hpp"

namespace miroir::test {
namespace {

struct Crash {};

// Of half of the storms the ERP's users take records out of what is mirrored, and put them back.
constexpr const char* scoped = R"json({"entities": {
  "customer": {"erp": {"where": {"Archived": {"not": 1}}}},
  "order": {"erp": {"where": {"Archived": {"not": 1}}}}
}})json";

class Storm {
 public:
  explicit Storm(std::uint64_t seed)
      : rng_{seed},
        scoped_{seed % 2 == 0},
        small_{small_mapping(scoped_ ? scoped : "{}")},
        world_{small_} {
    const double rates[] = {0.0, 0.03, 0.15};
    fault_rate_ = rates[rng_() % 3];
    // Small ones too, so that a chunk is read while the one before is merged.
    const std::size_t chunks[] = {1, 2, 1'000};
    world_.options.limits.chunk_roots = chunks[rng_() % 3];
    for (int n = 0; n < 3; ++n) new_customer(at_shop);
    for (const char* sku : {"CHABLIS", "POMMARD"}) {
      world_.shop.insert(
          item_,
          world_.row(at_shop, "item", {{"sku", std::string{sku}}, {"stock", std::int64_t{100}}}));
      stock_[sku] = 100;
    }
    world_.seed();
    world_.shop.after_write = [this](EntityId entity, WriteOp op, const Row& row) {
      take_stock(entity, op, row);
    };
    for (const SiteId site : both_sites) {
      world_.at(site).faults = [this](std::string_view call) { return fault(call); };
    }
    world_.options.one_thread = true;
    world_.options.at_step = [this](const char*) { between_steps(); };
  }

  void run(int cycles) {
    for (int n = 0; n < cycles; ++n) {
      in_cycle_ = false;
      users();
      in_cycle_ = true;
      try {
        world_.cycle();
      } catch (const Crash&) {
        world_.store.rollback();  // What a process that ended would leave behind.
      }
      count_customers();
    }
    calm();
    check();
  }

 private:
  // Nobody deletes a customer, whatever else happens to one.
  void count_customers() {
    for (const SiteId site : both_sites) {
      const std::size_t now = world_.at(site).rows(customer_).size();
      CHECK(now >= customers_[index(site)]);
      customers_[index(site)] = now;
    }
  }

  bool chance(double p) { return std::uniform_real_distribution<>{0, 1}(rng_) < p; }
  std::size_t pick(std::size_t n) { return rng_() % n; }
  SiteId any_site() { return chance(0.5) ? at_shop : at_erp; }

  Fault fault(std::string_view call) {
    if (!chance(fault_rate_)) return Fault::none;
    const Fault all[] = {Fault::before, Fault::after, Fault::stalled, Fault::queued};
    return call == "deliver" || call == "acknowledge" ? all[pick(4)] : Fault::before;
  }

  void between_steps() {
    if (calm_) return;
    for (const SiteId site : both_sites) {
      if (chance(0.3)) world_.at(site).land();
    }
    if (chance(0.3)) users();
    if (chance(fault_rate_)) throw Crash{};
  }

  void users() {
    for (std::size_t n = pick(4); n > 0; --n) user_write();
  }

  void user_write() {
    const SiteId site = any_site();
    switch (pick(scoped_ ? 9 : 8)) {
      case 8:
        return move_out_or_in();
      case 0:
        return new_customer(site);
      case 1:
        return new_order(site);
      case 2:
        return sell(site);
      case 3:
        return edit_order(site);
      case 4:
        return rename_customer(site);
      case 5:
        return new_twins();
      default:
        return edit_customer(site);
    }
  }

  std::string unique() { return "v" + std::to_string(++writes_); }

  void new_customer(SiteId site) {
    const std::string name = unique();
    const std::string city = unique();
    insert_customer(site, name, city);
  }

  // One customer, known to both sides before they knew of each other. Within a cycle one of the two
  // may be too late to be read, as may one that is out of sight: what has been delivered by then is
  // no twin any more.
  void new_twins() {
    if (in_cycle_ || scoped_) return;
    const std::string name = unique();
    const std::string city = unique();
    for (const SiteId site : both_sites) insert_customer(site, name, city);
    twins_.insert(name + "@x.fr");
  }

  void insert_customer(SiteId site, const std::string& name, const std::string& city) {
    const std::string email = name + "@x.fr";
    if (site == at_shop) {
      world_.shop.insert(customer_, world_.row(site, "customer",
                                               {{"email", email},
                                                {"name", name},
                                                {"city", city},
                                                {"points", std::int64_t{10}},
                                                {"changed", std::int64_t{0}}}));
    } else {
      world_.erp.insert(customer_, world_.row(site, "customer",
                                              {{"No_", "C" + name},
                                               {"E-Mail", email},
                                               {"Name", name},
                                               {"City", city},
                                               {"Note", std::string{}},
                                               {"Points", Decimal{10, 0}},
                                               {"Changed", std::int64_t{0}}}));
    }
    points_[email] = 10;
    wrote(email, "name", name, "");
    wrote(email, "city", city, "");
  }

  // A row that another transaction holds makes a user wait: here it goes elsewhere.
  std::optional<Key> any_row(SiteId site, EntityId entity) {
    const auto& rows = world_.at(site).rows(entity);
    if (rows.empty()) return std::nullopt;
    const Key key = std::next(rows.begin(), static_cast<std::ptrdiff_t>(pick(rows.size())))->first;
    if (world_.at(site).locked(entity, key)) return std::nullopt;
    return key;
  }

  void edit_customer(SiteId site) {
    const auto key = any_row(site, customer_);
    if (!key) return;
    const Row& row = *world_.at(site).find(customer_, *key);
    const std::string email = std::get<std::string>(row[column_of(site, "email")]);
    if (chance(0.3)) {
      if (twins_.contains(email)) return;  // Two counters that meet are a conflict, not a sum.
      const std::int64_t d = static_cast<std::int64_t>(pick(5)) - 2;
      points_[email] += d;
      const std::size_t points = column_of(site, "points");
      const auto edit = [=, this](Row& r) {
        r[points] = add_to_counter(r[points], Decimal{d, 0}, kind_of(site, customer_, points));
      };
      if (chance(0.2))
        world_.at(site).update_later(customer_, *key, edit);
      else
        world_.at(site).update(customer_, *key, edit);
      return;
    }
    const std::string field = chance(0.5) ? "name" : "city";
    const std::size_t column = column_of(site, field);
    const std::string value = unique();
    wrote(email, field, value, std::get<std::string>(row[column]));
    world_.at(site).update(customer_, *key, [=](Row& r) { r[column] = value; });
  }

  // To a key that another may have had before; within a cycle a fresh one, since an increment that
  // is under way goes to whoever has the key. Whoever has orders keeps his: nothing here cascades.
  void rename_customer(SiteId site) {
    const auto key = any_row(site, customer_);
    if (!key) return;
    const std::string email = email_of(site, *key);
    const std::string number = in_cycle_ ? unique() : std::to_string(pick(4));
    const Value renamed =
        site == at_shop ? Value{std::int64_t{1000 + ++writes_}} : Value{"R" + number};
    const Key after{renamed};
    if (ordered_.contains(email) || world_.at(site).find(customer_, after) != nullptr ||
        world_.at(site).locked(customer_, after))
      return;
    renamed_.insert(email);
    world_.at(site).update(customer_, *key, [&](Row& row) { row[key_column(site)] = renamed; });
  }

  std::size_t key_column(SiteId site) {
    return world_.column(site, "customer", site == at_shop ? "id" : "No_");
  }
  std::string email_of(SiteId site, const Key& key) {
    return std::get<std::string>((*world_.at(site).find(customer_, key))[column_of(site, "email")]);
  }

  std::size_t column_of(SiteId site, const std::string& field) {
    const Entity& entity = small_.entity(customer_);
    return entity.fields[entity.field_index(field).value()].at[index(site)].column();
  }
  std::size_t stock_of(SiteId site) {
    return world_.column(site, "item", site == at_shop ? "stock" : "Stock");
  }

  ValueKind kind_of(SiteId site, EntityId entity, std::size_t column) {
    return small_.table(entity, site).columns[column].kind;
  }

  void new_order(SiteId site) {
    const auto customer = any_row(site, customer_);
    if (!customer) return;
    if (site == at_shop && any_locked_item()) return;
    if (renamed_.contains(email_of(site, *customer))) return;
    ordered_.insert(email_of(site, *customer));
    world_.new_order(site, *customer, std::vector<std::string>(1 + pick(3), "wine"));
    ++orders_;
  }

  bool any_locked_item() {
    for (const auto& [key, row] : world_.shop.rows(item_)) {
      if (world_.shop.locked(item_, key)) return true;
    }
    return false;
  }

  // The shop takes a bottle of the first wine for each line, whoever inserts it.
  void take_stock(EntityId entity, WriteOp op, const Row&) {
    if (entity != line_ || op != WriteOp::insert) return;
    const Key wine = world_.shop.rows(item_).begin()->first;
    world_.shop.update(item_, wine, [c = stock_of(at_shop)](Row& row) {
      row[c] = std::get<std::int64_t>(row[c]) - 1;
    });
    --stock_[std::get<std::string>(wine[0])];
  }

  void sell(SiteId site) {
    const auto key = any_row(site, item_);
    if (!key) return;
    const std::int64_t d = static_cast<std::int64_t>(pick(7)) - 3;
    stock_[std::get<std::string>((*key)[0])] += d;
    world_.at(site).update(item_, *key, [=, this, c = stock_of(site)](Row& row) {
      row[c] = add_to_counter(row[c], Decimal{d, 0}, kind_of(site, item_, c));
    });
  }

  void edit_order(SiteId site) {
    const auto key = any_row(site, order_);
    if (!key) return;
    for (const auto& [line, row] : world_.at(site).rows(line_)) {
      if (world_.at(site).locked(line_, line)) return;
    }
    // What is deleted where it is not mirrored stays at the other side, for good.
    if (chance(0.2) && !(scoped_ && site == at_erp)) {
      world_.at(site).erase(order_, *key);
    } else {
      world_.set(site, "order", *key, site == at_shop ? "state" : "State", unique());
    }
  }

  void move_out_or_in() {
    const EntityId entity = chance(0.5) ? customer_ : order_;
    const auto key = any_row(at_erp, entity);
    if (key) archive(entity, *key, chance(0.5));
  }
  void archive(EntityId entity, const Key& key, bool out) {
    const std::size_t column = small_.table(entity, at_erp).find("Archived").value();
    world_.erp.update(entity, key, [=](Row& row) { row[column] = std::int64_t{out}; });
  }

  // -- causality
  void wrote(const std::string& record, const std::string& field, const std::string& value,
             const std::string& saw) {
    values_[{record, field}].insert(value);
    if (!saw.empty()) past_[value] = saw;
  }

  std::set<std::string> known_by(std::string value,
                                 const std::multimap<std::string, std::string>& losers) const {
    std::set<std::string> known;
    std::vector<std::string> todo{std::move(value)};
    while (!todo.empty()) {
      const std::string next = todo.back();
      todo.pop_back();
      if (!known.insert(next).second) continue;
      if (const auto saw = past_.find(next); saw != past_.end()) todo.push_back(saw->second);
      const auto [from, to] = losers.equal_range(next);
      for (auto loser = from; loser != to; ++loser) todo.push_back(loser->second);
    }
    return known;
  }

  void calm() {
    calm_ = true;
    fault_rate_ = 0;
    for (const SiteId site : both_sites) world_.at(site).land();
    for (const EntityId entity : {customer_, order_}) {
      for (const auto& [key, row] : MemorySite::Rows{world_.erp.rows(entity)}) {
        if (scoped_) archive(entity, key, false);
      }
    }
    world_.cycles_until_quiet(6);
  }

  void check() {
    CHECK(world_.differences().empty());
    std::multimap<std::string, std::string> losers;
    for (const LoggedConflict& logged : world_.store.conflicts(std::nullopt, 100000)) {
      const auto* winner = std::get_if<std::string>(&logged.conflict.winner);
      const auto* loser = std::get_if<std::string>(&logged.conflict.loser);
      if (logged.conflict.field && winner && loser) losers.emplace(*winner, *loser);
    }
    for (const auto& [key, row] : world_.shop.rows(customer_)) {
      const std::string email = std::get<std::string>(row[column_of(at_shop, "email")]);
      CHECK(world_.get(at_shop, "customer", key, "points") == Value{points_.at(email)});
      check_field(email, "name", std::get<std::string>(row[column_of(at_shop, "name")]), losers);
      check_field(email, "city", std::get<std::string>(row[column_of(at_shop, "city")]), losers);
    }
    CHECK(world_.shop.rows(customer_).size() == points_.size());
    for (const auto& [key, row] : world_.shop.rows(item_)) {
      CHECK(row[stock_of(at_shop)] == Value{stock_.at(std::get<std::string>(key[0]))});
    }
  }

  void check_field(const std::string& email, const std::string& field, const std::string& value,
                   const std::multimap<std::string, std::string>& losers) {
    std::set<std::string> accounted = known_by(value, losers);
    for (const auto& [winner, loser] : losers) {
      const auto more = known_by(loser, losers);
      if (values_[{email, field}].contains(loser)) accounted.insert(more.begin(), more.end());
    }
    for (const std::string& written : values_[{email, field}]) {
      INFO("the write " << written << " of " << email << "." << field << " vanished");
      CHECK(accounted.contains(written));
    }
  }

  std::mt19937_64 rng_;
  bool scoped_;
  double fault_rate_ = 0;
  bool calm_ = false;
  bool in_cycle_ = false;
  int writes_ = 0;
  int orders_ = 0;
  PerSite<std::size_t> customers_{};
  std::map<std::pair<std::string, std::string>, std::set<std::string>> values_;
  std::map<std::string, std::string> past_;  // A write -> what its author saw in its place.
  std::map<std::string, std::int64_t> points_, stock_;
  std::set<std::string> twins_, renamed_, ordered_;  // E-mails of customers.
  Mapping small_;
  SmallWorld world_;
  EntityId customer_ = world_.entity("customer").id, item_ = world_.entity("item").id,
           order_ = world_.entity("order").id, line_ = world_.entity("line").id;
};

TEST_CASE("storms of edits, faults and crashes lose nothing and end equal", "[engine][storm]") {
  const char* first_text = std::getenv("MIROIR_STORM_SEED");
  const char* count_text = std::getenv("MIROIR_STORM_COUNT");
  const std::uint64_t first = first_text ? std::strtoull(first_text, nullptr, 10) : 1;
  const std::uint64_t count = count_text ? std::strtoull(count_text, nullptr, 10) : 150;
  for (std::uint64_t seed = first; seed < first + count; ++seed) {
    INFO("seed " << seed);
    Storm storm{seed};
    storm.run(8);
  }
}

}  // namespace
}  // namespace miroir::test
