#include "schema/split.hpp"

#include <rapidcheck/catch.h>

#include <catch2/catch.hpp>
#include <numeric>

#include "value_generators.hpp"

using namespace miroir;
namespace mt = miroir::testing;
namespace gen = rc::gen;

namespace {

Lens piece(std::optional<int> length, std::optional<Value> blank, bool nullable) {
  Lens out;
  out.length = length;
  out.blank = std::move(blank);
  out.nullable = nullable;
  return out;
}

// As Navision has them, and as a shop has a first and a last name.
const Split names{Split::How::filling, " ", {piece(8, "", false), piece(8, "", false)}};
const Split first_last{Split::How::by_word, " ", {piece({}, {}, true), piece({}, {}, false)}};

std::string shown(const std::variant<Cells, Refusal>& put) {
  if (const auto* refusal = std::get_if<Refusal>(&put)) return "refused: " + refusal->reason;
  std::string text;
  for (const Value& cell : std::get<Cells>(put))
    text += (text.empty() ? "" : " | ") + display(cell);
  return text;
}
std::string shown(const Lensed& got) {
  const auto* value = std::get_if<Value>(&got);
  return value == nullptr ? "refused" : display(*value);
}
Cells cells(const char* a, const char* b) { return {std::string{a}, std::string{b}}; }
Value text(const char* value) { return std::string{value}; }

std::vector<Split> splits() {
  std::vector<Split> out{names, first_last};
  out.push_back(
      {Split::How::filling, ", ", {piece(5, {}, true), piece(3, {}, true), piece(9, {}, true)}});
  out.push_back({Split::How::filling, " ", {piece(6, {}, false), piece(6, {}, true)}});
  out.push_back({Split::How::by_word, " ", {piece(6, "", false), piece(6, "", false)}});
  out.push_back({Split::How::by_word, "-", {piece({}, "-", true), piece(9, {}, true)}});
  Split folded = names;
  for (Lens& one : folded.pieces) one.folding = {Folding::Letters::upper, true};
  out.push_back(folded);
  for (const char* blank : {"", " - "}) {
    Split trimming{Split::How::filling, "-", {piece(9, blank, true), piece(9, blank, false)}};
    for (Lens& one : trimming.pieces) one.folding = {Folding::Letters::as_written, true};
    out.push_back(trimming);
  }
  return out;
}

// Short words of few letters, so that separators, limits and blanks are met often.
Value canonical(const Split& split) {
  if (*gen::inRange(0, 8) == 0) return {};
  if (*gen::inRange(0, 8) == 0) return Value{split.pieces[0].folding(*mt::texts())};
  const auto parts = *gen::container<std::vector<std::string>>(
      gen::element<std::string>("a", "bc", "déf", "ghijk", " ", ", ", "-", "🍷"));
  std::string out;
  for (const std::string& part : parts) out += part;
  return Value{split.pieces[0].folding(out)};
}

Cells held(const Split& split) {
  Cells out;
  for (const Lens& one : split.pieces) {
    const auto chosen = *gen::inRange(0, 4);
    const Lensed written = one.give(canonical(split));
    const auto* value = std::get_if<Value>(&written);
    out.push_back(chosen == 0 && one.nullable ? Value{}
                  : value != nullptr          ? *value
                                              : Value{std::string{}});
  }
  return out;
}

// What a row could hold that others have written, NULL where there should be none included.
Cells any_cells(const Split& split) {
  Cells out;
  for (std::size_t i = 0; i < split.pieces.size(); ++i) {
    out.push_back(*gen::element<Value>(Null{}, text(""), text("a"), text(" a"), text("B"),
                                       text("-"), text(" - "), text("a b")));
  }
  return out;
}

// A text that may be just what the cells say, or differ from it by as little as a separator.
Value nearly(const Split& split, const Cells& cells) {
  std::string out;
  for (const Value& cell : cells) {
    const auto* piece = std::get_if<std::string>(&cell);
    if (piece == nullptr || *gen::inRange(0, 6) == 0) continue;
    if (!out.empty()) out += *gen::element(split.separator, std::string{}, std::string{" "});
    out += *gen::arbitrary<bool>() ? *piece : split.pieces[0].folding(*piece);
  }
  return Value{split.pieces[0].folding(out)};
}

}  // namespace

TEST_CASE("a text fills one column after the other with what fits whole", "[split]") {
  CHECK(shown(names.give(text("Dupont"))) == "Dupont | ''");
  CHECK(shown(names.give(text("Jean Dupont"))) == "Jean | Dupont");
  CHECK(shown(names.give(text("de la Tour"))) == "de la | Tour");
  CHECK(shown(names.give(text("🍷🍷🍷🍷 x"))) == "🍷🍷🍷🍷 | x");
  CHECK(shown(names.give(Value{})) == "'' | ''");
  CHECK(shown(names.get(cells("de la", "Tour"))) == "de la Tour");
  CHECK(shown(names.get(cells("", "Tour"))) == "Tour");
  CHECK(shown(names.get(cells("", ""))) == "(nothing)");
}

TEST_CASE("what does not fit the columns is refused with their sizes", "[split]") {
  CHECK(shown(names.give(text("Lafarge-Vial"))) ==
        "refused: the value has 12 characters, and no ' ' to divide it at within the 8 that the "
        "column takes");
  CHECK(shown(names.give(text("Jean Lafarge-Vial"))) ==
        "refused: the value has 17 characters; divided at ' ' it does not fit the columns, which "
        "take 8 and 8");
  CHECK(shown(names.give(text("Jean      Dupont"))).starts_with("refused"));
}

TEST_CASE("a text stays divided as the site divides it", "[split]") {
  CHECK(shown(names.put(text("de la Tour"), cells("de", "la Tour"))) == "de | la Tour");
  CHECK(shown(names.put(text("Dupont"), cells("", "Dupont"))) == "'' | Dupont");
}

TEST_CASE("a first and a last name are one name, and it finds its words again", "[split]") {
  CHECK(shown(first_last.get({text("Jean"), text("Dupont")})) == "Jean Dupont");
  CHECK(shown(first_last.get({Value{}, text("Dupont")})) == "Dupont");
  CHECK(shown(first_last.give(text("Jean Dupont"))) == "Jean | Dupont");
  CHECK(shown(first_last.give(text("Dupont"))) == "(nothing) | Dupont");
  CHECK(shown(first_last.give(text("Jean de la Tour"))) == "Jean | de la Tour");
  const Cells known = cells("Marie Claire", "de la Tour");
  CHECK(shown(first_last.put(text("Marie Claire de la Cour"), known)) ==
        "Marie Claire | de la Cour");
  CHECK(shown(first_last.put(text("Anne de la Tour"), known)) == "Anne | de la Tour");
  CHECK(shown(first_last.put(text("Anne Dupont"), known)) == "Anne | Dupont");
  CHECK(shown(first_last.put(text("Dupont "), known)) == "(nothing) | Dupont ");
}

TEST_CASE("putting a split text back changes nothing", "[split][law]") {
  const Split split = GENERATE(from_range(splits()));
  rc::prop("at '" + split.separator + "'", [&] {
    const Cells site = held(split);
    const Lensed read = split.get(site);
    if (std::holds_alternative<Refusal>(read)) return;
    const auto written = split.put(std::get<Value>(read), site);
    RC_ASSERT(std::holds_alternative<Cells>(written));
    RC_ASSERT(std::get<Cells>(written) == site);
  });
}

TEST_CASE("a split text is kept where putting it gives what is there", "[split][law]") {
  const Split split = GENERATE(from_range(splits()));
  rc::prop("at '" + split.separator + "'", [&] {
    const Cells old = any_cells(split);
    const Lensed as_held = split.get(old);
    const bool same = *gen::inRange(0, 3) == 0 && std::holds_alternative<Value>(as_held);
    const Value given = same ? std::get<Value>(as_held) : nearly(split, old);
    const auto put = split.put(given, old);
    const bool stays = std::holds_alternative<Cells>(put) && std::get<Cells>(put) == old;
    std::vector<std::size_t> columns(old.size());
    std::iota(columns.begin(), columns.end(), std::size_t{1});
    Row row{Value{std::int64_t{7}}};
    row.insert(row.end(), old.begin(), old.end());
    RC_ASSERT(split.keeps(given, row, columns) == stays);
  });
}

TEST_CASE("a text that was split reads back as itself, whatever the row held before",
          "[split][law]") {
  const Split split = GENERATE(from_range(splits()));
  rc::prop("at '" + split.separator + "'", [&] {
    const Value given = canonical(split);
    const auto written =
        *gen::arbitrary<bool>() ? split.put(given, held(split)) : split.give(given);
    if (std::holds_alternative<Refusal>(written)) return;
    const auto& site = std::get<Cells>(written);
    for (std::size_t i = 0; i < site.size(); ++i) {
      const Lens& one = split.pieces[i];
      RC_ASSERT(one.nullable || !is_null(site[i]));
      if (one.length && !is_null(site[i]))
        RC_ASSERT(*utf16_units(std::get<std::string>(site[i])) <= std::size_t(*one.length));
    }
    const Lensed read = split.get(site);
    RC_ASSERT(std::holds_alternative<Value>(read));
    const bool blank = given == Value{""} && is_null(std::get<Value>(read));
    RC_ASSERT(blank || std::get<Value>(read) == given);
    RC_ASSERT(std::get<Cells>(split.put(given, site)) == site || blank);
  });
}

TEST_CASE("a text of words that fit is never refused", "[split][law]") {
  rc::prop("over two columns of 8", [] {
    const auto word = gen::element<std::string>("a", "bc", "déf", "gh");
    const std::string first = *word, second = *word, third = *word, fourth = *word;
    const Value given{first + " " + second + " " + third + " " + fourth};
    RC_ASSERT(std::holds_alternative<Cells>(names.give(given)));
  });
}

TEST_CASE("the last column is cut where that is declared, and no other", "[split]") {
  Split cut = names;
  for (Lens& one : cut.pieces) one.loss.length = true;
  CHECK(shown(cut.give(text("Jean Lafarge-Vial"))) == "Jean | Lafarge-");
  CHECK(shown(cut.give(text("Lafarge-Vial"))).starts_with("refused"));
}
