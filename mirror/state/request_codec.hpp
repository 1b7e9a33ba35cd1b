// What a person asks for as bytes, for the store. See row_codec.hpp for the format below.
#pragma once

#include <string>
#include <string_view>

#include "mirror/request.hpp"

namespace miroir {

// Which of them it is, as the store calls it.
std::string_view kept_kind(const Asked& what);
std::string encode_request(const Asked& what);
// Throws CodecError for what encode_request() does not write.
Asked decode_request(std::string_view kind, std::string_view bytes);

}  // namespace miroir
