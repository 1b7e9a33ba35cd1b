// The page's parts that need no server: addresses and forms, words, causes, the clock, guessing.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "mirror/state/events.hpp"
#include "mirror/status/banner.hpp"
#include "mirror/status/causes.hpp"
#include "mirror/status/cycle_runner.hpp"
#include "mirror/status/embedded.hpp"
#include "mirror/status/http.hpp"
#include "mirror/status/passwords.hpp"
#include "mirror/status/sign_in_limit.hpp"
#include "mirror/status/speech.hpp"

using namespace miroir;
using nlohmann::json;

TEST_CASE("an address is decoded, or refused where it makes no sense", "[status][http]") {
  CHECK(percent_decoded("/caf%C3%A9+1", false) == "/café+1");
  CHECK(percent_decoded("caf%c3%a9+1", true) == "café 1");
  for (const char* bad : {"%", "%4", "%zz", "%00", "%ff", "%c3", "%c0%af", "%ed%a0"}) {
    CAPTURE(bad);
    CHECK(!percent_decoded(bad, true).has_value());
  }
  CHECK(percent_encoded("/é a&b") == "%2F%C3%A9%20a%26b");
}

TEST_CASE("a form's fields, of which the first of a name counts", "[status][http]") {
  const auto fields = decoded_fields("a=1&b=x+y%26z&c&a=2&=");
  REQUIRE(fields.has_value());
  CHECK(fields->at("a") == "1");
  CHECK(fields->at("b") == "x y&z");
  CHECK(fields->at("c").empty());
  std::string many;
  for (int i = 0; i < 300; ++i) many += "f" + std::to_string(i) + "=1&";
  CHECK(!decoded_fields(many).has_value());
}

TEST_CASE("a cookie is found by its whole name", "[status][http]") {
  HttpRequest request;
  request.headers["cookie"] = "xsession=a; session=b;language=fr";
  CHECK(request.cookie("session") == "b");
  CHECK(request.cookie("language") == "fr");
  CHECK(request.cookie("ession").empty());
}

namespace {

// Every text by its key, with how many things are put into it.
void collect(const json& texts, const std::string& at, std::map<std::string, std::size_t>& all) {
  for (const auto& [key, value] : texts.items()) {
    if (value.is_object()) {
      collect(value, at + key + ".", all);
      continue;
    }
    const auto text = value.get<std::string>();
    CHECK(!text.empty());
    std::size_t holes = 0;
    for (std::size_t i = text.find("{}"); i != std::string::npos; i = text.find("{}", i + 2))
      ++holes;
    all[at + key] = holes;
  }
}

}  // namespace

TEST_CASE("both languages say the same things, with the same things in them", "[status][texts]") {
  std::map<std::string, std::size_t> english, french;
  collect(json::parse(embedded("texts.en.json")), "", english);
  collect(json::parse(embedded("texts.fr.json")), "", french);
  CHECK(english == french);
  CHECK(english.size() > 200);
}

TEST_CASE("whatever the store can say of a record is said in both languages", "[status][texts]") {
  for (const char* language : {"en", "fr"}) {
    const Speech speech{language, {}};
    for (const std::string_view event : history_events) {
      CAPTURE(language, event);
      const std::string key = "event." + std::string{event};
      const std::string at = speech.say(key + ".at", "X"), somewhere = speech.say(key + ".somewhere");
      CHECK(at.find('X') != std::string::npos);
      CHECK(somewhere != event);
      CHECK(somewhere.find("{}") == std::string::npos);
    }
  }
}

TEST_CASE("what the configuration calls a thing is what the page calls it", "[status][texts]") {
  const Speech speech{"fr", {{"erp", "Navision"}, {"customer.name", "raison sociale"}}};
  CHECK(speech.name("erp") == "Navision");
  CHECK(speech.name("customer", "name") == "raison sociale");
  CHECK(speech.name("product", "name") == "nom");
  CHECK(speech.name("product", "colour") == "colour");
  CHECK(speech.title("shop") == "La boutique");
  CHECK(capitalised("état") == "État");
  CHECK(capitalised("÷") == "÷");
}

TEST_CASE("values and times are said as people of the language read them", "[status][texts]") {
  const Speech french{"fr", {}}, english{"en", {}};
  CHECK(french.value(parse_decimal("12.50").value()) == "12,50");
  CHECK(english.value(parse_decimal("12.50").value()) == "12.50");
  CHECK(french.value(true) == "oui");
  CHECK(french.value(Null{}) == "(vide)");
  CHECK(french.value(parse_date("2026-01-31").value()) == "31/01/2026");
  CHECK(french.duration(0.42) == "0,4 s");
  const Instant now = parse_instant("2026-06-15T12:00:00Z").value();
  const auto before = [&](std::int64_t minutes) {
    return Instant{now.micros - minutes * 60'000'000};
  };
  CHECK(english.ago(before(0), now) == "just now");
  CHECK(english.ago(before(12), now) == "12 min ago");
  CHECK(english.ago(before(180), now) == "3 h ago");
  CHECK(english.ago(before(3 * 24 * 60), now) == "3 days ago");
  CHECK(english.when("nonsense", now) == "at an unknown time");
}

TEST_CASE("what databases say when they refuse something, in a word", "[status][causes]") {
  CHECK(cause_of("the value has 63 characters, the column takes 50") == "too_long");
  CHECK(cause_of("ERROR:  value too long for type character varying(30)") == "too_long");
  CHECK(cause_of("value 'ZZ' is not in the table: FR, BE") == "unknown_code");
  CHECK(cause_of("erp did not finish it within 30 s (limits.statement_seconds): look for a trigger "
                 "of its own that is slow for this customer (out of range)") == "slow");
  CHECK(cause_of("UNIQUE constraint failed: customer.email") == "duplicate");
  CHECK(cause_of("Duplicate entry 'W1' for key 'PRIMARY'") == "duplicate");
  CHECK(cause_of("FOREIGN KEY constraint failed") == "reference");
  CHECK(cause_of("NOT NULL constraint failed: t.a") == "required");
  CHECK(cause_of("Column 'No_' cannot be null") == "required");
  CHECK(cause_of("CHECK constraint failed: no magnums") == "rule");
  CHECK(cause_of("more than one row is alike: which of them") == "alike");
  CHECK(cause_of("the moon was full") == "other");
}

TEST_CASE("cycles start on the quarter, and missed ones are not made up for",
          "[status][schedule]") {
  const auto next = [](const char* now, int minutes) {
    return to_string(next_start(parse_instant(now).value(), std::chrono::minutes{minutes}));
  };
  CHECK(next("2026-06-15T12:00:00Z", 15) == "2026-06-15T12:15:00Z");
  CHECK(next("2026-06-15T12:14:59.999Z", 15) == "2026-06-15T12:15:00Z");
  CHECK(next("2026-06-15T18:47:03Z", 15) == "2026-06-15T19:00:00Z");
  CHECK(next("2026-06-15T23:59:00Z", 60) == "2026-06-16T00:00:00Z");
}

TEST_CASE("cycles are late after twice the interval, and twice what the last one took",
          "[status][schedule]") {
  LoggedCycle last;
  last.started = "2026-06-15T12:00:00Z";
  last.seconds = 60;
  const auto late = [&](const char* now) {
    return is_late(last, std::chrono::minutes{15}, parse_instant(now).value());
  };
  CHECK(!late("2026-06-15T12:15:00Z"));
  CHECK(!late("2026-06-15T12:32:00Z"));
  CHECK(late("2026-06-15T12:32:01Z"));
  last.started = "";
  CHECK(!late("2026-06-15T12:32:01Z"));
}

TEST_CASE("one name may be tried five times in five minutes, all together fifty",
          "[status][sign_in]") {
  SignInLimit limit;
  for (int i = 0; i < 5; ++i) CHECK(limit.try_begin("Lea", 1000));
  CHECK(!limit.try_begin("lea", 1299));
  CHECK(limit.try_begin("paul", 1299));
  CHECK(limit.try_begin("lea", 1300));
  limit.succeeded("LEA");
  CHECK(limit.try_begin("lea", 1301));
  SignInLimit crowded;
  for (int i = 0; i < 50; ++i) CHECK(crowded.try_begin("name " + std::to_string(i), 1000));
  CHECK(!crowded.try_begin("one more", 1000));
}

TEST_CASE("a password is known by its hash alone, a secret by its digest", "[status][sign_in]") {
  const std::string hash = hash_password("correct horse battery");
  CHECK(hash.starts_with("$argon2id$"));
  CHECK(is_password(hash, "correct horse battery"));
  CHECK(!is_password(hash, "correct horse batterx"));
  CHECK(hash != hash_password("correct horse battery"));
  CHECK(!is_password(nobodys_hash(), ""));
  CHECK(new_secret().size() == 64);
  CHECK(new_secret() != new_secret());
  CHECK(form_token("a") != form_token("b"));
  CHECK(same_secret("abc", "abc"));
  CHECK(!same_secret("abc", "abd"));
  CHECK(!same_secret("abc", "ab"));
}

TEST_CASE("only what is meant for browsers is given out", "[status][http]") {
  CHECK(asset("page.css").has_value());
  CHECK(!asset("../texts.en.json").has_value());
  CHECK(!asset("").has_value());
  CHECK(asset_address("page.js").starts_with("/assets/page.js?v="));
}
