package sound

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// Every is the time from the beginning of one tone to the next while an alert
// is unacknowledged.
const Every = 3 * time.Second

// Speaker plays samples on a device.
type Speaker interface {
	// Play opens the device, plays mono samples at Rate and closes the device.
	// It returns when all was heard, or soon after ctx ended, or with an error
	// where there is no device. It is not called concurrently.
	Play(ctx context.Context, samples []float64) error
}

// Choice is what to play.
type Choice struct {
	Tone   string
	Volume int // per cent, 0 to 100
}

// Alarm plays tones. All methods are safe for concurrent use.
type Alarm struct {
	speaker Speaker
	log     *slog.Logger
	turn    sync.Mutex // held while the speaker plays
	jobs    sync.WaitGroup

	mu      sync.Mutex
	stop    context.CancelFunc // nil while nothing rings
	closed  bool
	failing bool // the last tone found no device; said once
}

// NewAlarm returns an Alarm that is silent.
func NewAlarm(speaker Speaker, log *slog.Logger) *Alarm {
	return &Alarm{speaker: speaker, log: log}
}

// Ring plays choice now and Every again until Quiet. It does nothing while it
// rings already.
func (a *Alarm) Ring(choice Choice) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.stop != nil || a.closed {
		return
	}
	ctx, stop := context.WithCancel(context.Background())
	a.stop = stop
	a.jobs.Go(func() { a.repeat(ctx, choice) })
}

// Quiet ends ringing at once: the alert was acknowledged.
func (a *Alarm) Quiet() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.stop != nil {
		a.stop()
		a.stop = nil
	}
}

// Once plays choice one time, in the background.
func (a *Alarm) Once(choice Choice) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.closed {
		return
	}
	a.jobs.Go(func() { a.note(a.Test(context.Background(), choice)) })
}

// Test plays choice one time and returns when it was heard, or why it cannot be.
func (a *Alarm) Test(ctx context.Context, choice Choice) error {
	samples, err := Render(choice.Tone, choice.Volume)
	if err != nil {
		return err
	}
	a.turn.Lock()
	defer a.turn.Unlock()
	return a.speaker.Play(ctx, samples)
}

// Close ends ringing and waits until the speaker is closed.
func (a *Alarm) Close() {
	a.mu.Lock()
	a.closed = true
	a.mu.Unlock()
	a.Quiet()
	a.jobs.Wait()
}

func (a *Alarm) repeat(ctx context.Context, choice Choice) {
	beat := time.NewTicker(Every)
	defer beat.Stop()
	for {
		err := a.Test(ctx, choice)
		if ctx.Err() != nil {
			return
		}
		a.note(err)
		select {
		case <-ctx.Done():
			return
		case <-beat.C:
		}
	}
}

// note logs the first failure of a row: a machine without a sound device stays
// silent, and says so once.
func (a *Alarm) note(err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if err != nil && !a.failing {
		a.log.Warn("alert sound cannot be played", "error", err)
	}
	a.failing = err != nil
}
