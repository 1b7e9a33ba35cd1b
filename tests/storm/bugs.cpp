#include "tests/storm/bugs.hpp"

namespace miroir::storm {

const std::vector<PlantedBug>& planted_bugs() {
  static const std::vector<PlantedBug> all{
      {Bug::two_way_merge, "two-way-merge",
       "the head is no candidate: what nobody had seen is overwritten"},
      {Bug::loser_forgotten, "loser-forgotten", "what loses a conflict stands nowhere"},
      {Bug::blank_is_a_change, "blank-is-a-change", "an empty field counts as one just emptied"},
      {Bug::delta_against_head, "delta-against-head",
       "a counter's change is taken against the head, not against the shadow"},
      {Bug::deletion_beats_change, "deletion-beats-change",
       "a deletion takes along what it had not seen"},
      {Bug::reference_stays, "reference-stays",
       "whom a record refers to by now is taken over from neither side"},
      {Bug::rename_is_delete_and_insert, "rename-is-delete-and-insert",
       "a changed key is an old record gone and a new one there"},
      {Bug::record_in_two_chunks, "record-in-two-chunks",
       "what a changed key ties to the chunk before is read a second time"},
      {Bug::half_aggregate, "half-aggregate", "a root is delivered first, its parts afterwards"},
      {Bug::shadow_from_read_back, "shadow-from-read-back",
       "the shadow is what the site stored, not what it was given"},
      {Bug::marker_without_outcome, "marker-without-outcome",
       "a batch that happened counts as written wholly"},
      {Bug::lost_write_forgotten, "lost-write-forgotten",
       "what was not as expected is not read again"},
      {Bug::clock_offset_ignored, "clock-offset-ignored",
       "sites' times are compared as their clocks show them"},
      {Bug::key_is_still_his, "key-is-still-his",
       "whoever had a key when it was read is whom it means when it is referred to"},
      {Bug::handover_is_no_move, "handover-is-no-move",
       "a reference that says what it said means whom it meant"},
      {Bug::missing_marker, "missing-marker",
       "a batch's marker is forgotten before anybody knows that it happened"},
      {Bug::no_fence, "no-fence", "a void marker is forgotten before the batch can arrive"},
      {Bug::acknowledge_by_maximum, "acknowledge-by-maximum",
       "the journal forgets everything up to the last number that was read"},
      {Bug::loose_guard, "loose-guard", "a write does not compare what it overwrites"},
      {Bug::echo_hides_triggers, "echo-hides-triggers",
       "whatever was journaled in our transactions counts as our echo"},
  };
  return all;
}

}  // namespace miroir::storm
