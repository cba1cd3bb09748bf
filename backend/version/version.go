// Package version names the build.
package version

// Version is set when binaries are linked (-X); "dev" in tests.
var Version = "dev"
