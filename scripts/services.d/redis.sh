#!/usr/bin/env bash
# Redis from Debian's package, with data, configuration and password of the checkout's own. Development uses its
# database 0, tests its database 1.
set -euo pipefail

name=redis
server_user=redis
default_port=15379
pid_file=redis.pid
# shellcheck source=scripts/services-process.sh
source "$(dirname "${BASH_SOURCE[0]}")/../services-process.sh"

is_installed() {
  command -v redis-server >/dev/null && command -v redis-cli >/dev/null && has_server_user
}

install() {
  if is_installed; then return; fi
  packages redis-server
  is_installed || die "the package brought no redis-server on the PATH, or no user $server_user"
}

create() {
  as_server mkdir -m 700 "$data"
}

launch() {
  configuration | as_server redis-server - >>"$log" 2>&1 || fail_with_log "it did not start"
  # Its pid file comes a moment after it has gone to the background.
  wait_until 5 is_running || fail_with_log "it did not start"
}

configuration() {
  cat <<END
bind 127.0.0.1
protected-mode yes
port $(port)
requirepass $(password)
maxmemory-policy noeviction
appendonly yes
save ""
dir "$data"
logfile "$log"
pidfile "$data/$pid_file"
daemonize yes
END
}

answers() {
  [ "$(REDISCLI_AUTH=$(password) timeout 5 redis-cli -h 127.0.0.1 -p "$(port)" ping 2>/dev/null)" = PONG ]
}

settle() {
  :
}

shut_down() {
  kill -TERM "$(pid)"
}

url() {
  printf 'REDIS_URL=redis://default:%s@127.0.0.1:%s/0\n' "$(password)" "$(port)"
  printf 'TEST_REDIS_URL=redis://default:%s@127.0.0.1:%s/1\n' "$(password)" "$(port)"
}

run "$@"
