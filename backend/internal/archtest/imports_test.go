package archtest_test

import (
	"go/ast"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestImportsPointInward holds the direction of imports. Tests of packages may
// import more.
func TestImportsPointInward(t *testing.T) {
	all := packages(t)
	for _, rule := range []struct {
		name   string
		from   []string // and below
		except []string // and below
		never  []string // and below, directly or not; without the module's name where it ends in "/"
	}{
		{"the window's side never knows the hub", []string{"app"}, nil, []string{"backend/hub", "backend/cmd"}},
		{"the hub never knows the desk", []string{"backend/hub"}, nil, []string{"backend/desk", "app"}},
		{"the desk never knows the hub", []string{"backend/desk"}, nil, []string{"backend/hub", "app"}},
		// The benchmarks prepare a desk's keychain and data as the app does.
		{"nothing behind the window knows it", []string{"backend"}, []string{"backend/bench"}, []string{"app"}},
		{
			"a hub and what runs beside it build without cgo and without a window",
			[]string{"backend"},
			[]string{"backend/bench"},
			[]string{"github.com/wailsapp/", "github.com/faiface/", "github.com/gen2brain/"},
		},
		{
			"the sound device and the window are main's alone",
			[]string{"app"},
			[]string{"app/native", "app/sound/speaker"},
			[]string{"github.com/wailsapp/", "github.com/faiface/", "github.com/gen2brain/"},
		},
		{"protocol is between hub and desk and knows neither", []string{"backend/protocol"}, nil, []string{"backend/hub", "backend/desk", "backend/readmodel"}},
		{"message is a leaf", []string{"backend/message", "backend/id"}, nil, []string{"backend/conversation", "backend/channel", "backend/eventlog", "backend/agent"}},
		{"the cores know no home of the log", []string{"backend/conversation", "backend/agent", "backend/audit", "backend/config", "backend/monitor", "backend/coach", "backend/supervisor", "backend/routing", "backend/channel"}, nil, []string{"backend/eventlog/badger", "backend/vault", "backend/readmodel", "backend/protocol"}},
	} {
		t.Run(rule.name, func(t *testing.T) {
			checked := 0
			for path, p := range all {
				if !slices.ContainsFunc(rule.from, p.is) || slices.ContainsFunc(rule.except, p.is) {
					continue
				}
				checked++
				for target, through := range reach(all, path) {
					if slices.ContainsFunc(rule.never, func(never string) bool { return within(target, never) }) {
						t.Errorf("%s imports %s through %s", path, target, through)
					}
				}
			}
			if checked == 0 {
				t.Error("the rule is about no package")
			}
		})
	}
}

// within says that a package is path, of this module or another, or below it.
func within(target, path string) bool {
	if strings.HasSuffix(path, "/") {
		return strings.HasPrefix(target, path)
	}
	return (pkg{ImportPath: target}).is(path)
}

// TestHubAndDeskMeetInProtocol: what both import is the protocol, pure cores and
// the stores that both run, nothing that one of them owns.
func TestHubAndDeskMeetInProtocol(t *testing.T) {
	all := packages(t)
	common := []string{
		"backend/protocol", "backend/id", "backend/message", "backend/conversation", "backend/agent", "backend/audit", "backend/channel",
		"backend/config", "backend/monitor", "backend/coach", "backend/supervisor", "backend/eventlog", "backend/readmodel", "backend/routing", "backend/version", "backend/internal",
	}
	hub := map[string]bool{}
	for path, p := range all {
		if p.is("backend/hub") {
			for target := range reach(all, path) {
				hub[target] = true
			}
		}
	}
	for target := range reach(all, module+"/backend/desk") {
		p, ours := all[target]
		if ours && hub[target] && !slices.ContainsFunc(common, p.is) {
			t.Errorf("hub and desk meet in %s", target)
		}
	}
}

// TestConnectorsAreAlone: no channel's package imports another's.
func TestConnectorsAreAlone(t *testing.T) {
	all := packages(t)
	const channels = module + "/backend/channel/"
	connector := func(path string) (string, bool) {
		rest, found := strings.CutPrefix(path, channels)
		name, _, _ := strings.Cut(rest, "/")
		return name, found && name != "channeltest" && name != "internal"
	}
	found := 0
	for path := range all {
		name, is := connector(path)
		if !is {
			continue
		}
		found++
		for target := range reach(all, path) {
			if other, is := connector(target); is && other != name {
				t.Errorf("%s imports %s", path, target)
			}
		}
	}
	if found == 0 {
		t.Error("there is no connector")
	}
}

// pure are the packages without input and output, goroutines, clocks and logs.
var pure = []string{
	"backend/message", "backend/conversation", "backend/agent", "backend/config", "backend/monitor", "backend/coach", "backend/supervisor", "backend/routing", "backend/channel",
	"backend/protocol",
}

// notPure are tests' helpers below them.
var notPure = []string{"backend/channel/channeltest"}

// impure are imports that a pure package may not have. net/http is allowed for
// its headers and constants only, which TestPurePackagesDoNothing checks.
var impure = []string{"os", "net", "log", "syscall", "math/rand", "math/rand/v2", "context", "sync", "os/exec", "io/ioutil", "database/sql"}

// acts are what a pure package may not use of packages that it may import.
var acts = map[string][]string{
	"time":     {"Now", "Since", "Until", "Sleep", "After", "AfterFunc", "Tick", "NewTimer", "NewTicker"},
	"net/http": {"Client", "DefaultClient", "Transport", "DefaultTransport", "Get", "Post", "PostForm", "Head", "Do", "NewRequest", "ListenAndServe", "Serve", "Server", "HandleFunc"},
	// slog is there for LogValue alone: what must not be logged redacts itself.
	"log/slog":    {"Debug", "Info", "Warn", "Error", "Log", "LogAttrs", "Default", "SetDefault", "New", "With", "Logger"},
	"crypto/rand": {"Read", "Reader", "Int", "Prime", "Text"},
}

func TestPurePackagesDoNothing(t *testing.T) {
	for path, p := range packages(t) {
		if !slices.ContainsFunc(pure, p.is) || slices.ContainsFunc(notPure, p.is) {
			continue
		}
		for _, imported := range p.Imports {
			if slices.Contains(impure, imported) {
				t.Errorf("%s imports %s", path, imported)
			}
		}
		set, parsed := files(t, p)
		for _, file := range parsed {
			names := map[string]string{} // local name → import path
			for _, i := range file.Imports {
				full, err := strconv.Unquote(i.Path.Value)
				if err != nil {
					t.Fatal(err)
				}
				local := full[strings.LastIndex(full, "/")+1:]
				if i.Name != nil {
					local = i.Name.Name
				}
				names[local] = full
			}
			ast.Inspect(file, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.GoStmt:
					t.Errorf("%s starts a goroutine", set.Position(n.Pos()))
				case *ast.SelectorExpr:
					if x, ok := n.X.(*ast.Ident); ok && slices.Contains(acts[names[x.Name]], n.Sel.Name) {
						t.Errorf("%s uses %s.%s", set.Position(n.Pos()), x.Name, n.Sel.Name)
					}
				}
				return true
			})
		}
	}
}
