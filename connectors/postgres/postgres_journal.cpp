#include "connectors/postgres/postgres_journal.hpp"

#include "connectors/postgres/postgres_text.hpp"

namespace miroir::postgres {

std::vector<Statement> create_own_tables() {
  return {
      // CREATE SCHEMA IF NOT EXISTS asks for the right to create one even where it exists: a DBA
      // may have made it.
      plain("DO $m$ BEGIN\n"
            "  IF pg_catalog.to_regnamespace('miroir') IS NULL THEN CREATE SCHEMA miroir; END IF;\n"
            "END $m$"),
      plain("CREATE TABLE IF NOT EXISTS miroir.journal (\n"
            "  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n"
            "  entity text NOT NULL,\n"
            "  part text NOT NULL,\n"
            "  op char(1) NOT NULL,\n"
            "  old_key text,\n"
            "  new_key text,\n"
            "  old_root text,\n"
            "  new_root text,\n"
            "  root text COLLATE \"C\" NOT NULL,\n"
            "  tx text NOT NULL,\n"
            "  at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),\n"
            "  origin bigint,\n"
            "  changed text)"),
      // Older installations lack the one, and have the other: a condition that only triggers could
      // break, and that is read anew from the catalogue's text for each of their inserts.
      plain("ALTER TABLE miroir.journal ADD COLUMN IF NOT EXISTS changed text,\n"
            "  DROP CONSTRAINT IF EXISTS journal_op_check"),
      plain("CREATE INDEX IF NOT EXISTS journal_root ON miroir.journal (entity, root)"),
      plain("CREATE TABLE IF NOT EXISTS miroir.marker (\n"
            "  batch bigint NOT NULL,\n"
            "  store text NOT NULL,\n"
            "  cycle bigint,\n"
            "  void boolean NOT NULL,\n"
            "  outcome text,\n"
            "  PRIMARY KEY (store, batch))"),
      plain("CREATE TABLE IF NOT EXISTS miroir.site (\n"
            "  \"only\" boolean PRIMARY KEY DEFAULT true CHECK (\"only\"),\n"
            "  store text NOT NULL,\n"
            "  cycle bigint NOT NULL)"),
      // Only its owner may analyze a table, and whoever mirrors is somebody else. A cycle waits for
      // it: a rough idea of what plans depend on will do.
      plain("CREATE OR REPLACE FUNCTION miroir.miroir_analyze() RETURNS void LANGUAGE plpgsql\n"
            "SECURITY DEFINER SET search_path = pg_catalog, pg_temp\n"
            "SET default_statistics_target = 10 AS\n"
            "$m$ BEGIN ANALYZE (SKIP_LOCKED) miroir.journal (id, entity, part, root); END $m$"),
  };
}

// Installations older than the function belong to whoever mirrors.
Statement analyze_journal() {
  return plain(
      "DO $m$ BEGIN\n"
      "  IF pg_catalog.to_regprocedure('miroir.miroir_analyze()') IS NULL THEN\n"
      "    ANALYZE (SKIP_LOCKED) miroir.journal;\n"
      "  ELSE PERFORM miroir.miroir_analyze(); END IF;\n"
      "END $m$");
}

std::vector<Statement> drop_own_tables() {
  return {
      // Functions left by an earlier mapping, with their triggers: a trigger without its journal
      // would fail the
      // shop's every write.
      plain("DO $m$ DECLARE left_over regprocedure; BEGIN\n"
            "  FOR left_over IN\n"
            "    SELECT p.oid FROM pg_catalog.pg_proc AS p\n"
            "    JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace\n"
            "    WHERE n.nspname = 'miroir' AND p.proname LIKE 'miroir\\_%'\n"
            "  LOOP EXECUTE pg_catalog.format('DROP FUNCTION %s CASCADE', left_over); END LOOP;\n"
            "END $m$"),
      plain("DROP TABLE IF EXISTS miroir.journal"),
      plain("DROP TABLE IF EXISTS miroir.marker"),
      plain("DROP TABLE IF EXISTS miroir.site"),
      // Not CASCADE: what somebody else put into the schema is not ours to drop.
      plain("DROP SCHEMA IF EXISTS miroir"),
  };
}

Statement list_own_tables() {
  return plain(
      "SELECT schemaname::text, tablename::text FROM pg_catalog.pg_tables\n"
      "WHERE schemaname = 'miroir' AND (tablename IN ('marker', 'site') OR tablename = 'journal'\n"
      // One without this column, or with the condition, is an older version's: to install it again
      // mends it.
      "  AND EXISTS (SELECT 1 FROM pg_catalog.pg_attribute\n"
      "    WHERE attrelid = pg_catalog.to_regclass('miroir.journal') AND attname = 'changed')\n"
      "  AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_constraint\n"
      "    WHERE conrelid = pg_catalog.to_regclass('miroir.journal') AND conname = "
      "'journal_op_check'))\n"
      "ORDER BY 2");
}

std::string last_journal_id() {
  return "CASE WHEN has_sequence_privilege('miroir.journal_id_seq', 'USAGE, SELECT') THEN "
         "pg_sequence_last_value('miroir.journal_id_seq') END";
}

}  // namespace miroir::postgres
