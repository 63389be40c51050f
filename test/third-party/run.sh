#!/usr/bin/env bash
# npm run third-parties: installs the tools once, into a folder outside the checkout, and runs them against the service.
set -euo pipefail
cd "$(dirname "$0")/../.."

export TRIVIUM_TOOLS=${XDG_CACHE_HOME:-$HOME/.cache}/trivium-ci
test/third-party/install.sh "$TRIVIUM_TOOLS"
exec node --conditions=trivium-source --disable-warning=ExperimentalWarning \
  --import ./scripts/test-watchdog.ts --test --test-concurrency=1 \
  test/third-party/third-parties.ts test/third-party/streams.ts test/third-party/wire/wire.test.ts
