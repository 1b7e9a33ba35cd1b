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

# why_no_backup FILE: fails, and says why, unless it is a whole state file of miroir's.
why_no_backup() {
  local found
  found=$(sqlite3 "file:$(uri_of "$1")?mode=ro" 'PRAGMA application_id' 2>&1) || { echo "$found"; return 1; }
  # "miro", by which miroir knows its own.
  [ "$found" = 1835627119 ] || { echo 'it is no state file of miroir'; return 1; }
  found=$(sqlite3 "file:$(uri_of "$1")?mode=ro" 'PRAGMA integrity_check(3)' 2>&1) || true
  [ "$found" = ok ] || { echo "$found"; return 1; }
}
