package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

// postgres is a private PostgreSQL server in a directory of its own, on a Unix
// socket only, with its defaults: each commit synced before it is answered.
type postgres struct {
	dir  string
	pool *pgxpool.Pool
}

// asOther wraps a command so that it does not run as root, which PostgreSQL
// refuses.
func asOther(name string, args ...string) *exec.Cmd {
	if os.Getuid() != 0 {
		return exec.Command(name, args...)
	}
	return exec.Command("runuser", append([]string{"-u", "postgres", "--", name}, args...)...)
}

func startPostgres(conns int) (*postgres, error) {
	bins, _ := filepath.Glob("/usr/lib/postgresql/*/bin")
	if len(bins) == 0 {
		return nil, errors.New("PostgreSQL is not installed (apt-get install postgresql)")
	}
	bin := bins[len(bins)-1]
	dir, err := os.MkdirTemp("", "parley-bench-pg-")
	if err != nil {
		return nil, err
	}
	p := &postgres{dir: dir}
	if os.Getuid() == 0 {
		if out, err := exec.Command("chown", "postgres", dir).CombinedOutput(); err != nil {
			return nil, fmt.Errorf("chown: %s", out)
		}
	}
	data := filepath.Join(dir, "data")
	if out, err := asOther(filepath.Join(bin, "initdb"), "-D", data, "-U", "bench", "--auth=trust").CombinedOutput(); err != nil {
		return nil, fmt.Errorf("initdb: %w\n%s", err, out)
	}
	start := asOther(filepath.Join(bin, "pg_ctl"), "-D", data, "-w", "-l", filepath.Join(dir, "log"),
		"-o", fmt.Sprintf("-c listen_addresses='' -c unix_socket_directories=%s -c max_connections=%d", dir, conns+10), "start")
	if out, err := start.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("pg_ctl: %w\n%s", err, out)
	}
	cfg, err := pgxpool.ParseConfig(fmt.Sprintf("host=%s user=bench dbname=postgres pool_max_conns=%d pool_min_conns=%d", dir, conns, conns))
	if err != nil {
		return nil, err
	}
	if p.pool, err = pgxpool.NewWithConfig(context.Background(), cfg); err != nil {
		return nil, err
	}
	_, err = p.pool.Exec(context.Background(), `create table log (
		pos bigserial primary key, stream text not null, rev bigint not null, data bytea not null, unique (stream, rev))`)
	return p, err
}

// cpu is the processor time that the server has used, in seconds.
func (p *postgres) cpu() float64 {
	data, err := os.ReadFile(filepath.Join(p.dir, "data", "postmaster.pid"))
	if err != nil {
		return 0
	}
	line, _, _ := strings.Cut(string(data), "\n")
	pid, _ := strconv.Atoi(line)
	return cpuOf(family(pid))
}

func (p *postgres) stop() {
	p.pool.Close()
	bins, _ := filepath.Glob("/usr/lib/postgresql/*/bin")
	_ = asOther(filepath.Join(bins[len(bins)-1], "pg_ctl"), "-D", filepath.Join(p.dir, "data"), "-m", "fast", "-w", "stop").Run()
	os.RemoveAll(p.dir)
}

// appendRate appends for d from conns connections, each to streams of its own
// with the next revision, and returns commits per second.
func (p *postgres) appendRate(conns int, d time.Duration, round int) (float64, error) {
	record := []byte(strings.Repeat("x", 300))
	ctx := context.Background()
	var n atomic.Int64
	var wg sync.WaitGroup
	errs := make(chan error, conns)
	begin := time.Now()
	for w := range conns {
		wg.Go(func() {
			c, err := p.pool.Acquire(ctx)
			if err != nil {
				errs <- err
				return
			}
			defer c.Release()
			stream := fmt.Sprintf("%d-%d", round, w)
			for rev := 1; time.Since(begin) < d; rev++ {
				if _, err := c.Exec(ctx, "insert into log (stream, rev, data) values ($1, $2, $3)", stream, rev, record); err != nil {
					errs <- err
					return
				}
				n.Add(1)
			}
		})
	}
	wg.Wait()
	took := time.Since(begin)
	select {
	case err := <-errs:
		return 0, err
	default:
	}
	return float64(n.Load()) / took.Seconds(), nil
}
