//go:build linux

package speaker_test

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"parley/app/sound"
	"parley/app/sound/speaker"
)

// What is heard is measured: a sound server of the test's own has a sink that
// goes nowhere, and the test listens to its monitor. The ringing itself runs in
// another process, so that the C libraries see this server from the beginning.
func TestMain(m *testing.M) {
	switch os.Getenv("PARLEY_TEST_PART") {
	case "ring":
		alarm := sound.NewAlarm(speaker.Device{}, slog.New(slog.NewTextHandler(os.Stderr, nil)))
		alarm.Ring(sound.Choice{Tone: "marimba", Volume: 80})
		_, _ = bufio.NewReader(os.Stdin).ReadString('\n') // acknowledged
		alarm.Quiet()
		alarm.Close()
		fmt.Println("quiet")
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	case "check":
		alarm := sound.NewAlarm(speaker.Device{}, slog.New(slog.DiscardHandler))
		err := alarm.Test(context.Background(), sound.Choice{Tone: "chime", Volume: 80})
		if errors.Is(err, speaker.ErrNoDevice) {
			os.Exit(7)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// server is a sound server of the test's own.
type server struct{ env []string }

func startServer(t *testing.T) server {
	t.Helper()
	dir := t.TempDir()
	socket := filepath.Join(dir, "native")
	// ALSA's default device becomes the sound server.
	conf := "pcm.!default { type pulse }\nctl.!default { type pulse }\n"
	if err := os.WriteFile(filepath.Join(dir, ".asoundrc"), []byte(conf), 0o600); err != nil {
		t.Fatal(err)
	}
	s := server{env: append(os.Environ(),
		"HOME="+dir, "XDG_RUNTIME_DIR="+dir, "XDG_CONFIG_HOME="+dir, "PULSE_RUNTIME_PATH="+dir, "PULSE_SERVER=unix:"+socket)}
	cmd := exec.Command("pulseaudio", "-n", "--daemonize=no", "--use-pid-file=no", "--exit-idle-time=-1", "--log-target=stderr",
		"-L", "module-null-sink sink_name=test", "-L", "module-native-protocol-unix auth-anonymous=1 socket="+socket)
	cmd.Env = s.env
	start(t, cmd)
	for end := time.Now().Add(20 * time.Second); ; {
		c, err := net.Dial("unix", socket)
		if err == nil {
			_ = c.Close()
			return s
		}
		if time.Now().After(end) {
			t.Fatalf("no sound server: %v", err)
		}
		<-time.After(10 * time.Millisecond)
	}
}

func start(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
}

// window is how much sound is judged at once.
const window = 20 * time.Millisecond

// ear hears what the sink gets, one window after the other.
type ear struct {
	t     *testing.T
	raw   io.Reader
	now   time.Duration // on the sink's clock
	quiet time.Duration // how long nothing has been heard
}

func (s server) listen(t *testing.T) *ear {
	t.Helper()
	cmd := exec.Command("parec", "--raw", "--format=s16le", "--channels=1", fmt.Sprintf("--rate=%d", sound.Rate),
		"--latency-msec=20", "-d", "test.monitor")
	cmd.Env = s.env
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	start(t, cmd)
	return &ear{t: t, raw: out, quiet: time.Second}
}

// hear returns the energy of the next window: root mean square, 0 to 1.
func (e *ear) hear() float64 {
	samples := make([]int16, int(window.Seconds()*sound.Rate))
	if err := binary.Read(e.raw, binary.LittleEndian, samples); err != nil {
		e.t.Fatal(err)
	}
	sum := 0.0
	for _, s := range samples {
		v := float64(s) / math.MaxInt16
		sum += v * v
	}
	e.now += window
	level := math.Sqrt(sum / float64(len(samples)))
	e.quiet += window
	if level >= audible {
		e.quiet = 0
	}
	return level
}

// audible is far above the silence of a null sink, which is zero.
const audible = .01

// onset returns when sound begins that silence came before.
func (e *ear) onset(within time.Duration) time.Duration {
	e.t.Helper()
	for end := e.now + within; e.now < end; {
		before := e.quiet
		if e.hear() >= audible && before >= 500*time.Millisecond {
			return e.now
		}
	}
	e.t.Fatalf("no tone within %v", within)
	return 0
}

func TestRingsUntilAcknowledged(t *testing.T) {
	s := startServer(t)
	ear := s.listen(t)
	if level := ear.hear(); level != 0 {
		t.Fatalf("the sink is not silent: %f", level)
	}
	ring := exec.Command(os.Args[0])
	ring.Env = append(s.env, "PARLEY_TEST_PART=ring")
	ring.Stderr = os.Stderr
	in, err := ring.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := ring.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	start(t, ring)

	first := ear.onset(20 * time.Second)
	second := ear.onset(2 * sound.Every)
	third := ear.onset(2 * sound.Every)
	for _, gap := range []time.Duration{second - first, third - second} {
		if gap < sound.Every-500*time.Millisecond || gap > sound.Every+500*time.Millisecond {
			t.Errorf("the tone repeats after %v, want about %v", gap, sound.Every)
		}
	}
	// The third tone has only begun: acknowledged, it ends at once.
	if _, err := io.WriteString(in, "acknowledged\n"); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || line != "quiet\n" {
		t.Fatalf("it said %q, %v", line, err)
	}
	last := third
	for end := ear.now + 2*sound.Every; ear.now < end; {
		if ear.hear() >= audible {
			last = ear.now
		}
	}
	if after := last - third; after > 1500*time.Millisecond {
		t.Errorf("it was heard for %v after it was acknowledged", after)
	}
}

func TestSoundCheckWithoutADevice(t *testing.T) {
	dir := t.TempDir()
	// A device that is not there, whatever this machine has.
	if err := os.WriteFile(filepath.Join(dir, ".asoundrc"), []byte("pcm.!default { type hw card 99 }\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	check := exec.Command(os.Args[0])
	check.Env = append(os.Environ(), "PARLEY_TEST_PART=check", "HOME="+dir)
	err := check.Run()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 7 {
		t.Errorf("the sound check ended with %v", err)
	}
}
