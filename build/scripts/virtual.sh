#!/usr/bin/env bash
# Runs a command in a virtual display's session: a window manager beside it, a
# screenshot at the end, then an orderly end. Used by run.sh.
set -uo pipefail
openbox >/dev/null 2>&1 &
wm=$!
"$@" &
app=$!
trap 'kill -TERM $app 2>/dev/null' TERM INT
# Nobody sits there to answer, so the key that answers is pressed now and then.
(while sleep 4; do xdotool key F2 2>/dev/null || exit; done) &
keys=$!
# The app leaves early only if something is wrong; then its exit status counts.
for ((left = PARLEY_SECONDS; left > 0; left--)); do
  kill -0 $app 2>/dev/null || break
  sleep 1
done
status=0
if kill -0 $app 2>/dev/null; then
  import -window root "$PARLEY_SCREENSHOT" && echo "Screenshot: $PARLEY_SCREENSHOT"
  kill -TERM $app
fi
wait $app || status=$?
kill $keys $wm 2>/dev/null
exit $status
