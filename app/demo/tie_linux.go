package demo

import (
	"os"
	"os/exec"
	"syscall"
)

// tie makes the child end with its parent.
func tie(cmd *exec.Cmd) {
	apart(cmd)
	cmd.SysProcAttr.Pdeathsig = syscall.SIGTERM
}

// apart gives the child a group of its own, which keeps the terminal's Ctrl+C
// for the desk. The desk then ends the child in order.
func apart(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

func askToEnd(p *os.Process) { _ = p.Signal(syscall.SIGTERM) }
