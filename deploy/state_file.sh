# What backup and restore share; to be sourced.

# path_in_config FILE MEMBER: a path of the configuration (JSON with comments), relative to its folder.
path_in_config() {
  python3 - "$1" "$2" <<'PY'
import json, os, re, sys
file, member = sys.argv[1:]
text = open(file, encoding='utf-8').read()
text = re.sub(r'("(?:\\.|[^"\\])*")|//[^\n]*|/\*.*?\*/', lambda m: m.group(1) or ' ', text, flags=re.S)
print(os.path.join(os.path.dirname(os.path.abspath(file)), json.loads(text)[member]))
PY
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
