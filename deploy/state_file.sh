# What backup, restore and upgrade-sites share; to be sourced.

# config_as_json FILE: the configuration without its comments.
config_as_json() {
  python3 - "$1" <<'PY'
import re, sys
text = open(sys.argv[1], encoding='utf-8').read()
print(re.sub(r'("(?:\\.|[^"\\])*")|//[^\n]*|/\*.*?\*/', lambda m: m.group(1) or ' ', text, flags=re.S))
PY
}

# path_in_config FILE MEMBER: a path of the configuration, relative to its folder.
path_in_config() {
  config_as_json "$1" | python3 -c 'import json, os, sys
file, member = sys.argv[1:]
print(os.path.join(os.path.dirname(os.path.abspath(file)), json.load(sys.stdin)[member]))' "$1" "$2"
}

# uri_of FILE: as SQLite's file: URIs want it.
uri_of() { python3 -c 'import sys, urllib.parse; print(urllib.parse.quote(sys.argv[1]))' "$1"; }

# find_program: `program`, where it was installed with this file, else where the shell finds it.
find_program() {
  program=$(dirname "${BASH_SOURCE[0]}")/../../bin/miroir
  [ -x "$program" ] || program=$(command -v miroir) ||
    { echo 'the program miroir is not found: put its folder into PATH' >&2; return 1; }
}

# why_no_backup FILE: fails, and says why, unless it is a whole state file of miroir's. SQLite alone does not
# know: a flipped bit in what a record holds is found by miroir's own checksums.
why_no_backup() { "$program" check --state "$1" 2>&1; }
