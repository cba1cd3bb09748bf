#!/usr/bin/env bash
# Installs what is missing on Debian and Ubuntu: `setup.sh run` what building
# and running the app takes, `setup.sh test` what the tests take besides.
# Needs Go and Node; changes nothing where nothing is missing.
set -euo pipefail
cd "$(dirname "$0")/../.."
what=${1:?run or test}
say=build/scripts/say.sh

fail() { printf '\nParley cannot be built here: %s\n' "$*" >&2; exit 1; }

# Toolchains -------------------------------------------------------------------
command -v go >/dev/null || fail "Go is missing. Install Go 1.26 or later from https://go.dev/dl"
# Go 1.21 and later fetch the release that go.mod names by themselves.
case $(go env GOVERSION) in go1.[0-9] | go1.[0-9].* | go1.1[0-9]* | go1.20*)
  fail "$(go env GOVERSION) is too old; install Go 1.26 or later from https://go.dev/dl" ;;
esac
command -v node >/dev/null || fail "Node is missing. Install Node 20.19 or later from https://nodejs.org"
command -v npm >/dev/null || fail "npm is missing. It comes with Node from https://nodejs.org"
node -e 'const [a,b]=process.versions.node.split(".").map(Number);process.exit(a>20||(a===20&&b>=19)?0:1)' ||
  fail "Node $(node --version) is too old; 20.19 or later is needed"

# System packages ----------------------------------------------------------------
# Messages and the emoji picker show the system's emoji; text has its own font.
packages=(gcc libc6-dev pkg-config libgtk-3-dev libwebkit2gtk-4.1-dev libasound2-dev ca-certificates
  fonts-noto-color-emoji)
# Without a display the app runs under a virtual one, with its own session bus.
virtual=(xvfb xauth x11-utils xdotool openbox dbus dbus-x11 imagemagick)
if [ "$what" = test ]; then
  packages+=("${virtual[@]}" strace pulseaudio pulseaudio-utils sox libasound2-plugins
    gnome-keyring dunst libnotify-bin util-linux iproute2 procps)
  browser=0
  build/scripts/chromium.sh >/dev/null || browser=$?
  [ $browser != 2 ] || fail "the tests need a browser (see above)"
  if [ $browser = 1 ]; then
    grep -qx 'ID=ubuntu' /etc/os-release 2>/dev/null &&
      fail "the tests need a browser, and Ubuntu's Chromium is a snap, which they cannot drive.
Install Google Chrome from https://www.google.com/chrome, or set PARLEY_CHROMIUM to a Chromium that is no snap"
    packages+=(chromium)
  fi
elif [ -z "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ]; then
  packages+=("${virtual[@]}")
fi

missing=()
if command -v dpkg-query >/dev/null; then
  for p in "${packages[@]}"; do
    dpkg-query -W -f='${db:Status-Status}\n' "$p" 2>/dev/null | grep -qx installed || missing+=("$p")
  done
elif ! pkg-config --exists gtk+-3.0 webkit2gtk-4.1 alsa 2>/dev/null; then
  fail "this is neither Debian nor Ubuntu; install what provides: ${packages[*]}"
fi

if [ ${#missing[@]} -gt 0 ]; then
  $say "Installing system packages: ${missing[*]}"
  root=()
  if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null || fail "run this as root once: apt-get install --no-install-recommends ${missing[*]}"
    root=(sudo)
  fi
  # Another installer at work (a fresh machine's own updates) is waited for.
  apt=("${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300)
  "${apt[@]}" update >/dev/null || fail "the package lists could not be updated (see above)"
  # Nothing that is there is removed for it, such as a desktop's sound server.
  "${apt[@]}" install --no-install-recommends --no-remove "${missing[@]}" >/dev/null ||
    fail "installing ${missing[*]} failed (see above)"
fi

# npm packages -------------------------------------------------------------------
if ! cmp -s frontend/package-lock.json frontend/node_modules/.parley-lock 2>/dev/null; then
  $say "Installing npm packages"
  (cd frontend && npm ci --no-fund --no-audit --loglevel=error)
  cp frontend/package-lock.json frontend/node_modules/.parley-lock
fi

# Go modules and tools are fetched by the go command, at the versions in go.mod.
out=$(go mod download 2>&1) || { echo "$out" >&2; fail "the Go modules could not be fetched"; }
