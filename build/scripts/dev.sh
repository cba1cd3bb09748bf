#!/usr/bin/env bash
# Opens the development build with a demo hub: a change of the frontend shows at
# once, one of Go builds the app anew. Ctrl+C ends it.
set -uo pipefail
cd "$(dirname "$0")/../.."
# It writes the runtime's files with other permissions than generating does.
trap 'chmod 755 frontend/wailsjs/runtime/*' EXIT
# The frontend is built already, and served by Vite from here on.
go tool wails dev -s -viteservertimeout 120 -tags webkit2_41 -m -nosyncgomod -appargs "--demo"
