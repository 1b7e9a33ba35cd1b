#include "connectors/postgres/postgres_errors.hpp"

#include <array>
#include <catch2/catch.hpp>

#include "connectors/postgres/postgres_conninfo.hpp"

namespace miroir::test {

namespace pg = postgres;

TEST_CASE("of a server's report only the first line is kept, without its severity",
          "[postgres][errors]") {
  CHECK(pg::primary_message("ERROR:  duplicate key value violates unique constraint \"t_pkey\"\n"
                            "DETAIL:  Key (email)=(a@b.fr) already exists.\n",
                            "23505") ==
        "duplicate key value violates unique constraint \"t_pkey\"");
  CHECK(pg::primary_message("ERREUR:  la relation « x » n'existe pas\nLIGNE 1 : SELECT\n",
                            "42P01") == "la relation « x » n'existe pas");
  CHECK(pg::primary_message("server closed the connection unexpectedly\n\tThis probably means",
                            "") == "server closed the connection unexpectedly");
}

TEST_CASE("values that class 22 quotes are left out", "[postgres][errors]") {
  CHECK(pg::primary_message("ERROR:  invalid input syntax for type integer: \"12, rue X\"",
                            "22P02") == "invalid input syntax for type integer: \"...\"");
  CHECK(pg::primary_message("ERROR:  value \"99\" is out of range for type \"x\"", "22003") ==
        "value \"...\" is out of range for type \"...\"");
}

TEST_CASE("a connection that fails says what to check, in either language", "[postgres][errors]") {
  struct Row {
    const char* report;
    const char* sqlstate;
    Recovery recovery;
    const char* hint;
  };
  constexpr std::array table{
      Row{"connection to server at \"db\" (10.0.0.2), port 5432 failed: FATAL:  password "
          "authentication failed for "
          "user \"miroir\"",
          "28P01", Recovery::misconfigured, "user and password"},
      Row{"FATAL:  authentification par mot de passe échouée pour l'utilisateur « miroir »",
          "28P01", Recovery::misconfigured, "user and password"},
      Row{"FATAL:  no pg_hba.conf entry for host \"10.0.0.3\", user \"miroir\", database \"shop\", "
          "no encryption",
          "28000", Recovery::misconfigured, "pg_hba.conf"},
      Row{"FATAL:  database \"shop\" does not exist", "3D000", Recovery::misconfigured, "dbname"},
      Row{"FATAL:  la base de données « shop » n'existe pas", "3D000", Recovery::misconfigured,
          "dbname"},
      Row{"FATAL:  sorry, too many clients already", "53300", Recovery::reconnect, "connection"},
      Row{"FATAL:  the database system is starting up", "57P03", Recovery::reconnect, "starting"},
      Row{"could not translate host name \"dbb\" to address: Name or service not known", "08001",
          Recovery::reconnect, "name service"},
      Row{"connection to server at \"10.0.0.9\", port 5432 failed: timeout expired", "08001",
          Recovery::reconnect, "firewall"},
      Row{"SSL SYSCALL error: EOF detected", "08001", Recovery::reconnect, "host and port"},
      Row{"SSL error: certificate verify failed", "08001", Recovery::misconfigured, "sslrootcert"},
      Row{"something that no table knows", "08001", Recovery::reconnect, "host and port"},
  };
  for (const Row& row : table) {
    INFO(row.report);
    const DbError error = pg::connect_error(row.report, "");
    CHECK(error.sqlstate() == row.sqlstate);
    CHECK(error.recovery() == row.recovery);
    CHECK(error.hint().find(row.hint) != std::string_view::npos);
  }
}

// The texts are those of PostgreSQL 15's own French catalogue.
TEST_CASE("what a server says to who connects means the same in French", "[postgres][errors]") {
  struct Row {
    const char* english;
    const char* french;
    const char* sqlstate;
    Recovery recovery;
    const char* hint;
  };
  constexpr std::array table{
      Row{"the database system is starting up", "le système de bases de données se lance", "57P03",
          Recovery::reconnect, "starting"},
      Row{"the database system is shutting down", "le système de base de données s'arrête", "57P03",
          Recovery::reconnect, "starting"},
      Row{"the database system is in recovery mode",
          "le système de bases de données est en cours de restauration", "57P03",
          Recovery::reconnect, "starting"},
      Row{"the database system is not yet accepting connections",
          "le système de bases de données n'accepte pas encore de connexions", "57P03",
          Recovery::reconnect, "starting"},
      Row{"the database system is not accepting connections",
          "le système de bases de données n'accepte pas de connexions", "57P03",
          Recovery::reconnect, "starting"},
      Row{"sorry, too many clients already", "désolé, trop de clients sont déjà connectés", "53300",
          Recovery::reconnect, "connection"},
      Row{"remaining connection slots are reserved for non-replication superuser connections",
          "les emplacements de connexions restants sont réservés pour les "
          "connexions\nsuperutilisateur non relatif à la réplication",
          "53300", Recovery::reconnect, "connection"},
      Row{"too many connections for database \"x\"",
          "trop de connexions pour la base de données « x »", "53300", Recovery::reconnect,
          "connection"},
      Row{"too many connections for role \"x\"", "trop de connexions pour le rôle « x »", "53300",
          Recovery::reconnect, "connection"},
      Row{"password authentication failed for user \"x\"",
          "authentification par mot de passe échouée pour l'utilisateur  « x »", "28P01",
          Recovery::misconfigured, "user and password"},
      Row{"Peer authentication failed for user \"x\"",
          "authentification peer échouée pour l'utilisateur « x »", "28000",
          Recovery::misconfigured, "user and password"},
      Row{"Ident authentication failed for user \"x\"",
          "Échec de l'authentification Ident pour l'utilisateur « x »", "28000",
          Recovery::misconfigured, "user and password"},
      Row{"LDAP authentication failed for user \"x\"",
          "authentification LDAP échouée pour l'utilisateur « x »", "28000",
          Recovery::misconfigured, "user and password"},
      Row{"no pg_hba.conf entry for host \"x\", user \"x\", database \"x\", x",
          "aucune entrée dans pg_hba.conf pour l'hôte « x », utilisateur « x »,\nbase de données « "
          "x », x",
          "28000", Recovery::misconfigured, "let this machine"},
      Row{"pg_hba.conf rejects connection for host \"x\", user \"x\", database \"x\", x",
          "pg_hba.conf rejette la connexion pour l'hôte « x », utilisateur « x », base\nde données "
          "« x », x",
          "28000", Recovery::misconfigured, "let this machine"},
      Row{"role \"x\" does not exist", "le rôle « x » n'existe pas", "28000",
          Recovery::misconfigured, "check user"},
      Row{"role \"x\" is not permitted to log in",
          "le rôle « x » n'est pas autorisé à se connecter", "28000", Recovery::misconfigured,
          "check user"},
      Row{"database \"x\" does not exist", "la base de données « x » n'existe pas", "3D000",
          Recovery::misconfigured, "dbname"},
      Row{"canceling authentication due to timeout",
          "annulation de l'authentification à cause du délai écoulé", "08001", Recovery::reconnect,
          "host and port"},
  };
  for (const Row& row : table) {
    for (const std::string text : {row.english, row.french}) {
      CAPTURE(text);
      const DbError error = pg::connect_error(
          "connection to server at \"db\" (10.0.0.2), port 5432 failed: FATAL:  " + text, "");
      CHECK(error.sqlstate() == row.sqlstate);
      CHECK(name_of(error.recovery()) == name_of(row.recovery));
      CHECK(error.hint().find(row.hint) != std::string_view::npos);
    }
  }
}

TEST_CASE("a password never appears in an error", "[postgres][errors]") {
  const DbError error = pg::connect_error("invalid value \"s3cret\" near s3cret", "s3cret");
  CHECK(std::string{error.what()} == "invalid value \"***\" near ***");
  try {
    pg::make_conninfo("host=x password='s3cret", SessionLimits{}, "miroir");
    FAIL("the text was accepted");
  } catch (const DbError& unread) {
    CHECK(unread.recovery() == Recovery::misconfigured);
    CHECK(std::string{unread.what()}.find("s3cret") == std::string::npos);
    CHECK(unread.hint().find("postgresql://") != std::string_view::npos);
  }
}

TEST_CASE("both forms of connection text get the limits and the name", "[postgres]") {
  SessionLimits limits;
  limits.connect = std::chrono::milliseconds{4'500};
  for (const char* configured :
       {"host=db dbname=shop password='a \\'b\\\\'", "postgresql://db/shop?password=a%20'b%5C"}) {
    INFO(configured);
    const pg::Conninfo conninfo = pg::make_conninfo(configured, limits, "miroir/cycle/7");
    CHECK(conninfo.password == "a 'b\\");
    for (const char* part :
         {"host='db'", "dbname='shop'", R"(password='a \'b\\')", "connect_timeout='5'",
          "application_name='miroir/cycle/7'", "tcp_user_timeout='30000'", "keepalives_idle='15'",
          "client_encoding='UTF8'"}) {
      CHECK(conninfo.text.find(part) != std::string::npos);
    }
  }
}

}  // namespace miroir::test
