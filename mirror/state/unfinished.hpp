// Whether something was erased from the store and may still stand in its file, in room that is
// free: Store::forget has been, and Store::compact has not come to its end since.
#pragma once

#include <filesystem>

namespace miroir {

// By a connection of its own; throws StoreBusy, StoreError.
bool erasure_is_unfinished(const std::filesystem::path& state);

}  // namespace miroir
