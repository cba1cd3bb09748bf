package main

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// stat returns a process's parent and the processor time it has used, in
// seconds.
func stat(pid int) (parent int, cpu float64, err error) {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, 0, err
	}
	f := strings.Fields(string(data[strings.LastIndexByte(string(data), ')')+1:]))
	parent, err = strconv.Atoi(f[1])
	user, err1 := strconv.ParseFloat(f[11], 64)
	system, err2 := strconv.ParseFloat(f[12], 64)
	return parent, (user + system) / 100, firstOf(err, err1, err2)
}

// family returns a process and all that descend from it.
func family(root int) []int {
	entries, _ := os.ReadDir("/proc")
	children := map[int][]int{}
	for _, e := range entries {
		if pid, err := strconv.Atoi(e.Name()); err == nil {
			if parent, _, err := stat(pid); err == nil {
				children[parent] = append(children[parent], pid)
			}
		}
	}
	out := []int{root}
	for i := 0; i < len(out); i++ {
		out = append(out, children[out[i]]...)
	}
	slices.Sort(out)
	return out
}

// cpuOf is the processor time that living processes have used, in seconds.
func cpuOf(pids []int) float64 {
	sum := 0.0
	for _, pid := range pids {
		if _, cpu, err := stat(pid); err == nil { // one that has ended meanwhile counts no more
			sum += cpu
		}
	}
	return sum
}

// ownCPU is the processor time that this process has used, in seconds.
func ownCPU() float64 {
	var r syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &r) // fails for no valid argument
	return float64(r.Utime.Nano()+r.Stime.Nano()) / 1e9
}

// pss is the memory of processes in bytes; pages that several share count in
// parts.
func pss(pids ...int) (float64, error) {
	sum := 0.0
	for _, pid := range pids {
		data, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", pid))
		if err != nil {
			return 0, err
		}
		for line := range strings.Lines(string(data)) {
			if f := strings.Fields(line); len(f) > 1 && f[0] == "Pss:" {
				kb, err := strconv.ParseFloat(f[1], 64)
				if err != nil {
					return 0, err
				}
				sum += kb * 1024
			}
		}
	}
	return sum, nil
}
