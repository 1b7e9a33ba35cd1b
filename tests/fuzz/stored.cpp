// What the store has kept, what a journal says, what a browser sends.
#include "mirror/state/batch_codec.hpp"
#include "mirror/status/http.hpp"
#include "schema/row_codec.hpp"
#include "schema/utf8.hpp"
#include "tests/fuzz/require.hpp"
#include "tests/fuzz/targets.hpp"

namespace miroir::fuzz {
namespace {

const Row base{std::string{"Chevalier"}, std::int64_t{5}, std::string{"Beaune"}};

}  // namespace

void feed_row(std::string_view bytes) {
  try {
    require(encode_row(decode_row(bytes)) == bytes, "a row has exactly one encoding");
  } catch (const CodecError&) {
    // Nobody wrote these bytes.
  }
  try {
    const Row row = decode_row(bytes, base);
    require(decode_row(encode_row(row, base), base) == row, "a row on its base is that row");
  } catch (const CodecError&) {
  }
}

void feed_batch(std::string_view bytes) {
  try {
    const Batch batch = decode_batch(bytes);
    const std::string again = encode_batch(batch);
    require(encode_batch(decode_batch(again)) == again, "a batch is what it is written as");
  } catch (const CodecError&) {
  }
}

void feed_key(std::string_view bytes) {
  if (bytes.empty()) return;
  const auto first = static_cast<std::uint8_t>(bytes.front());
  const std::vector<ValueKind> kinds(1 + first / 9 % 3, static_cast<ValueKind>(1 + first % 9));
  try {
    const Key key = parse_key_text(bytes.substr(1), kinds);
    require(key.size() == kinds.size(), "a key has as many parts as columns");
    require(parse_key_text(key_text(key), kinds) == key, "a key reads back as it is written");
  } catch (const CodecError&) {
  }
}

void feed_http(std::string_view bytes) {
  if (const auto text = percent_decoded(bytes, false)) {
    require(is_text(*text), "an address holds text");
    require(percent_decoded(percent_encoded(*text), true) == text,
            "a text goes through an address");
  }
  if (const auto fields = decoded_fields(bytes)) {
    for (const auto& [name, value] : *fields)
      require(is_text(name) && is_text(value), "a form holds text");
  }
  HttpRequest request;
  request.headers["cookie"] = std::string{bytes};
  require(request.cookie("session").find(';') == std::string::npos,
          "a cookie ends at its semicolon");
}

}  // namespace miroir::fuzz
