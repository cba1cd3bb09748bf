// Package smoke drives the production binary in its native window on a virtual
// display. Its test has the build tag smoke, since it needs the binary:
//
//	PARLEY_BINARY=bin/parley go test -count=1 -tags smoke ./app/smoke
//
// PARLEY_SCREENSHOT names a file for the last picture. Besides the binary it
// needs Xvfb, openbox, dbus-daemon, xdotool and ImageMagick's import.
package smoke
