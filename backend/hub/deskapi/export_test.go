package deskapi

import "net"

// Wire is a desk's connection.
type Wire struct{ *wire }

// NewWire puts a wire before a connection.
func NewWire(c net.Conn) Wire { return Wire{&wire{Conn: c}} }

// Hold and Release are the writer's.
func (w Wire) Hold()          { w.hold() }
func (w Wire) Release() error { return w.release() }
