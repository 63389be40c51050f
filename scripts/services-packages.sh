#!/usr/bin/env bash
# Installs Debian packages without starting the services that they bring, now or at the next boot; what is there already
# is left as it is. Run as root: services-packages.sh PACKAGE…
set -euo pipefail

policy=/usr/sbin/policy-rc.d
saved=$policy.before-trivium
mark="# For the time of an installation by trivium's scripts/services."

if ! command -v apt-get >/dev/null; then
  echo "There is no apt-get here: install what corresponds to Debian's packages $*" >&2
  exit 1
fi

allow_starts() {
  if grep -qsxF "$mark" "$policy"; then rm -f "$policy"; fi
  if [ -e "$saved" ]; then mv "$saved" "$policy"; fi
}

# Maintainer scripts ask this program before they start a service; 101 says no.
forbid_starts() {
  allow_starts # What a killed run left.
  if [ -x "$policy" ] && [ "$("$policy" any start >/dev/null 2>&1 && echo 0 || echo $?)" = 101 ]; then return; fi
  if [ -e "$policy" ]; then mv "$policy" "$saved"; fi
  printf '#!/bin/sh\n%s\nexit 101\n' "$mark" >"$policy"
  chmod 755 "$policy"
}

get() {
  DEBIAN_FRONTEND=noninteractive apt-get install --yes --quiet --no-install-recommends \
    -o DPkg::Lock::Timeout=120 "$@" </dev/null >&2
}

scripts_of_init() {
  ls /etc/init.d
}

before=$(scripts_of_init)
trap allow_starts EXIT
forbid_starts
get "$@" || { apt-get update --quiet >&2 && get "$@"; }
for service in $(comm -13 <(echo "$before") <(scripts_of_init)); do
  update-rc.d "$service" disable
done
