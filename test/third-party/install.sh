#!/usr/bin/env bash
# Brings the tools of the third-party tests into a folder outside the checkout, from the package registries.
# What is there already at the named version is kept. Usage: install.sh FOLDER; needs python3, go and npm.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
tools=${1:?the folder to install into}
mkdir -p "$tools"

python_tools() {
  local wanted
  wanted=$(sha256sum "$here/requirements.txt")
  [ "$(cat "$tools/python/installed" 2>/dev/null)" = "$wanted" ] && return
  python3 -m venv --clear "$tools/python"
  "$tools/python/bin/pip" install --quiet --requirement "$here/requirements.txt"
  echo "$wanted" >"$tools/python/installed"
}

go_tools() {
  local programs="github.com/fullstorydev/grpcurl/cmd/grpcurl@v1.9.4
    google.golang.org/grpc/interop/client@v1.83.2
    connectrpc.com/conformance/cmd/connectconformance@v1.0.7
    go.k6.io/k6@v1.8.0"
  [ "$(cat "$tools/go/installed" 2>/dev/null)" = "$programs" ] && return
  for program in $programs; do # one at a time: each is of a module of its own
    GOBIN="$tools/go" go install "$program"
  done
  echo "$programs" >"$tools/go/installed"
}

npm_tools() {
  local packages="@redocly/cli@2.77.0 @stoplight/spectral-cli@6.16.3 @asyncapi/parser@3.6.3"
  [ "$(cat "$tools/npm/installed" 2>/dev/null)" = "$packages" ] && return
  mkdir -p "$tools/npm"
  # shellcheck disable=SC2086 # one word a package
  npm install --prefix "$tools/npm" --ignore-scripts --no-audit --no-fund --loglevel=error $packages
  echo "$packages" >"$tools/npm/installed"
}

python_tools
go_tools
npm_tools
