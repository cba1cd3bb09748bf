#!/usr/bin/env bash
# Opens the app with a demo hub of its own. Without a display it does so under
# a virtual one, prints what happens, and leaves a screenshot.
set -euo pipefail
cd "$(dirname "$0")/../.."
args=(--demo)
[ "${SIMULATE:-1}" = 0 ] || args+=(--simulate)

if [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ]; then
  build/scripts/say.sh "Opening Parley (close its window to end it)"
  exec bin/parley "${args[@]}"
fi

shot=${PARLEY_SCREENSHOT:-parley-screenshot.png}
seconds=${PARLEY_SECONDS:-45}
build/scripts/say.sh "There is no display, so Parley runs under a virtual one for $seconds s and leaves a picture in $shot"
export PARLEY_TRACE=1 PARLEY_SCREENSHOT=$shot PARLEY_SECONDS=$seconds
xvfb-run -a -s "-screen 0 1440x940x24 -nolisten tcp" dbus-run-session -- bash build/scripts/virtual.sh bin/parley "${args[@]}"
