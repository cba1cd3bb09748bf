//go:build bindings

package main

// generating: this is the program that Wails runs to generate bindings.
const generating = true
