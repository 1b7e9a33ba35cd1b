#include "schema/code_page.hpp"

#include <catch2/catch.hpp>

using namespace miroir;

TEST_CASE("a code page has its own characters, and ASCII") {
  const CodePage dos = find_code_page("cp850").value();
  const CodePage windows = find_code_page("cp1252").value();
  CHECK(dos.characters.size() == 256);
  CHECK(windows.characters.size() == 251);  // Five bytes stand for nothing.
  for (const CodePage& page : {dos, windows}) {
    CHECK(page.has(U'A'));
    CHECK(page.has(U'É'));
    CHECK(page.has(U'ÿ'));
    CHECK_FALSE(page.has(U'ő'));
  }
  CHECK_FALSE(dos.has(U'œ'));
  CHECK(windows.has(U'œ'));
  CHECK_FALSE(dos.has(U'€'));
  CHECK(windows.has(U'€'));
  CHECK(find_code_page("cp858").value().has(U'€'));
}

TEST_CASE("the first character that a page lacks is found") {
  const CodePage dos = find_code_page("cp850").value();
  CHECK_FALSE(first_missing(dos, "Épicurien"));
  CHECK(first_missing(dos, "Cœur d’Épicurien") == U'œ');
  CHECK(first_missing(dos, "Merci 🍷") == U'🍷');
  CHECK(first_missing(dos, "e\u0301") == U'\u0301');
}

TEST_CASE("what iconv does not know, or has no ASCII in it, is no code page") {
  CHECK_FALSE(find_code_page("cp9999"));
  CHECK_FALSE(find_code_page("EBCDIC-FR"));
}
