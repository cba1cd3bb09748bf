// Package speaker plays samples on the machine's sound device. It needs cgo and
// ALSA's headers on Linux, so nothing but main imports it.
package speaker

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/faiface/beep"
	"github.com/faiface/beep/speaker"

	"parley/app/sound"
)

// buffer is the device's delay.
const buffer = 100 * time.Millisecond

// ErrNoDevice: this machine has no sound device that can be opened.
var ErrNoDevice = errors.New("no sound device was found; check that speakers or headphones are connected")

// Device is the machine's default sound device, open only while it plays. Its
// zero value is ready. The device is one for the whole process.
type Device struct{}

// Play implements sound.Speaker.
func (Device) Play(ctx context.Context, samples []float64) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	rate := beep.SampleRate(sound.Rate)
	if err := speaker.Init(rate, rate.N(buffer)); err != nil {
		return fmt.Errorf("%w (%w)", ErrNoDevice, err)
	}
	defer speaker.Close()
	heard := make(chan struct{})
	// The tail of silence lets the device's buffer run empty before it closes.
	tail := beep.Silence(2 * rate.N(buffer))
	speaker.Play(beep.Seq(&mono{samples: samples}, tail, beep.Callback(func() { close(heard) })))
	select {
	case <-ctx.Done():
		speaker.Clear()
	case <-heard:
	}
	return nil
}

// mono streams samples on both sides.
type mono struct{ samples []float64 }

func (m *mono) Stream(out [][2]float64) (int, bool) {
	n := min(len(out), len(m.samples))
	for i, s := range m.samples[:n] {
		out[i] = [2]float64{s, s}
	}
	m.samples = m.samples[n:]
	return n, n > 0
}

func (m *mono) Err() error { return nil }
