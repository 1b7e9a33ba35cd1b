// What is kept of a batch that a site has written.
#include <catch2/catch.hpp>

#include "mirror/record.hpp"
#include "tests/mirror/small_world.hpp"

namespace miroir::test {
namespace {

// A customer whose new name neither site has, and the batch that writes it at the ERP.
class NewName : public SmallWorld {
 public:
  NewName() {
    seed();
    const Key key = new_customer(at_shop, "Ana", "ana@x.fr");
    cycles_until_quiet();
    const Entity& customer = entity("customer");
    state = store.record(*store.find(at_shop, customer.id, key)).value();
    state.head[customer.field_index("name").value()] = std::string{"Ana Maria"};
    store.begin();
    store.put(state, {true, true});
    store.commit();
    column_ = column(at_erp, "customer", "Name");
  }

  Row erp_row(const std::string& name) const {
    Row row = *state.shadow[1];
    row[column_] = name;
    return row;
  }

  void record(std::vector<StoredOtherwise> otherwise) {
    RowChange change;
    change.record = state.id;
    change.entity = state.entity;
    change.key = *state.key[1];
    change.columns = {column_};
    change.expected = *state.shadow[1];
    change.given = erp_row("Ana Maria");
    Batch batch;
    batch.id = BatchId{1'000};
    batch.cycle = store.last_cycle();
    batch.entity = state.entity;
    batch.writes.push_back({state.id, *state.key[1], {change}});
    const Delivered delivered{false, {WriteResult::written}, {}, std::move(otherwise)};
    store.begin();
    record_delivered(at_erp, batch, delivered, store, mapping(), store.last_cycle());
    store.commit();
  }

  RecordState state;

 private:
  std::size_t column_ = 0;
};

}  // namespace

TEST_CASE("of what one site has written the other's part of the record stays", "[engine]") {
  NewName world;
  world.record({});
  const RecordState kept = world.store.record(world.state.id).value();
  CHECK(kept.head == world.state.head);
  CHECK(kept.shadow[0] == world.state.shadow[0]);
  CHECK(kept.shadow[1] == world.erp_row("Ana Maria"));
  CHECK(kept.key == world.state.key);
  CHECK(world.store.count_behind(at_shop) == 1);
  CHECK(world.store.count_behind(at_erp) == 0);
}

TEST_CASE("a question that a write raises leaves the other site nothing to follow", "[engine]") {
  NewName world;
  world.record({{0, 0, world.erp_row("Ana")}});
  CHECK(world.store.count_held() == 1);
  CHECK(world.store.record(world.state.id)->shadow[1] == world.erp_row("Ana"));
  CHECK(world.store.count_behind(at_shop) == 0);
  CHECK(world.store.count_behind(at_erp) == 0);
}

}  // namespace miroir::test
