# shellcheck shell=bash
# Private database servers for tests and the demo. To be sourced.
#
#   start_postgres   starts a PostgreSQL of its own: data directory under mktemp, a unix socket in it, and a free
#                    loopback port; exports MIROIR_TEST_POSTGRES. Never touches a server that is already there.
#   start_mariadb    the same with a MariaDB; exports MIROIR_TEST_MARIADB, an ODBC connection text, and
#                    MIROIR_TEST_MARIADB_SOCKET, for the mariadb client.
#   server_address   where they listen: loopback, unless whoever sources this file sets it to another of the machine's.
#   server_keeps     "nothing" of what was committed, by promise, if the server is killed: these data are thrown away.
#                    "commits": all of it. (Not if the machine fails: nothing is synced to a disk.)
#   stop_servers     stops what they started and removes their directories; safe to call twice.
#
# Whoever sources this file must let its EXIT trap call stop_servers, so that a failure or Ctrl-C leaves nothing.
# Only processes started here are ended, by the pid that the server itself wrote.

postgres_home=""
mariadb_home=""
: "${server_address:=127.0.0.1}"
: "${server_keeps:=nothing}"
# More options for the servers, words apart; a test of TLS sets them.
: "${postgres_options:=}"
: "${mariadb_options:=}"

# The newest server's programs; Debian keeps them out of the PATH.
postgres_programs() {
  local newest
  newest=$(find /usr/lib/postgresql -mindepth 2 -maxdepth 2 -name bin 2>/dev/null | sort -V | tail -n 1)
  if [ -z "$newest" ]; then
    echo "no PostgreSQL server in /usr/lib/postgresql; run deploy/install-packages" >&2
    return 1
  fi
  echo "$newest"
}

# Servers refuse to run as root: then their own user runs them, or nobody. Anybody else runs them as himself.
# In a session of its own, so that a Ctrl-C meant for the script does not end the server under the tests' feet.
as_server_user() {
  if [ "$(id -u)" -ne 0 ]; then
    setsid -w "$@"
  elif id -u postgres >/dev/null 2>&1; then
    setsid -w setpriv --reuid=postgres --regid="$(id -g postgres)" --clear-groups env HOME=/tmp "$@"
  else
    setsid -w setpriv --reuid=nobody --regid="$(id -g nobody)" --clear-groups env HOME=/tmp "$@"
  fi
}

# A port that nobody listens on now. Another process may take it before we do: start_postgres then tries again.
free_port() {
  python3 -c 'import socket; s = socket.socket(); s.bind(("'"$server_address"'", 0)); print(s.getsockname()[1])'
}

start_postgres() {
  local programs port attempt durable=off
  programs=$(postgres_programs) || return 1
  if [ "$server_keeps" = commits ]; then durable=on; fi
  postgres_home=$(cd /tmp && as_server_user mktemp -d /tmp/miroir-postgres.XXXXXX) || return 1
  # One locale and encoding everywhere, whatever the machine is set to.
  (cd /tmp && as_server_user "$programs/initdb" --pgdata "$postgres_home/data" --username postgres \
    --auth trust --encoding UTF8 --locale C.UTF-8 --no-sync) >"/tmp/initdb.$$.log" 2>&1 || {
    cat "/tmp/initdb.$$.log" >&2
    rm -f "/tmp/initdb.$$.log"
    return 1
  }
  rm -f "/tmp/initdb.$$.log"
  for attempt in 1 2 3; do
    port=$(free_port) || return 1
    # Prepared transactions and many connections are for the tests.
    if (cd /tmp && as_server_user "$programs/pg_ctl" --pgdata "$postgres_home/data" --wait --silent \
      --log "$postgres_home/log" --options "-p $port -c listen_addresses=$server_address \
        -c unix_socket_directories=$postgres_home -c fsync=off -c synchronous_commit=$durable \
        -c full_page_writes=$durable -c max_connections=200 -c max_prepared_transactions=10 $postgres_options" start); then
      export MIROIR_TEST_POSTGRES="host=$server_address port=$port user=postgres dbname=postgres"
      export MIROIR_TEST_POSTGRES_SOCKET="host=$postgres_home port=$port user=postgres dbname=postgres"
      return 0
    fi
    echo "PostgreSQL did not start on port $port (attempt $attempt of 3)" >&2
  done
  cat "$postgres_home/log" >&2
  return 1
}

mariadb_answers() {
  MYSQL_PWD='' mariadb --no-defaults --socket="$mariadb_home/socket" --user=miroir_admin -e 'SELECT 1' >/dev/null 2>&1
}

start_mariadb() {
  local port attempt tick started flush=0 doublewrite=0
  if ! command -v mariadbd >/dev/null && ! [ -x /usr/sbin/mariadbd ]; then
    echo "no MariaDB server here; run deploy/install-packages" >&2
    return 1
  fi
  if [ "$server_keeps" = commits ]; then flush=1 doublewrite=1; fi
  mariadb_home=$(cd /tmp && as_server_user mktemp -d /tmp/miroir-mariadb.XXXXXX) || return 1
  # Of its own: a server that starts removes the temporary tables of all that share the folder with it.
  (cd /tmp && as_server_user mkdir "$mariadb_home/tmp") || return 1
  (cd /tmp && as_server_user mariadb-install-db --no-defaults --datadir="$mariadb_home/data" --skip-test-db \
    --auth-root-authentication-method=normal --skip-log-bin --tmpdir="$mariadb_home/tmp") \
    >"/tmp/mariadb-install.$$.log" 2>&1 || {
    cat "/tmp/mariadb-install.$$.log" >&2
    rm -f "/tmp/mariadb-install.$$.log"
    return 1
  }
  rm -f "/tmp/mariadb-install.$$.log"
  # The tests' own administrator, from anywhere on this machine.
  printf '%s\n' "CREATE USER miroir_admin@'%' IDENTIFIED BY '';" \
    "GRANT ALL PRIVILEGES ON *.* TO miroir_admin@'%' WITH GRANT OPTION;" |
    as_server_user tee "$mariadb_home/init.sql" >/dev/null
  for attempt in 1 2 3; do
    port=$(free_port) || return 1
    # The server character set is Debian's.
    # shellcheck disable=SC2086  # The options are words apart.
    (cd /tmp && as_server_user "$(PATH=$PATH:/usr/sbin command -v mariadbd)" --no-defaults \
      --datadir="$mariadb_home/data" --socket="$mariadb_home/socket" --port="$port" --bind-address="$server_address" \
      --pid-file="$mariadb_home/pid" --tmpdir="$mariadb_home/tmp" --log-error="$mariadb_home/log" \
      --init-file="$mariadb_home/init.sql" \
      --innodb-flush-log-at-trx-commit=$flush --innodb-doublewrite=$doublewrite --innodb-buffer-pool-size=256M \
      --innodb-log-file-size=128M --max-connections=200 --character-set-server=utf8mb4 \
      --collation-server=utf8mb4_general_ci $mariadb_options >/dev/null 2>&1) &
    started=$!
    for tick in $(seq 600); do
      if mariadb_answers; then
        export MIROIR_TEST_MARIADB="Driver=MariaDB Unicode;Server=$server_address;Port=$port;Uid=miroir_admin"
        export MIROIR_TEST_MARIADB_SOCKET="$mariadb_home/socket"
        return 0
      fi
      # It is slow on a busy machine; only one that has ended is tried again.
      kill -0 "$started" 2>/dev/null || break
      sleep 0.1
    done
    # Only the account may be there already, from an attempt before.
    sed -i -e 's/CREATE USER m/CREATE USER IF NOT EXISTS m/' "$mariadb_home/init.sql"
    echo "MariaDB did not start on port $port (attempt $attempt of 3)" >&2
  done
  cat "$mariadb_home/log" >&2
  return 1
}

stop_mariadb() {
  local pid tick
  [ -n "$mariadb_home" ] || return 0
  if [ -s "$mariadb_home/pid" ]; then
    pid=$(cat "$mariadb_home/pid")
    kill -CONT "$pid" 2>/dev/null || true  # A test may have stopped it.
    kill "$pid" 2>/dev/null || true
    for tick in $(seq 200); do
      kill -0 "$pid" 2>/dev/null || break
      [ "$tick" -lt 200 ] || kill -9 "$pid" 2>/dev/null || true
      sleep 0.1
    done
  fi
  rm -rf "$mariadb_home"
  mariadb_home=""
}

stop_servers() {
  stop_mariadb
  stop_postgres
}

stop_postgres() {
  local programs
  [ -n "$postgres_home" ] || return 0
  if [ -f "$postgres_home/data/postmaster.pid" ] && programs=$(postgres_programs); then
    (cd /tmp && as_server_user "$programs/pg_ctl" --pgdata "$postgres_home/data" --wait --silent \
      --mode immediate stop) || echo "PostgreSQL in $postgres_home did not stop" >&2
  fi
  rm -rf "$postgres_home"
  postgres_home=""
}
