//go:build !bindings

package main

// generating: this is not the program that Wails runs to generate bindings.
const generating = false
