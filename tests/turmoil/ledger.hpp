// What people did, as they did it themselves: who wrote what, where, and what he saw when he did.
// Plain data; nothing here knows a database or miroir.
//
// Records are known by their marks: texts or numbers that are unique, never change, and travel with
// them (a customer's e-mail, an order's number, a line's price). Every value that is written is
// unique within its cell, so that at the end a value says who wrote it.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <variant>
#include <vector>

namespace miroir::turmoil {

enum class Side : std::uint8_t { shop, erp };
inline constexpr Side both_sides[]{Side::shop, Side::erp};
constexpr std::size_t index(Side side) { return static_cast<std::size_t>(side); }
constexpr const char* name_of(Side side) { return side == Side::shop ? "shop" : "erp"; }

struct Cell {
  std::string mark, field;
  auto operator<=>(const Cell&) const = default;
};

// A part is typed with, or added to, its root; a root has none.
struct Born {
  std::string mark, root;
};
struct Wrote {
  Cell cell;
  std::string value;
  std::string saw;  // What stood there, read in the same transaction and locked; "": nothing.
};
// One record. Whoever deletes an order has seen, and deletes, all lines that his site has.
struct Removed {
  std::string mark;
  std::map<std::string, std::string> saw;  // By field.
};
struct Counted {
  std::string mark;
  std::int64_t amount;
};
using Act = std::variant<Born, Wrote, Removed, Counted>;

// One transaction.
struct Deed {
  std::int64_t id = 0;
  Side side = Side::shop;
  std::string who;  // For the person who reads of it.
  double at = 0;    // Seconds since the beginning.
  std::vector<Act> acts{};
};

}  // namespace miroir::turmoil
