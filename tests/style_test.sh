#!/usr/bin/env bash
# The rules of the house that a compiler does not check: how long a file may be, and who may include whom.
set -u
cd "$(dirname "$0")/.."
failed=0
fail() { echo "style: $1" >&2; failed=1; }

# A reader must be able to hold a file in the head. The list of exceptions only ever shrinks.
exceptions=" "
while read -r lines file; do
  [ "$file" = total ] && continue
  if [ "$lines" -gt 400 ] && [[ "$exceptions" != *" $file "* ]]; then fail "$file has $lines lines, at most 400"; fi
done < <(git ls-files '*.cpp' '*.hpp' | xargs wc -l)

# schema <- connectors <- mirror: the libraries enforce it at link time, headers alone would slip through.
for layer in 'schema:connectors|mirror|tests' 'connectors:mirror|tests' 'mirror:tests'; do
  below=${layer%%:*} above=${layer#*:}
  hits=$(grep -rnE "#include \"($above)/" "$below" --include='*.cpp' --include='*.hpp')
  [ -n "$hits" ] && fail "$below must not include what stands above it: $hits"
done

# One place for each driver's headers.
hits=$(grep -rlE '#include <pqxx' schema connectors mirror --include='*.?pp' | grep -v '^connectors/postgres/')
[ -n "$hits" ] && fail "only connectors/postgres may include pqxx: $hits"
hits=$(grep -rlE '#include <sql(ext|ucode)?\.h>' schema connectors mirror --include='*.?pp' | grep -v '^connectors/odbc/')
[ -n "$hits" ] && fail "only connectors/odbc may include sql.h: $hits"

# Every folder tells what it is.
for folder in schema connectors connectors/postgres connectors/odbc mirror mirror/state mirror/cli mirror/status tests deploy; do
  [ -f "$folder/README.md" ] || fail "$folder has no README.md"
done

# A README names the tests that would fail: they are there, each by a file or a program of its name, and what is quoted
# of one, or its tag, stands in it.
tests=" $(git ls-files tests deploy | sed -E 's|.*/||; s|\..*||' | tr '\n' ' ')"
tests+="$(grep -rhoE 'miroir_add_test\([a-z_0-9]+' tests --include=CMakeLists.txt | sed 's/.*(//' | tr '\n' ' ')"
while IFS=: read -r readme name; do
  name=${name//\`/}
  [[ "$tests" == *" $name "* ]] || fail "$readme names $name, which is no test"
done < <(git ls-files '*README.md' | xargs grep -HoE '`[a-z0-9_]+_test`')
while IFS=: read -r readme mention; do
  name=${mention#\`}
  name=${name%%\`*}
  said=${mention#*\` }
  git grep -qF "${said%\"}" -- "tests/**/$name*" || fail "$readme quotes $said of $name, which does not say so"
done < <(git ls-files '*README.md' | xargs grep -HoE '`[a-z0-9_]+` (\[G[0-9]\]|"[^"]+")')
for guarantee in 1 2 3 4 5 6 7; do
  grep -qE "^\| G$guarantee .*\`[a-z_]+(_test)?\`" mirror/README.md || fail "mirror/README.md names no test of G$guarantee"
done

# The engine decides purely: no clock, no connection, no store in the stages that judge.
hits=$(grep -nE 'steady_clock|system_clock|Store&|Session|Crew' mirror/match.cpp mirror/merge.cpp mirror/merge_fields.cpp mirror/plan.cpp)
[ -n "$hits" ] && fail "a pure stage reaches out: $hits"

exit $failed
