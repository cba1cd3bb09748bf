// Command bench measures Parley against baselines in the same run, prints a
// table and writes backend/bench/results.json. Every figure is the median of
// interleaved pairs, ours and the baseline's in turn, so that a machine whose
// speed drifts changes both.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"runtime/pprof"
	"slices"
	"strings"
	"text/tabwriter"
)

// result is one line of results.json. Goal reads like "<=1.3" and speaks of
// the ratio; where it names a unit or there is no baseline, of ours. "report"
// is no goal.
type result struct {
	Name     string  `json:"name"`
	Ours     float64 `json:"ours"`
	Baseline float64 `json:"baseline"`
	Ratio    float64 `json:"ratio"`
	Goal     string  `json:"goal"`
	Unit     string  `json:"unit"`
}

// bench is one subject. It returns one or more results.
type bench struct {
	name string
	run  func(pairs int) ([]result, error)
}

// binaries is where the programs under test lie.
var binaries = "bin"

func main() {
	only := flag.String("only", "", "run the benchmarks whose name begins so")
	pairs := flag.Int("pairs", 10, "interleaved pairs per benchmark")
	out := flag.String("out", "backend/bench/results.json", "where the results go")
	flag.StringVar(&binaries, "bin", binaries, "where parley-hub, parley and emptyapp lie")
	bareDir := flag.String("bare", "", "serve the bare relay on this directory, for the benchmarks' own use")
	boardHub := flag.String("boarddesk", "", "be the desk of the board's benchmark at this hub, for the benchmarks' own use")
	cpu := flag.String("cpuprofile", "", "write a CPU profile of this program to this file")
	flag.Parse()
	if *boardHub != "" {
		if err := boardDesk(*boardHub); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	if *bareDir != "" {
		serveUntilEOF(*bareDir)
		return
	}

	if *cpu != "" {
		end, err := profile(*cpu)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		defer end()
	}
	all := []bench{
		{"log.whole_path", wholePath},
		{"log.open_1m", openMillion},
		{"chat.one_in_flight", oneInFlight},
		{"chat.rate_1000", rateThousand},
		{"chat.rate_over_sockets", rateOverSockets},
		{"chat.idle_socket", idleSockets},
		{"supervisor.rebuild", rebuild},
		{"desk.board_4hz", boardBench},
		{"desk.", deskBenches},
		{"routing.", routingBenches},
	}
	kept := previous(*out)
	failed := false
	for _, b := range all {
		if !strings.HasPrefix(b.name, *only) {
			continue
		}
		fmt.Fprintf(os.Stderr, "» %s\n", b.name)
		got, err := b.run(*pairs)
		if err != nil {
			fmt.Fprintf(os.Stderr, "%s: %v\n", b.name, err)
			failed = true
			continue
		}
		for _, r := range got {
			kept = replace(kept, r)
		}
	}
	print(kept)
	data, err := json.MarshalIndent(kept, "", "  ")
	if err == nil {
		err = os.WriteFile(*out, append(data, '\n'), 0o644)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		failed = true
	}
	if failed {
		if *cpu != "" {
			pprof.StopCPUProfile()
		}
		os.Exit(1)
	}
}

func profile(file string) (end func(), err error) {
	f, err := os.Create(file)
	if err != nil {
		return nil, err
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		return nil, err
	}
	return func() { pprof.StopCPUProfile(); f.Close() }, nil
}

// previous reads the results of an earlier run, so that -only renews a part.
func previous(file string) []result {
	var rs []result
	if data, err := os.ReadFile(file); err == nil {
		_ = json.Unmarshal(data, &rs) // an unreadable file is written anew
	}
	return rs
}

func replace(rs []result, r result) []result {
	for i := range rs {
		if rs[i].Name == r.Name {
			rs[i] = r
			return rs
		}
	}
	return append(rs, r)
}

func print(rs []result) {
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "name\tours\tbaseline\tratio\tgoal\tunit\t")
	for _, r := range rs {
		fmt.Fprintf(w, "%s\t%s\t%s\t%.2f\t%s\t%s\t\n", r.Name, figure(r.Ours), figure(r.Baseline), r.Ratio, r.Goal, r.Unit)
	}
	w.Flush()
}

func figure(f float64) string {
	switch {
	case f == 0:
		return "-"
	case f >= 1000:
		return fmt.Sprintf("%.0f", f)
	}
	return fmt.Sprintf("%.3g", f)
}

// interleave runs ours and the baseline in turn and returns the medians of
// both and of their ratios pair by pair. The first pair warms up and is not
// counted.
func interleave(pairs int, ours, baseline func() (float64, error)) (o, b, ratio float64, err error) {
	var os, bs, rs []float64
	for n := range pairs + 1 {
		x, err := ours()
		if err != nil {
			return 0, 0, 0, fmt.Errorf("ours: %w", err)
		}
		y, err := baseline()
		if err != nil {
			return 0, 0, 0, fmt.Errorf("baseline: %w", err)
		}
		if n == 0 {
			continue
		}
		os, bs, rs = append(os, x), append(bs, y), append(rs, x/y)
	}
	return median(os), median(bs), median(rs), nil
}

func median(xs []float64) float64 {
	s := slices.Sorted(slices.Values(xs))
	if len(s)%2 == 1 {
		return s[len(s)/2]
	}
	return (s[len(s)/2-1] + s[len(s)/2]) / 2
}

// percentile returns the p-th of 0 to 1.
func percentile(xs []float64, p float64) float64 {
	s := slices.Sorted(slices.Values(xs))
	return s[min(len(s)-1, int(p*float64(len(s))))]
}
