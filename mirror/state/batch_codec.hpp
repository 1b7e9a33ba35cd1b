// A batch as bytes, for the store: all that recording its outcome takes. See row_codec.hpp for the
// format below.
#pragma once

#include <string>
#include <string_view>

#include "mirror/site.hpp"

namespace miroir {

std::string encode_batch(const Batch& batch);
Batch decode_batch(std::string_view bytes);  // Throws CodecError.

}  // namespace miroir
