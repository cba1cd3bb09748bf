//go:build race

package acd_test

// seeds is fewer under the race detector, which has a limit of its own on how
// much synchronisation it follows and ends the process beyond it.
const seeds = 40
