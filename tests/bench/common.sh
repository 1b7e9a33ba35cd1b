# shellcheck shell=bash
# What the programs of this folder share: a shop and an ERP on private servers, and miroir between them. To be sourced.
#
#   begin                  checks that the programs are built in `build`, makes the directory `work`; what was started
#                          is stopped at the end of the script, and `work` removed, unless `keep` is yes
#   make_shop, make_erp    databases filled by the sample: `customers` of them, and `products`; each customer with
#                          `orders` orders. The ERP is what `erp` says: postgres, mariadb or sqlite.
#   shop_sql, erp_sql      run the SQL of standard input, or of the one argument, as a user of the site does
#   choose_rows            which customers change: `changes` rows, half on each side (a fifth of all where that is empty)
#   change_customers N     changes those, to values of round N
#   configure NAME [PORT PORT]     writes $work/NAME.json; the sites are reached by these ports instead of their own
#   miroir VERB NAME ...   runs a verb with that configuration
#   timed NAME COMMAND ... appends seconds, and the kilobytes that were resident at most, to $work/NAME.times
#   start_proxies [OPTION ...]     proxy.py before each server; configures `proxied` with them
#   bytes_passed           what passed both since the last time
#   compare_sides          ends the script if the two sites differ

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
program=$(basename "$0")
build="" erp=postgres keep=no
customers=0 products=1 orders=0 changes=""
# shellcheck disable=SC2016
erp_customer='"CRONUS France$Customer"'
helpers=()
proxy_port=""
# shellcheck source=deploy/servers.sh
. "$root/deploy/servers.sh"

begin() {
  local needed
  build=$(cd "${build:-$root/build/release}" && pwd)
  for needed in miroir tests/support/miroir_sample; do
    [ -x "$build/$needed" ] || { echo "$program: $build/$needed is not built" >&2; exit 2; }
  done
  [ -n "$(pair)" ] || { echo "$program: --erp is postgres, mariadb or sqlite" >&2; exit 2; }
  work=$(mktemp -d "/tmp/miroir-$program.XXXXXX")
  trap clean_up EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
}

pair() {
  case $erp in
    postgres) echo "PostgreSQL and PostgreSQL" ;;
    mariadb) echo "PostgreSQL and MariaDB" ;;
    sqlite) echo "PostgreSQL and SQLite" ;;
  esac
}

clean_up() {
  [ "${#helpers[@]}" -eq 0 ] || kill "${helpers[@]}" 2>/dev/null || true
  if [ "$keep" = yes ]; then
    echo "kept: $MIROIR_TEST_POSTGRES ${MIROIR_TEST_MARIADB:-}, databases shop and erp, $work/direct.json"
    return
  fi
  stop_servers
  rm -rf "$work"
}

fail() {
  echo "$program: $*" >&2
  tail -n 20 "$work/miroir.log" >&2 || true
  exit 1
}

# Standard SQL's quotes and || also in MariaDB, and a backslash is itself.
postgres_sql() { psql -X -q -A -t -v ON_ERROR_STOP=1 -d "${MIROIR_TEST_POSTGRES/dbname=postgres/dbname=$1}" "${@:2}"; }
mariadb_client() {
  mariadb --no-defaults --socket="$MIROIR_TEST_MARIADB_SOCKET" --user=miroir_admin --batch --skip-column-names \
    --default-character-set=utf8mb4 --init-command="SET SESSION sql_mode =
      'ANSI_QUOTES,PIPES_AS_CONCAT,NO_BACKSLASH_ESCAPES,STRICT_ALL_TABLES'" "$@"
}
sql_of() { if [ $# -gt 0 ]; then echo "$1"; else cat; fi; }
shop_sql() { sql_of "$@" | postgres_sql shop -f -; }
erp_sql() {
  case $erp in
    postgres) sql_of "$@" | postgres_sql erp -f - ;;
    mariadb) sql_of "$@" | mariadb_client erp ;;
    sqlite) sql_of "$@" | sqlite3 -batch -bail -cmd ".timeout 10000" "$work/erp.db" ;;
  esac
}

sample() {
  "$build/tests/support/miroir_sample" --customers "$customers" --orders-per-customer "$orders" \
    --products "$products" "$@"
}
make_postgres() {
  postgres_sql postgres -c "CREATE DATABASE $1"
  postgres_sql "$1" -f "$root/schema/ddl/$1/postgres.sql"
}
make_shop() {
  make_postgres shop
  sample --site shop --dialect postgres | shop_sql
}
make_empty_erp() {
  case $erp in
    postgres) make_postgres erp; return ;;
    mariadb) start_mariadb && mariadb_client --execute "CREATE DATABASE erp" ;;
    sqlite) sqlite3 -batch -bail "$work/erp.db" "PRAGMA journal_mode = WAL" >/dev/null ;;
  esac
  erp_sql <"$root/schema/ddl/erp/$erp.sql"
}
make_erp() {
  make_empty_erp
  sample --site erp --dialect "$erp" | erp_sql
}

# One in `every` on each side: SQL that names them; a tenth of those on both, in different columns.
erp_number='CAST(substr("No_", 2) AS integer)'
choose_rows() {
  changes=${changes:-$((customers / 5))}
  local every=$((2 * customers / changes)) odd
  if [ $((every % 2)) -ne 0 ] || [ $((customers % (every * 10))) -ne 0 ] ||
    [ $((changes * every)) -ne $((customers * 2)) ]; then
    echo "$program: $changes changes of $customers customers do not come out even" >&2
    exit 2
  fi
  odd=$((every / 2))
  shop_rows="id % $every = 0"
  erp_rows="($erp_number % $every = $odd AND $erp_number % ($every * 10) <> $odd OR $erp_number % ($every * 10) = 0)"
}
change_at_erp() { echo "UPDATE $erp_customer SET \"Address\" = $1 || ' rue ' || \"No_\" WHERE $erp_rows"; }
change_customers() {
  shop_sql "UPDATE customer SET phone = '+33 ' || $1 || ' ' || id WHERE $shop_rows"
  erp_sql "$(change_at_erp "$1")"
}

# The port that a site of the configuration is reached by; nothing for a file.
port_of() { sed -nE 's/.*[Pp]ort=([0-9]+).*/\1/p' <<<"$1"; }
by_port() { sed -E "s/([Pp]ort=)[0-9]+/\1$2/" <<<"$1"; }
postgres_site() {
  local connection="${MIROIR_TEST_POSTGRES/dbname=postgres/dbname=$1} sslmode=disable"
  echo "\"connector\": \"postgres\", \"connection\": \"$connection\""
}
shop_site() { postgres_site shop; }
erp_site() {
  local connection
  case $erp in
    postgres) postgres_site erp; return ;;
    mariadb) connection="$MIROIR_TEST_MARIADB;Database=erp" ;;
    sqlite) connection="Driver=SQLite3;Database=erp.db" ;;
  esac
  echo "\"connector\": \"odbc\", \"dialect\": \"$erp\", \"connection\": \"$connection\""
}
configure() {
  local shop there
  shop=$(shop_site) there=$(erp_site)
  [ -z "${2:-}" ] || shop=$(by_port "$shop" "$2")
  [ -z "${3:-}" ] || there=$(by_port "$there" "$3")
  cat >"$work/$1.json" <<JSON
{
  "sites": {
    "shop": {$shop},
    "erp": {$there}
  },
  "mapping": "$root/schema/mappings/shop-navision/shop-navision.json",
  "state": "miroir.db"
}
JSON
}
miroir() { "$build/miroir" "$1" --config "$work/$2.json" "${@:3}" 2>>"$work/miroir.log"; }

timed() {
  local name=$1
  shift
  /usr/bin/time --quiet --format '%e %M' --append --output "$work/$name.times" "$@" 2>>"$work/miroir.log"
}
# timed_miroir NAME CONFIGURATION VERB ...: what it prints stands in $work/NAME.json.
timed_miroir() {
  timed "$1" "$build/miroir" "$3" --config "$work/$2.json" --json "${@:4}" >"$work/$1.json" ||
    fail "$1 ended with $?: $(head -c 2000 "$work/$1.json")"
}
since() { python3 -c "import time; print(f'{time.time() - $1:.3f}')"; }  # Of $(date +%s.%N).
# The sum over both sites of a member of what a cycle printed.
both() {
  python3 -c "import json, sys; print(sum(json.load(open(sys.argv[1]))[sys.argv[2]].values()))" "$work/$1.json" "$2"
}

start_proxies() {
  local shop there=""
  start_proxy shop "$(port_of "$(shop_site)")" "$@"
  shop=$proxy_port
  # A file has no line.
  if [ "$erp" != sqlite ]; then start_proxy erp "$(port_of "$(erp_site)")" "$@"; there=$proxy_port; fi
  configure proxied "$shop" "$there"
}
start_proxy() {
  python3 "$root/tests/bench/proxy.py" 127.0.0.1 "$2" "$work/$1.bytes" "${@:3}" >"$work/$1.port" &
  helpers+=("$!")
  for _ in $(seq 100); do [ -s "$work/$1.port" ] && break; sleep 0.1; done
  proxy_port=$(cat "$work/$1.port")
  [ -n "$proxy_port" ] || fail "the proxy before the $1 did not start"
}
# The proxies write them when the last connection has ended.
bytes_passed() {
  local site sum=0
  for site in shop $([ "$erp" = sqlite ] || echo erp); do
    for _ in $(seq 100); do [ -s "$work/$site.bytes" ] && break; sleep 0.1; done
    sum=$((sum + $(cat "$work/$site.bytes")))
    rm "$work/$site.bytes"
  done
  echo "$sum"
}

erp_place() {
  case $erp in
    postgres) echo "postgres:${MIROIR_TEST_POSTGRES/dbname=postgres/dbname=erp}" ;;
    mariadb) echo "mariadb:$MIROIR_TEST_MARIADB_SOCKET:erp" ;;
    sqlite) echo "sqlite:$work/erp.db" ;;
  esac
}
compare_sides() {
  python3 "$root/deploy/compare.py" --shop "postgres:${MIROIR_TEST_POSTGRES/dbname=postgres/dbname=shop}" \
    --erp "$(erp_place)" >"$work/compare.log" || fail "the sides differ: $(tail -n 7 "$work/compare.log")"
}
