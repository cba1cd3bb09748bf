#!/usr/bin/env bash
# Fails if the committed TypeScript bindings are not what the Go types give.
set -euo pipefail
cd "$(dirname "$0")/../.."
build/scripts/say.sh "Checking that generated code is fresh"
before=$(mktemp -d)
trap 'rm -rf "$before"' EXIT
cp -r frontend/wailsjs "$before/"
go tool wails generate module -tags webkit2_41 >/dev/null
if ! diff -r "$before/wailsjs" frontend/wailsjs; then
  echo "frontend/wailsjs was stale and has been written anew: commit it" >&2
  exit 1
fi
