// A pair whose only entity is a table of hostile names and values at each site.
#pragma once

#include <catch2/catch.hpp>
#include <fstream>
#include <map>

#include "tests/scenarios/guarantee_pairs.hpp"
#include "tests/support/hostile_table.hpp"

namespace miroir::test {

class HostilePair {
 public:
  using Names = std::function<HostileNames(const std::string& dialect)>;

  explicit HostilePair(
      Pair::Kind kind, const Names& names = [](const auto&) { return HostileNames{}; })
      : pair{kind, Pair::bare},
        shop{pair.shop(), names(pair.shop().dialect())},
        erp{pair.erp(), names(pair.erp().dialect())} {
    shop.create();
    erp.create();
  }

  // Writes the mapping, makes miroir's accounts for it, installs and seeds.
  void begin() {
    const HostileNames &s = shop.names(), &e = erp.names();
    const auto field = [](const char* type, const std::string& a, const std::string& b) {
      return nlohmann::json{{"type", type}, {"shop", a}, {"erp", b}};
    };
    const auto at = [](const HostileNames& names) {
      return nlohmann::json{{"table", names.table}, {"key", {{{"column", names.key}}}}};
    };
    nlohmann::json fields{{"no", field("text", s.key, e.key)},
                          {"words", field("text", s.words, e.words)},
                          {"amount", field("decimal", s.amount, e.amount)},
                          {"day", field("date", s.day, e.day)},
                          {"moment", field("instant", s.moment, e.moment)},
                          {"raw", field("bytes", s.raw, e.raw)}};
    const nlohmann::json note{
        {"match", {{"no"}}}, {"shop", at(s)}, {"erp", at(e)}, {"fields", std::move(fields)}};
    std::ofstream{pair.mapping_file()} << nlohmann::json{
        {"sites", {"shop", "erp"}}, {"conflicts", "shop wins"}, {"entities", {{"note", note}}}};
    pair.make_accounts();
    for (const char* verb : {"install", "seed"}) {
      const Ended ended = pair.verb({verb});
      if (ended.exit_code != 0 && ended.exit_code != 4)
        throw std::runtime_error{verb + std::string{": "} + ended.out + ended.err};
    }
  }

  HostileTable& at(const std::string& site) { return site == "shop" ? shop : erp; }
  HostileTable& other(const std::string& site) { return site == "shop" ? erp : shop; }
  SiteDatabase& database(const std::string& site) {
    return site == "shop" ? pair.shop() : pair.erp();
  }
  std::string dialect_of(const std::string& site) { return database(site).dialect(); }

  // Why each record is set aside that is, by its key.
  std::map<std::string, std::string> reasons() const {
    const auto held = nlohmann::json::parse(pair.verb({"held", "list", "--json"}).out);
    std::map<std::string, std::string> reasons;
    for (const auto& item : held.at("set_aside")) {
      const auto key = nlohmann::json::parse(item.at("key").get<std::string>());
      reasons[key.at(0).get<std::string>()] += item.at("reason").get<std::string>();
    }
    return reasons;
  }

  Pair pair;
  HostileTable shop, erp;
};

// `act(world, site, here, there)`: once with either site as the one where things happen, on every
// pair, each time on a fresh one.
template <class Act>
void from_each_side(Act act) {
  for (const Pair::Kind kind : pairs_under_test()) {
    for (const std::string site : {"shop", "erp"}) {
      CAPTURE(name_of(kind), site);
      HostilePair world{kind};
      world.begin();
      act(world, site, world.at(site), world.other(site));
    }
  }
}

}  // namespace miroir::test
