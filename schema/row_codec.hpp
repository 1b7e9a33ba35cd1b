// Rows and keys as bytes, for the store. One format, with a version in its first byte; see
// row_codec.cpp. Decoding checks everything (length, kinds, limits) and throws CodecError on any
// doubt; it never reads past the end.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

#include "schema/value.hpp"

namespace miroir {

class CodecError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// decode_row(encode_row(r)) gives r back exactly: also the scale of decimals.
std::string encode_row(const Row& row);
Row decode_row(std::string_view bytes);

// The same, shorter where texts of the row stand in `base` too (a shadow holds mostly what its
// head does): decoded with an equal base. Reads what encode_row(row) wrote as well.
std::string encode_row(const Row& row, const Row& base);
Row decode_row(std::string_view bytes, const Row& base);

// A key as text that is equal exactly when the keys are equal ("[5]", "[1,\"W12\"]"): JSON,
// compact, decimals normalized and as strings. Used for look-ups in the store and for showing keys
// to people.
std::string key_text(const Key& key);
// The kinds tell how to read each part back; throws CodecError.
Key parse_key_text(std::string_view text, const std::vector<ValueKind>& kinds);

}  // namespace miroir
