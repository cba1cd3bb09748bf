#!/usr/bin/env bash
# Runs every fuzz test for FUZZTIME each.
set -euo pipefail
cd "$(dirname "$0")/../.."
for pkg in $(go list ./backend/... ./app/...); do
  for f in $(go test -list '^Fuzz' "$pkg" 2>/dev/null | grep '^Fuzz' || true); do
    build/scripts/say.sh "$pkg $f"
    go test -run '^$' -fuzz "^$f\$" -fuzztime "${FUZZTIME:-30s}" "$pkg"
  done
done
