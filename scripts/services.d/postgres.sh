#!/usr/bin/env bash
# PostgreSQL from Debian's package, on a cluster of the checkout's own; the system's clusters are never touched.
# The database `trivium` belongs to an ordinary user of that name; tests make databases of their own, as superuser.
set -euo pipefail

name=postgres
server_user=postgres
default_port=15432
pid_file=postmaster.pid
# shellcheck source=scripts/services-process.sh
source "$(dirname "${BASH_SOURCE[0]}")/../services-process.sh"
unset "${!PG@}" # The caller's settings for other servers.

# The folder of the server's programs: of the version that made the data, else of the newest.
programs() {
  local version
  version=$(cat "$data/PG_VERSION" 2>/dev/null || echo '*')
  # shellcheck disable=SC2086 # the star is to be expanded
  printf '%s\n' /usr/lib/postgresql/$version/bin | sort -V | tail -n 1
}

is_installed() {
  [ -x "$(programs)/initdb" ] && has_server_user
}

install() {
  if is_installed; then return; fi
  if [ -f "$data/PG_VERSION" ]; then
    die "the data are of PostgreSQL $(<"$data/PG_VERSION"), which is not installed: install it, or scripts/services down --wipe"
  fi
  packages postgresql
  is_installed || die "the package brought no server under /usr/lib/postgresql"
}

create() {
  rm -rf "$data.new"
  as_server "$(programs)/initdb" --pgdata="$data.new" --username=postgres --pwfile="$folder/password" \
    --auth=scram-sha-256 --encoding=UTF8 --locale=C >>"$log"
  mv "$data.new" "$data"
}

launch() {
  as_server "$(programs)/pg_ctl" start --silent --wait --pgdata="$data" --log="$log" --options="\
    -c listen_addresses=127.0.0.1 -c port=$(port) -c unix_socket_directories= -c max_connections=200" >&2 ||
    fail_with_log "it did not start"
}

answers() {
  superuser --command='select 1' >/dev/null 2>&1
}

settle() {
  superuser <<SQL
select format('create role trivium login createdb password %L', '$(password)')
  where not exists (select from pg_roles where rolname = 'trivium') \gexec
select 'create database trivium owner trivium'
  where not exists (select from pg_database where datname = 'trivium') \gexec
SQL
}

superuser() {
  PGPASSWORD=$(password) PGCONNECT_TIMEOUT=2 PGOPTIONS='-c statement_timeout=5s' \
    "$(programs)/psql" --no-psqlrc --quiet --tuples-only --set=ON_ERROR_STOP=1 \
    --host=127.0.0.1 --port="$(port)" --username=postgres --dbname=postgres "$@"
}

shut_down() {
  as_server "$(programs)/pg_ctl" stop --silent --mode=fast --no-wait --pgdata="$data" >&2
}

url() {
  printf 'DATABASE_URL=postgres://trivium:%s@127.0.0.1:%s/trivium\n' "$(password)" "$(port)"
  printf 'TEST_DATABASE_URL=postgres://postgres:%s@127.0.0.1:%s/postgres\n' "$(password)" "$(port)"
}

run "$@"
