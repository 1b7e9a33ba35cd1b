// What the store has kept, and what browsers and programs send.
#include <array>

#include "mirror/cli/verified.hpp"
#include "mirror/columns_text.hpp"
#include "mirror/state/batch_codec.hpp"
#include "mirror/state/request_codec.hpp"
#include "mirror/status/api_body.hpp"
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

void feed_request(std::string_view bytes) {
  constexpr std::array kinds{"answer", "deletion", "undo",   "retry", "link",
                             "unlink", "resync",   "ignore", "none"};
  if (bytes.empty()) return;
  const auto first = static_cast<std::uint8_t>(bytes.front());
  const std::string_view kind = kinds[first % kinds.size()];
  try {
    const Asked what = decode_request(kind, bytes.substr(1));
    require(kept_kind(what) == kind, "a request stays of its kind");
    const std::string again = encode_request(what);
    require(encode_request(decode_request(kind, again)) == again,
            "a request is what it is written as");
  } catch (const CodecError&) {
  }
}

void feed_columns(std::string_view bytes) {
  if (const auto types = columns_from_text(std::string{bytes}))
    require(columns_from_text(columns_to_text(*types)) == types,
            "columns are what they are written as");
  if (const auto verified = verified_from_text(std::string{bytes})) {
    const auto again = verified_from_text(to_json(*verified).dump());
    require(again && to_json(*again) == to_json(*verified), "so is what verify has found");
  }
}

void feed_api(std::string_view bytes) {
  try {
    const ApiBody body{std::string{bytes}};
    body.flag("now");
    require(is_text(body.text("reason")), "a body holds text");
    const HeldAnswerVerb verb = body.answer(5);
    require(verb.id == 5 && !verb.all, "one question is answered");
  } catch (const VerbError& refused) {
    require(refused.exit() == Exit::usage && *refused.what() != 0, "a bad body is told what it is");
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
