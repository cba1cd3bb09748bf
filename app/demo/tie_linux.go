package demo

import (
	"os"
	"os/exec"
	"syscall"
)

// tie makes the child end with its parent. A group of its own keeps the
// terminal's Ctrl+C for the desk, which then ends the child in order.
func tie(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM, Setpgid: true}
}

func askToEnd(p *os.Process) { _ = p.Signal(syscall.SIGTERM) }
