// Mistakes of the configuration and the mapping: all of them at once, and nothing is touched.
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <fstream>
#include <functional>

#include "mirror/cli/secrets.hpp"
#include "tests/support/pair.hpp"

using namespace miroir::test;
using nlohmann::json;

namespace {

bool says(const std::string& text, const std::string& words) {
  return text.find(words) != std::string::npos;
}

struct Mistaken {
  const char* what;
  std::function<void(json&)> change;
  std::vector<std::string> words;  // What the message must say.
};

// The shop's and the ERP's files are SQLite's: no server is needed to be wrong.
const std::vector<Mistaken> mistakes{
    {"an unknown key", [](json& c) { c["sties"] = 1; }, {"miroir.json#", "sties"}},
    {"a wrong type",
     [](json& c) { c["limits"]["cycle_seconds"] = "ten"; },
     {"/limits/cycle_seconds"}},
    {"a limit of nothing",
     [](json& c) { c["limits"]["connect_seconds"] = 0; },
     {"/limits/connect_seconds"}},
    {"no state", [](json& c) { c.erase("state"); }, {"state"}},
    {"a port that there cannot be",
     [](json& c) { c["serve"]["listen"] = "127.0.0.1:65536"; },
     {"/serve/listen"}},
    {"a port of people's that there cannot be",
     [](json& c) { c["serve"]["address"] = "https://miroir.example.com:99999"; },
     {"/serve/address"}},
    {"an unknown connector",
     [](json& c) { c["sites"]["shop"]["connector"] = "oracle"; },
     {"/sites/shop/connector", "postgres", "odbc"}},
    {"an unknown dialect",
     [](json& c) { c["sites"]["erp"]["dialect"] = "sqlit"; },
     {"/sites/erp/dialect", "'sqlit' is no dialect", "one of: mariadb, sqlite"}},
    {"odbc without a dialect",
     [](json& c) { c["sites"]["erp"].erase("dialect"); },
     {"/sites/erp", "dialect"}},
    {"a dialect for postgres",
     [](json& c) { c["sites"]["erp"]["connector"] = "postgres"; },
     {"/sites/erp/dialect", "takes no dialect"}},
    {"a site that the mapping does not know",
     [](json& c) {
       c["sites"]["store"] = c["sites"]["shop"];
       c["sites"].erase("shop");
     },
     {"/sites", "'store'", "shop and erp"}},
    {"limits of an entity that is not mirrored",
     [](json& c) { c["brakes"]["entities"]["prodcut"]["updates"]["share"] = 1; },
     {"/brakes/entities/prodcut", "no entity 'prodcut'"}},
    {"a password in the connection text",
     [](json& c) { c["sites"]["shop"]["connection"] = "Driver=SQLite3;Database=x;PWD=geheim"; },
     {"/sites/shop/connection", "holds a password", "password_file"}},
    {"a password file that is not there",
     [](json& c) { c["sites"]["shop"]["password_file"] = "nothing"; },
     {"/sites/shop/password_file", "there is no file"}},
    {"a variable that is not set",
     [](json& c) { c["sites"]["shop"]["password_env"] = "MIROIR_NOT_SET_ANYWHERE"; },
     {"/sites/shop/password_env", "MIROIR_NOT_SET_ANYWHERE is not set"}},
    {"a variable's name that is none, which may be the password",
     [](json& c) { c["sites"]["shop"]["password_env"] = "ge heim"; },
     {"/sites/shop/password_env", "no name of an environment variable"}},
    {"a password in the configuration",
     [](json& c) { c["sites"]["shop"]["password"] = "geheim"; },
     {"/sites/shop/password", "a password stands in the configuration", "password_file"}},
    {"a credential where systemd gives none",
     [](json& c) { c["sites"]["shop"]["password_credential"] = "shop.password"; },
     {"/sites/shop/password_credential", "LoadCredential=shop.password:"}},
    {"two places for one password, one of them systemd's",
     [](json& c) {
       c["sites"]["shop"]["password_env"] = "HOME";
       c["sites"]["shop"]["password_credential"] = "shop.password";
     },
     {"/sites/shop", "both password_env and password_credential"}},
    {"an installer without a name",
     [](json& c) { c["sites"]["shop"]["installer"] = {{"password_env", "HOME"}}; },
     {"/sites/shop/installer", "user"}},
    {"two places for one password",
     [](json& c) {
       c["sites"]["shop"]["password_env"] = "HOME";
       c["sites"]["shop"]["password_file"] = "nothing";
     },
     {"/sites/shop", "both password_file and password_env"}},
    {"TLS for a file",
     [](json& c) { c["sites"]["shop"]["tls_ca"] = "ca.pem"; },
     {"/sites/shop/tls_ca", "SQLite"}},
    {"an authority that is not there",
     [](json& c) {
       c["sites"]["shop"] = {{"connector", "postgres"}, {"connection", "host=x"}, {"tls_ca", "no"}};
     },
     {"/sites/shop/tls_ca", "there is no file"}},
    {"two answers about TLS",
     [](json& c) {
       c["sites"]["shop"] = {{"connector", "postgres"},
                             {"connection", "host=x sslmode=require"},
                             {"tls_ca", "miroir.json"}};
     },
     {"/sites/shop/tls_ca", "one of the two"}},
    {"an ODBC text that is none",
     [](json& c) { c["sites"]["shop"]["connection"] = "SQLite3"; },
     {"/sites/shop/connection", "KEY=VALUE"}},
    {"telling nobody",
     [](json& c) { c["notify"] = {{"language", "fr"}}; },
     {"/notify", "names nobody to tell", "\"email\""}},
    {"telling at no address",
     [](json& c) { c["notify"]["webhook"] = {{"token_file", "x"}}; },
     {"/notify/webhook", "is said nowhere", "\"url_file\""}},
    {"telling at two addresses",
     [](json& c) { c["notify"]["webhook"] = {{"url", "https://a.example/"}, {"url_file", "x"}}; },
     {"/notify/webhook", "is said twice"}},
    {"a password in an address",
     [](json& c) { c["notify"]["webhook"] = {{"url", "https://u:geheim@a.example/"}}; },
     {"/notify/webhook/url", "\"token_file\""}},
    {"an address without its scheme, which may be a secret",
     [](json& c) { c["notify"]["webhook"] = {{"url", "hooks.example/geheim"}}; },
     {"/notify/webhook/url", "\"url_file\""}},
    {"a token over an open line",
     [](json& c) {
       c["notify"]["webhook"] = {{"url", "http://127.0.0.1.evil.example/"}, {"token_file", "x"}};
     },
     {"/notify/webhook/url", "unprotected", "https://"}},
    {"an e-mail address that is none",
     [](json& c) { c["notify"]["email"]["to"] = {"it@example.com\nBcc: all@example.com"}; },
     {"/notify/email/to/0"}},
    {"an event that is none",
     [](json& c) { c["notify"] = {{"command", {"true"}}, {"events", {"fire"}}}; },
     {"/notify/events/0"}},
    {"a mapping that is not there", [](json& c) { c["mapping"] = "other.json"; }, {"other.json"}},
};

void write(const std::filesystem::path& file, const std::string& text) {
  std::ofstream{file} << text;
}

}  // namespace

TEST_CASE("every mistake of the configuration ends with 2, its place and its remedy",
          "[cli][config]") {
  const Pair pair{Pair::sqlite_sqlite, Pair::bare};
  const json sound = pair.config();
  for (const Mistaken& mistaken : mistakes) {
    CAPTURE(mistaken.what);
    json config = sound;
    mistaken.change(config);
    pair.write_config(config);
    for (const std::string verb : {"check", "install", "seed", "cycle", "status"}) {
      const Ended ended = pair.verb({verb});
      CAPTURE(verb, ended.err);
      CHECK(ended.exit_code == 2);
      CHECK(ended.out.empty());
      for (const std::string& words : mistaken.words) CHECK(says(ended.err, words));
      CHECK_FALSE(says(ended.err, "geheim"));
    }
  }
  CHECK_FALSE(std::filesystem::exists(pair.state_file()));
}

TEST_CASE("the mistakes of configuration and mapping come in one report", "[cli][config]") {
  Pair pair{Pair::sqlite_sqlite, Pair::bare};
  const std::string before = pair.dump();
  json config = pair.config();
  config["limits"]["chunk_roots"] = 0;
  config["notify"]["webhook"] = {{"token_file", "x"}};
  config["sites"]["shop"]["password_env"] = "MIROIR_NOT_SET_ANYWHERE";
  pair.write_config(config);
  pair.edit_mapping(R"("policy": "hold")", R"("policy": "held")");
  pair.edit_mapping(R"("to": "customer")", R"("to": "custmer")");

  const Ended ended = pair.verb({"check", "--json"});
  CHECK(ended.exit_code == 2);
  const json object = json::parse(ended.out);
  CHECK(object.at("outcome") == "usage");
  CHECK(object.at("mistakes").size() == 5);
  CHECK(says(ended.err, "chunk_roots"));
  CHECK(says(ended.err, "/notify/webhook"));
  CHECK(says(ended.err, "MIROIR_NOT_SET_ANYWHERE"));
  CHECK(says(ended.err, "payment_terms/policy"));
  CHECK(says(ended.err, "custmer"));
  CHECK(changes(before, pair.dump()) == nothing);
}

TEST_CASE("a configuration file that is no JSON names the line", "[cli][config]") {
  const Pair pair{Pair::sqlite_sqlite, Pair::bare};
  write(pair.config_file(), "{\n  // A comment is fine.\n  \"sites\" = {}\n}\n");
  const Ended ended = pair.verb({"check"});
  CHECK(ended.exit_code == 2);
  CHECK(says(ended.err, "line 3"));
}

TEST_CASE("a password file must be its owner's alone", "[cli][config]") {
  const Pair pair{Pair::sqlite_sqlite, Pair::bare};
  json config = pair.config();
  config["sites"]["shop"]["password_file"] = "secret";
  pair.write_config(config);
  write(pair.folder() / "secret", "geheim\n");

  ::chmod((pair.folder() / "secret").c_str(), 0640);
  const Ended open = pair.verb({"status"});
  CHECK(open.exit_code == 2);
  CHECK(says(open.err, "others can read"));
  CHECK(says(open.err, "chmod 600"));

  ::chmod((pair.folder() / "secret").c_str(), 0600);
  CHECK(pair.verb({"status"}).exit_code == 0);

  write(pair.folder() / "secret", "\n");
  CHECK(pair.verb({"status"}).exit_code == 2);
}

TEST_CASE("a password file that another user owns is refused", "[cli][config]") {
  if (::geteuid() != 0) return;  // Only root can make one, and be somebody else.
  const Pair pair{Pair::sqlite_sqlite, Pair::bare};
  const std::filesystem::path secret = pair.folder() / "secret";
  write(secret, "geheim\n");
  ::chmod(pair.folder().c_str(), 0755);
  constexpr uid_t nobody = 65534;
  const auto said = [&](uid_t owner, mode_t mode) {
    REQUIRE(::chown(secret.c_str(), owner, 0) == 0);
    ::chmod(secret.c_str(), mode);
    REQUIRE(::seteuid(nobody) == 0);
    const auto read = miroir::read_secret({.file = "secret", .variable = {}, .credential = {}},
                                          pair.folder());
    REQUIRE(::seteuid(0) == 0);
    const auto* none = std::get_if<miroir::NoSecret>(&read);
    return none == nullptr ? std::get<std::string>(read) : none->wrong;
  };
  CHECK(says(said(1, 0444), "belongs to another user"));
  CHECK(says(said(0, 0444), "others can read"));
  CHECK(says(said(0, 0400), "cannot be read: Permission denied"));
  CHECK(says(said(nobody, 0440), "others can read"));
  CHECK(said(nobody, 0400) == "geheim");
}

TEST_CASE("a password file that holds more than a password is refused", "[cli][config]") {
  const Pair pair{Pair::sqlite_sqlite, Pair::bare};
  json config = pair.config();
  config["sites"]["shop"]["password_file"] = "secret";
  pair.write_config(config);
  write(pair.folder() / "secret", "# the shop's\ngeheim\n");
  ::chmod((pair.folder() / "secret").c_str(), 0600);
  const Ended ended = pair.verb({"status"});
  CHECK(ended.exit_code == 2);
  CHECK(says(ended.err, "more than one line"));
  write(pair.folder() / "secret", " geheim\n");
  CHECK(says(pair.verb({"status"}).err, "begins or ends with a blank"));
}

TEST_CASE("a credential of systemd's is taken whatever its mode", "[cli][config]") {
  const Pair pair{Pair::sqlite_sqlite, Pair::bare};
  json config = pair.config();
  config["sites"]["shop"]["password_credential"] = "shop.password";
  pair.write_config(config);
  Program program = pair.program({"status"});
  program.environment["CREDENTIALS_DIRECTORY"] = pair.folder().string();
  const Ended none = run_program(program);
  CHECK(none.exit_code == 2);
  CHECK(says(none.err, "there is no file"));
  write(pair.folder() / "shop.password", "\n");  // As the unit has it where there is none.
  CHECK(says(run_program(program).err, "is empty"));
  write(pair.folder() / "shop.password", "geheim\n");
  ::chmod((pair.folder() / "shop.password").c_str(), 0440);
  CHECK(run_program(program).exit_code == 0);
}

TEST_CASE("what cannot be read as JSON is not shown", "[cli][config]") {
  const Pair pair{Pair::sqlite_sqlite, Pair::bare};
  write(pair.config_file(), R"({"sites": {"shop": {"password": "geheim\x"}}})");
  const Ended ended = pair.verb({"status"});
  CHECK(ended.exit_code == 2);
  CHECK(says(ended.err, "line 1, column"));
  CHECK_FALSE(says(ended.err, "geheim"));
}

TEST_CASE("an SQLite file may be named relative to the configuration", "[cli][config]") {
  Pair pair{Pair::sqlite_sqlite, Pair::bare};
  const std::string file = pair.shop().value("SELECT file FROM pragma_database_list");
  std::filesystem::create_symlink(file, pair.folder() / "shop.db");
  json config = pair.config();
  config["sites"]["shop"]["connection"] = "Driver=SQLite3;Database=shop.db";
  pair.write_config(config);
  const Ended ended = pair.verb({"install", "--site", "shop"});
  CAPTURE(ended.err);
  CHECK(ended.exit_code == 0);
  CHECK(pair.shop().value("SELECT count(*) FROM miroir_journal") == "0");
}

namespace {

struct Misfit {
  const char* what;
  const char* from;
  const char* to;
  std::vector<std::string> words;
};
const std::vector<Misfit> misfits{
    {"a table that is not there",
     R"("table": "stock")",
     R"("table": "stocks")",
     {"stocks", "stock"}},
    {"a column that is not there", R"("shop": "city")", R"("shop": "citty")", {"citty", "city"}},
    {"a key that is not unique",
     R"("key": [{"column": "product_id"}, {"column": "location"}])",
     R"("key": [{"column": "product_id"}])",
     {"stock/shop", "product_id", "unique"}},
};

}  // namespace

TEST_CASE("a mapping that does not fit the tables ends with 2 before anything is installed",
          "[cli][config]") {
  for (const Misfit& misfit : misfits) {
    CAPTURE(misfit.what);
    Pair pair{Pair::sqlite_sqlite, Pair::filled};
    const std::string before = pair.dump();
    pair.edit_mapping(misfit.from, misfit.to);
    for (const std::string verb : {"install", "seed", "check"}) {
      const Ended ended = pair.verb({verb});
      CAPTURE(verb, ended.out, ended.err);
      CHECK(ended.exit_code == 2);
      for (const std::string& words : misfit.words) CHECK(says(ended.out + ended.err, words));
    }
    CHECK(changes(before, pair.dump()) == nothing);
  }
}
