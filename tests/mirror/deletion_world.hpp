// A customer on both sides, who is deleted on one of them: alone, or with his orders.
#pragma once

#include <catch2/catch.hpp>

#include "tests/mirror/small_world.hpp"

namespace miroir::test {

using Names = std::vector<std::string>;

inline std::string text(const char* t) { return t; }

// What a mapping is patched with so that customers go by these rules.
inline std::string customers(const std::string& rule) {
  return R"({"entities": {"customer": {)" + rule + "}}}";
}

class DeletionWorld : public SmallWorld {
 public:
  explicit DeletionWorld(const std::string& patch = "{}") : SmallWorld{small_mapping(patch)} {
    shop_key = new_customer(at_shop, "Aubert", "a@x.fr");
    seed();
    erp_key = there(at_shop, "customer", shop_key);
  }

  void delete_in_shop() { shop.erase(entity("customer").id, shop_key); }
  void delete_in_erp() { erp.erase(entity("customer").id, erp_key); }
  Key type_again(const char* name, const char* note) {
    return shop.insert(entity("customer").id,
                       row(at_shop, "customer",
                           {{"email", text("a@x.fr")},
                            {"name", text(name)},
                            {"city", text("Beaune")},
                            {"note", *note == '\0' ? Value{Null{}} : Value{text(note)}},
                            {"points", std::int64_t{0}},
                            {"changed", std::int64_t{0}}}));
  }
  // One transaction, as a cascade would.
  void delete_with_orders() {
    shop.begin();
    const auto orders = rows(at_shop, "order");
    for (const auto& [key, row] : orders) shop.erase(entity("order").id, key);
    delete_in_shop();
    shop.commit();
  }
  RecordId record() { return store.find(at_erp, entity("customer").id, erp_key).value(); }
  std::size_t questions() const { return store.count_held(); }
  PerSite<std::size_t> count(const std::string& name) const {
    return {rows(at_shop, name).size(), rows(at_erp, name).size()};
  }
  void answer(bool keep) {
    const OpenHeld asked = store.held().at(0);
    store.ask({.id = 0,
               .made = "2026-01-31T17:00:00Z",
               .by = "anne",
               .reason = "",
               .record = asked.record,
               .what = AnswerDeletion{asked.id, keep, store.last_change(asked.record)}});
  }

  Key shop_key, erp_key;
};

using Counts = PerSite<std::size_t>;

}  // namespace miroir::test
