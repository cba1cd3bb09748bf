#!/usr/bin/env bash
# Prints the browser that tests drive: PARLEY_CHROMIUM, else Chromium or Chrome.
# A snap does not count: it sees neither the files nor the pipes that tests give it.
set -uo pipefail
if [ -n "${PARLEY_CHROMIUM:-}" ]; then
  command -v "$PARLEY_CHROMIUM" && exit
  echo "PARLEY_CHROMIUM is $PARLEY_CHROMIUM, which is no program" >&2
  exit 2
fi
for name in chromium chromium-browser google-chrome google-chrome-stable; do
  path=$(command -v "$name") || continue
  real=$(readlink -f "$path")
  # Ubuntu's chromium-browser is a script that starts the snap.
  case $(basename "$real") in snap) continue ;; esac
  head -c 4096 "$real" | grep -aq /snap/bin && continue
  echo "$path"
  exit 0
done
exit 1
