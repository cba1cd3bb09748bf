// Package badger is the embedded home of the log: one directory on one machine.
package badger
