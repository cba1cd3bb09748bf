package sound_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"math"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"parley/app/sound"
)

func rms(samples []float64) float64 {
	sum := 0.0
	for _, s := range samples {
		sum += s * s
	}
	return math.Sqrt(sum / float64(len(samples)))
}

func TestTones(t *testing.T) {
	ids := []string{sound.AutoAnswer}
	for _, tone := range sound.Tones() {
		if tone.Label == "" || !sound.Known(tone.ID) {
			t.Errorf("tone %+v", tone)
		}
		ids = append(ids, tone.ID)
	}
	if !sound.Known(sound.Default) || sound.Known(sound.AutoAnswer) || sound.Known("gong") {
		t.Error("the default tone can be chosen, the auto-answer tone cannot")
	}
	for _, id := range ids {
		t.Run(id, func(t *testing.T) {
			samples, err := sound.Render(id, 100)
			if err != nil {
				t.Fatal(err)
			}
			length := time.Duration(len(samples)) * time.Second / sound.Rate
			if length < 200*time.Millisecond || length >= sound.Every {
				t.Errorf("it takes %v", length)
			}
			if id == sound.AutoAnswer && length > 700*time.Millisecond {
				t.Errorf("the short tone takes %v", length)
			}
			peak := 0.0
			for _, s := range samples {
				peak = max(peak, math.Abs(s))
			}
			if peak < .25 || peak > 1 {
				t.Errorf("peak %.2f", peak)
			}
			if first, last := math.Abs(samples[0]), math.Abs(samples[len(samples)-1]); first > .01 || last > .01 {
				t.Errorf("it clicks: begins at %.3f, ends at %.3f", first, last)
			}
		})
	}
	if _, err := sound.Render("gong", 50); !errors.Is(err, sound.ErrUnknownTone) {
		t.Errorf("an unknown tone: %v", err)
	}
}

func TestVolume(t *testing.T) {
	decibel := func(a, b int) float64 { return 20 * math.Log10(sound.Gain(a)/sound.Gain(b)) }
	if sound.Gain(0) != 0 || sound.Gain(-5) != 0 || sound.Gain(100) != 1 || sound.Gain(400) != 1 {
		t.Error("the ends of the scale")
	}
	for _, half := range []int{100, 80, 50} {
		if d := decibel(half, half/2); math.Abs(d-10) > .01 {
			t.Errorf("from %d to %d per cent are %.2f dB, half as loud is 10", half, half/2, d)
		}
	}
	loud, _ := sound.Render("chime", 100)
	soft, _ := sound.Render("chime", 25)
	if r := rms(soft) / rms(loud); math.Abs(r-sound.Gain(25)) > .001 {
		t.Errorf("a quarter of the volume sounds at %.3f", r)
	}
}

// speaker notes when it is played to, and takes a second for each tone.
type speaker struct {
	mu      sync.Mutex
	began   time.Time
	at      []time.Duration
	playing int
	err     error
}

func (s *speaker) Play(ctx context.Context, _ []float64) error {
	s.mu.Lock()
	s.at = append(s.at, time.Since(s.began))
	s.playing++
	overlap, err := s.playing > 1, s.err
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		s.playing--
		s.mu.Unlock()
	}()
	if overlap {
		return errors.New("two tones at once")
	}
	if err != nil {
		return err
	}
	select {
	case <-ctx.Done():
	case <-time.After(time.Second):
	}
	return nil
}

func (s *speaker) played() []time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]time.Duration{}, s.at...)
}

func TestRingsUntilAcknowledged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &speaker{began: time.Now()}
		var log strings.Builder
		a := sound.NewAlarm(s, slog.New(slog.NewTextHandler(&log, nil)))
		choice := sound.Choice{Tone: "chime", Volume: 50}
		a.Ring(choice)
		a.Ring(choice) // a second alert does not ring twice
		time.Sleep(7500 * time.Millisecond)
		a.Quiet()
		time.Sleep(time.Minute)
		if got := s.played(); len(got) != 3 || got[0] != 0 || got[1] != sound.Every || got[2] != 2*sound.Every {
			t.Errorf("played at %v", got)
		}
		a.Once(choice)
		synctest.Wait()
		a.Close()
		a.Ring(choice)
		a.Once(choice)
		synctest.Wait()
		if got := s.played(); len(got) != 4 {
			t.Errorf("played %d times", len(got))
		}
		if log.Len() > 0 {
			t.Errorf("logged %s", log.String())
		}
	})
}

func TestWithoutADevice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		none := errors.New("no sound device")
		s := &speaker{began: time.Now(), err: none}
		var log strings.Builder
		a := sound.NewAlarm(s, slog.New(slog.NewTextHandler(&log, nil)))
		a.Ring(sound.Choice{Tone: "bell", Volume: 50})
		time.Sleep(time.Minute)
		a.Close()
		if n := strings.Count(log.String(), "no sound device"); n != 1 {
			t.Errorf("said %d times that there is no device", n)
		}
		b := sound.NewAlarm(s, slog.New(slog.NewTextHandler(io.Discard, nil)))
		if err := b.Test(t.Context(), sound.Choice{Tone: "bell", Volume: 50}); !errors.Is(err, none) {
			t.Errorf("the sound check says %v", err)
		}
		if err := b.Test(t.Context(), sound.Choice{Tone: "gong"}); !errors.Is(err, sound.ErrUnknownTone) {
			t.Errorf("an unknown tone: %v", err)
		}
	})
}
