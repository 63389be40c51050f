# What the files of services.d share: folder, password, port, user and process of one local service, and the order of
# starting and stopping. A file sets `name`, `server_user`, `default_port`, `pid_file`, sources this, and defines
#   install      sees to the programs
#   create       makes the empty data folder of a first start
#   launch       starts the server in the background; it is there when this returns
#   answers      whether the server does what its clients need, within seconds
#   settle       what a server that answers may still lack
#   shut_down    asks the server to end
#   url          prints VARIABLE=ADDRESS, a line each
# and ends with `run "$@"`.
# shellcheck shell=bash

: "${name:?}" "${server_user:?}" "${default_port:?}" "${pid_file:?}" "${TRIVIUM_SERVICES_DIR:?}"
sources=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
folder=$TRIVIUM_SERVICES_DIR/$name
data=$folder/data
log=$folder/$name.log
port_variable=TRIVIUM_${name^^}_PORT

say() {
  printf '%s: %s\n' "$name" "$1" >&2
}

die() {
  say "$1"
  exit 1
}

# Root hands the server to the user that its package made; anyone else runs it himself.
as_server() {
  if [ "$EUID" -eq 0 ]; then runuser -u "$server_user" -- "$@"; else "$@"; fi
}

has_server_user() {
  [ "$EUID" -ne 0 ] || id "$server_user" >/dev/null 2>&1
}

packages() {
  say "installing $*"
  if [ "$EUID" -eq 0 ]; then
    "$sources/services-packages.sh" "$@"
  elif command -v sudo >/dev/null; then
    sudo "$sources/services-packages.sh" "$@"
  else
    die "the packages $* are missing: install them, or run this once as root (there is no sudo)"
  fi
}

password() {
  cat "$folder/password"
}

port() {
  cat "$folder/port" 2>/dev/null || echo "$default_port"
}

pid() {
  head -n 1 "$data/$pid_file" 2>/dev/null
}

# The number in a pid file may belong to another program by now: only ours works in this folder.
is_running() {
  local id
  id=$(pid) && [ -n "$id" ] && [ "$(readlink "/proc/$id/cwd")" = "$data" ]
}

is_gone() {
  ! is_running
}

has_no_processes() {
  local path
  for path in /proc/[0-9]*/cwd; do
    if [ "$(readlink "$path" 2>/dev/null)" = "$data" ]; then return 1; fi
  done
}

# wait_until SECONDS COMMAND…
wait_until() {
  local end=$((SECONDS + $1))
  shift
  until "$@"; do
    if [ "$SECONDS" -ge "$end" ]; then return 1; fi
    sleep 0.1
  done
}

has_answered_or_ended() {
  answers || is_gone
}

fail_with_log() {
  tail -n 20 "$log" >&2 || true
  die "$1; the lines above are the end of $log"
}

is_taken() {
  (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

# Below the ports that the system gives to outgoing connections, so that none is there by chance.
free_port() {
  local candidate
  for _ in {1..100}; do
    candidate=$((20000 + RANDOM % 10000))
    if ! is_taken "$candidate"; then
      echo "$candidate"
      return
    fi
  done
  die "no free port between 20000 and 30000"
}

choose_port() {
  local wanted=${!port_variable:-$default_port}
  if [ "$wanted" = 0 ]; then
    wanted=$(port)
    if [ ! -f "$folder/port" ] || is_taken "$wanted"; then wanted=$(free_port); fi
  fi
  [[ $wanted =~ ^[0-9]{1,5}$ ]] || die "$port_variable is $wanted: a port number is expected, or 0 for a free one"
  if is_taken "$wanted"; then die "port $wanted is taken by another program: name another in $port_variable"; fi
  echo "$wanted" >"$folder/port"
}

prepare() {
  mkdir -p "$folder"
  chmod 700 "$folder"
  touch "$log"
  if [ ! -s "$folder/password" ]; then
    (umask 077 && od -An -N24 -tx1 /dev/urandom | tr -d ' \n' >"$folder/password")
  fi
  if [ "$EUID" -eq 0 ]; then
    chmod a+x "$TRIVIUM_SERVICES_DIR"
    chown "$server_user:" "$folder" "$folder/password" "$log"
  fi
  as_server test -x "$folder" ||
    die "the user $server_user cannot enter $folder: name a folder in TRIVIUM_SERVICES_DIR whose parents others may enter"
}

start() {
  if is_gone; then
    wait_until 10 has_no_processes || die "a process still works in $data"
    rm -f "$data/$pid_file" # Of a server that was killed: its number may stand for another process by now.
    prepare
    choose_port
    cd "$folder" || exit
    [ -d "$data" ] || create
    launch
  fi
  wait_until 30 has_answered_or_ended || fail_with_log "it does not answer"
  if is_gone; then fail_with_log "it has ended"; fi
  settle
}

stop() {
  if is_running; then
    shut_down
    wait_until 30 is_gone || die "it does not end: pid $(pid)"
  elif has_no_processes; then
    rm -f "$data/$pid_file"
  fi
}

status() {
  local state code=0
  if is_running; then
    if answers; then
      state=running
    else
      state="does not answer"
      code=1
    fi
  elif [ -f "$data/$pid_file" ]; then
    state=crashed
    code=1
  else
    state=stopped
    code=3
  fi
  printf '%-9s %-15s 127.0.0.1:%-5s  %s\n' "$name" "$state" "$(port)" "$data"
  return "$code"
}

run() {
  if [ -d "$folder" ]; then
    if [ "$EUID" -ne 0 ] && [ ! -O "$folder" ]; then
      die "$folder belongs to $(stat -c %U "$folder"): run this as the user who started it"
    fi
    cd "$folder" || exit # The caller's working directory may be closed to the server's user.
  fi
  "$1"
}
