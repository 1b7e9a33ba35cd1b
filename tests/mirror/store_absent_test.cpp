// What the store has looked up once and need not look up again, until it may be otherwise.
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <functional>
#include <string>

#include "mirror/state/store.hpp"
#include "tests/mirror/small_world.hpp"

namespace miroir::test {
namespace {

constexpr RecordId child{7}, parent{3};

struct Asked {
  const char* name;
  std::function<bool(const Store&)> any;
  std::function<void(Store&)> add, take_away;
};

const EntityId customer{0};
const PerSite<Key> twins{Key{std::int64_t{1}}, Key{std::int64_t{2}}};

const Asked questions[] = {
    {"a row that refers to another",
     [](const Store& store) { return store.any_row_references(at_erp); },
     [](Store& store) { store.note_row_reference(at_erp, child, 2, parent); },
     [](Store& store) { store.forget_row_references(at_erp, child, std::nullopt); }},
    {"a turn", [](const Store& store) { return store.has_turns(); },
     [](Store& store) { store.count_turn(at_shop, child, 2); },
     [](Store& store) { store.forget_turns(child, 2); }},
    {"a write that is set aside", [](const Store& store) { return store.has_set_aside_writes(); },
     [](Store& store) { store.set_aside_write(at_erp, child, "refused", CycleNumber{1}); },
     [](Store& store) { store.clear_set_aside_write(at_erp, child); }},
    {"twins", [](const Store& store) { return store.any_twins(); },
     [](Store& store) { store.make_twins(customer, twins); },
     [](Store& store) { store.forget_twin(customer, at_shop, twins[0]); }},
    {"a question", [](const Store& store) { return store.any_twins(); },
     [](Store& store) {
       store.add_question(at_shop, customer, twins[0], {0, "a@example.com"});
     },
     [](Store& store) { store.forget_question(at_shop, customer, twins[0]); }},
};

void in_transaction(Store& store, const std::function<void(Store&)>& change) {
  store.begin();
  change(store);
  store.commit();
}

}  // namespace

TEST_CASE("what the store knows to be absent is asked again once it may be there", "[store]") {
  const Mapping mapping = small_mapping();
  for (const Asked& question : questions) {
    INFO(question.name);
    Store store = Store::in_memory(mapping);
    store.start_cycle("2026-02-01T08:00:00Z");
    CHECK_FALSE(question.any(store));
    in_transaction(store, question.add);
    CHECK(question.any(store));
    in_transaction(store, question.take_away);
    CHECK_FALSE(question.any(store));
    in_transaction(store, question.add);

    store.begin();
    question.take_away(store);
    CHECK_FALSE(question.any(store));
    store.rollback();
    CHECK(question.any(store));
  }
}

TEST_CASE("what other processes have added is found by a reader at once, by a cycle when it starts",
          "[store]") {
  const Mapping mapping = small_mapping();
  const auto file = std::filesystem::temp_directory_path() /
                    ("miroir-absent-" + std::to_string(::getpid()) + ".db");
  const auto remove = [&] {
    for (const char* end : {"", "-wal", "-shm"}) std::filesystem::remove(file.string() + end);
  };
  remove();
  for (const Asked& question : questions) {
    INFO(question.name);
    Store cycle = Store::open(file, mapping), other = Store::open(file, mapping);
    const Store reader = Store::open_read_only(file, mapping);
    cycle.start_cycle("2026-02-01T08:00:00Z");
    CHECK_FALSE(question.any(cycle));
    CHECK_FALSE(question.any(reader));
    in_transaction(other, question.add);
    CHECK(question.any(reader));
    cycle.start_cycle("2026-02-01T08:15:00Z");
    CHECK(question.any(cycle));
    in_transaction(other, question.take_away);
  }
  remove();
}

TEST_CASE("a number whose record was rolled back is free again, and can be written", "[store]") {
  const Mapping mapping = small_mapping();
  Store store = Store::in_memory(mapping);
  store.start_cycle("2026-02-01T08:00:00Z");
  const RecordId first = store.first_free_record();
  const auto put = [&](RecordId id, const char* name) {
    RecordState state;
    state.id = state.root = id;
    state.entity = customer;
    state.head = {std::string{name}};
    store.put(state, {false, false});
  };
  store.begin();
  put(first, "rolled back");
  CHECK(store.first_free_record() == RecordId{first.raw() + 1});
  store.rollback();
  CHECK(store.first_free_record() == first);

  in_transaction(store, [&](Store&) { put(first, "new"); });
  CHECK(store.first_free_record() == RecordId{first.raw() + 1});
  in_transaction(store, [&](Store&) { put(first, "changed"); });
  CHECK(store.record(first)->head == Row{std::string{"changed"}});
  in_transaction(store, [&](Store& s) { s.start_over(mapping); });
  CHECK(store.first_free_record() == first);
}

}  // namespace miroir::test
