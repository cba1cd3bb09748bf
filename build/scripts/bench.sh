#!/usr/bin/env bash
# Runs the benchmarks. PostgreSQL, the baseline of the log, is installed if missing.
set -euo pipefail
cd "$(dirname "$0")/../.."
if ! ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1; then
  build/scripts/say.sh "Installing PostgreSQL, the baseline of the log"
  root=(); [ "$(id -u)" = 0 ] || root=(sudo)
  "${root[@]}" apt-get -q -y -o DPkg::Lock::Timeout=300 update >/dev/null
  "${root[@]}" apt-get -q -y -o DPkg::Lock::Timeout=300 install --no-install-recommends postgresql >/dev/null
fi
build/scripts/say.sh "Building the empty window that the desk is compared with"
go build -tags desktop,production,webkit2_41 -ldflags "-s -w" -o bin/emptyapp ./backend/bench/emptyapp
build/scripts/say.sh "Measuring; this takes a while and wants the machine for itself"
go run ./backend/bench "$@"
