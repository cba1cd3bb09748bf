#!/usr/bin/env bash
# Runs every fuzz test for FUZZTIME each.
set -euo pipefail
cd "$(dirname "$0")/../.."
for dir in $(grep -rl --include='*_test.go' '^func Fuzz' backend app | xargs -n1 dirname | sort -u); do
  listed=$(go test -list '^Fuzz' "./$dir")
  for f in $(grep '^Fuzz' <<<"$listed"); do
    build/scripts/say.sh "$dir $f"
    go test -run '^$' -fuzz "^$f\$" -fuzztime "${FUZZTIME:-30s}" "./$dir"
  done
done
