//go:build unix && !linux

package demo

import (
	"os"
	"os/exec"
	"syscall"
)

// tie has nothing to add: the child ends with its parent because its input closes.
func tie(cmd *exec.Cmd) { apart(cmd) }

// apart gives the child a group of its own, which keeps the terminal's Ctrl+C
// for the desk. The desk then ends the child in order.
func apart(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

func askToEnd(p *os.Process) { _ = p.Signal(syscall.SIGTERM) }
