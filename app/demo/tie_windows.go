package demo

import (
	"os"
	"os/exec"
	"syscall"
)

// tie has nothing to add: the child ends with its parent because its input closes.
func tie(cmd *exec.Cmd) { apart(cmd) }

// apart hides the child's console.
func apart(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{HideWindow: true} }

// askToEnd has nothing to do: the closed input asks.
func askToEnd(*os.Process) {}
