// Known defects, which the storm of the tests plants one at a time to prove that it would notice.
// What is shipped is compiled without MIROIR_PLANTED_BUGS: there planted() is false while it is
// compiled, and nothing of this is left.
#pragma once

#include <cstdint>

namespace miroir {

enum class Bug : std::uint8_t {
  none,
  two_way_merge,
  loser_forgotten,
  blank_is_a_change,
  delta_against_head,
  deletion_beats_change,
  reference_stays,
  rename_is_delete_and_insert,
  record_in_two_chunks,
  half_aggregate,
  shadow_from_read_back,
  marker_without_outcome,
  lost_write_forgotten,
  clock_offset_ignored,
  key_is_still_his,
  handover_is_no_move,
  missing_marker,
  no_fence,
  acknowledge_by_maximum,
  loose_guard,
  echo_hides_triggers,
};

#ifdef MIROIR_PLANTED_BUGS
inline Bug planted_bug = Bug::none;
inline bool planted(Bug bug) { return bug == planted_bug; }
#else
constexpr bool planted(Bug) { return false; }
#endif

}  // namespace miroir
