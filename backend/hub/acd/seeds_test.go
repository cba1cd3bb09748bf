//go:build !race

package acd_test

// seeds is how many random lives the laws are held to.
const seeds = 100
