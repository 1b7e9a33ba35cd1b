// What happens in a storm: an explicit list of events, which can be printed, read back, shortened
// and replayed. An event has a number of its own, from which everything that it writes is made, so
// that taking another event away changes nothing of it.
//
// The text form has one event on a line:
//   NUMBER CYCLE PLACE SITE WHAT PICK CHOICE
//   17 3 shop.deliver#2 erp edit_text 5 310
// It happens in cycle 3, when the engine calls deliver at the shop for the second time; "-" is
// before the cycle. What is picked is the row whose number follows PICK among those that are there
// by then; CHOICE decides the rest.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mirror/stages.hpp"

namespace miroir::storm {

inline constexpr SiteId at_shop = SiteId::first;
inline constexpr SiteId at_erp = SiteId::second;

// People, then what goes wrong.
enum class Kind : std::uint8_t {
  new_customer,
  new_twins,
  edit_text,
  edit_note,
  agree_on_note,
  add_points,
  add_points_late,
  raise_change,
  edit_phone,
  edit_address,
  rename_customer,
  delete_customer,
  reuse_customer_key,
  customer_comes_again,
  replace_customer,
  new_order,
  edit_order,
  step_stage,
  move_order,
  add_line,
  edit_line,
  change_wine,
  delete_line,
  delete_order,
  rename_order,
  new_item,
  sell,
  leave,
  come_back,
  answer,
  undo,
  fault_before,
  fault_after,
  fault_stalled,
  fault_queued,
  land,
  crash,
  lock_row,
  unlock_rows,
  refuse_row,
  allow_rows,
  set_clock,
  time_is_up,
};
inline constexpr std::size_t kind_count = static_cast<std::size_t>(Kind::time_is_up) + 1;
std::string_view name_of(Kind kind);
inline bool is_persons(Kind kind) { return kind < Kind::fault_before; }

// Where the engine can be interrupted: before the cycle, between two steps, or in a call of the
// port, before it has any effect.
using Point = std::uint8_t;
inline constexpr Point before_cycle = 0;
std::optional<Point> point_of(std::string_view name);
Point call_at(SiteId site, std::string_view call);
std::string_view name_of(Point point);
const std::vector<std::string>& point_names();
const std::vector<std::string_view>& call_names();
const std::vector<std::string_view>& step_names();

struct Event {
  int id = 0;
  int cycle = 0;
  Point point = before_cycle;
  int turn = 1;  // The how-many-th time that the point is reached in this cycle.
  Kind kind = Kind::new_customer;
  SiteId site = at_shop;
  int pick = 0;
  int choice = 0;
};

struct Schedule {
  std::uint64_t seed = 0;
  bool scoped = false;  // The ERP's users take records out of what is mirrored, and put them back.
  bool capitals = false;  // The ERP writes names in capitals, by a trigger.
  int ahead = 0;          // The ERP's clock, in seconds.
  int chunk_roots = 1'000;
  int batch_aggregates = 500;
  int cycles = 0;
  std::vector<Event> events;  // In the order in which they happen.
};

std::string to_text(const Schedule& schedule);
// Throws std::runtime_error that names the line.
Schedule schedule_from_text(const std::string& text);

}  // namespace miroir::storm
