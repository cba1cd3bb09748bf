// Package sound is what an agent hears: alert tones, synthesised here, repeated
// until the alert is acknowledged. The sound device is behind Speaker, so that
// this package needs neither a device nor cgo.
package sound

import (
	"errors"
	"math"
	"slices"
	"time"
)

// Rate is samples per second.
const Rate = 44100

// Default is the tone of a new profile, AutoAnswer the short one that tells of
// an interaction that was answered automatically.
const (
	Default    = "chime"
	AutoAnswer = "auto_answer"
)

// Tone is one alert sound.
type Tone struct {
	ID    string
	Label string
	notes []note
}

// note is one struck note: partials over a fundamental, each fading by itself.
type note struct {
	at       time.Duration // from the tone's beginning
	hz       float64
	level    float64       // of its loudest partial, 0 to 1
	fade     time.Duration // to 1/e
	partials []partial
}

type partial struct {
	ratio, level float64 // of the fundamental
	fade         float64 // share of the note's
}

var (
	glass   = []partial{{1, 1, 1}, {2, .28, .6}, {3, .09, .35}}
	bell    = []partial{{.5, .35, 1.3}, {1, 1, 1}, {1.19, .35, .8}, {1.5, .25, .7}, {2, .45, .55}, {2.74, .15, .35}}
	wood    = []partial{{1, 1, 1}, {3.93, .3, .3}, {9.2, .08, .15}}
	plain   = []partial{{1, 1, 1}}
	softest = []partial{{1, 1, 1}, {2, .12, .5}}
)

var catalogue = []Tone{
	{ID: "chime", Label: "Chime", notes: []note{
		{hz: 659.25, level: .55, fade: 260 * time.Millisecond, partials: glass},
		{at: 170 * time.Millisecond, hz: 880, level: .6, fade: 380 * time.Millisecond, partials: glass},
	}},
	{ID: "bell", Label: "Soft bell", notes: []note{
		{hz: 523.25, level: .5, fade: 300 * time.Millisecond, partials: bell},
	}},
	{ID: "marimba", Label: "Marimba", notes: []note{
		{hz: 523.25, level: .6, fade: 130 * time.Millisecond, partials: wood},
		{at: 130 * time.Millisecond, hz: 659.25, level: .6, fade: 130 * time.Millisecond, partials: wood},
		{at: 260 * time.Millisecond, hz: 783.99, level: .65, fade: 190 * time.Millisecond, partials: wood},
	}},
	{ID: "beep", Label: "Beep", notes: []note{
		{hz: 880, level: .4, fade: 90 * time.Millisecond, partials: plain},
		{at: 220 * time.Millisecond, hz: 880, level: .4, fade: 90 * time.Millisecond, partials: plain},
	}},
}

var autoAnswer = Tone{ID: AutoAnswer, Label: "Answered automatically", notes: []note{
	{hz: 987.77, level: .5, fade: 90 * time.Millisecond, partials: softest},
}}

// Tones are the tones that can be chosen.
func Tones() []Tone { return slices.Clone(catalogue) }

// Known says whether a tone of that ID can be chosen.
func Known(id string) bool {
	return slices.ContainsFunc(catalogue, func(t Tone) bool { return t.ID == id })
}

// ErrUnknownTone: there is no such tone.
var ErrUnknownTone = errors.New("there is no such tone")

// attack is how long a note takes to its full level, so that it does not click.
const attack = 4 * time.Millisecond

// silence is where a fading note ends.
const silence = .001

// Render returns a tone as mono samples from -1 to 1 at Rate. Volume is in per
// cent, 0 to 100; the ear hears half of it as half as loud.
func Render(id string, volume int) ([]float64, error) {
	i := slices.IndexFunc(catalogue, func(t Tone) bool { return t.ID == id })
	tone := autoAnswer
	switch {
	case i >= 0:
		tone = catalogue[i]
	case id != AutoAnswer:
		return nil, ErrUnknownTone
	}
	var out []float64
	for _, n := range tone.notes {
		out = n.mix(out)
	}
	gain := Gain(volume)
	for i, s := range out {
		out[i] = gain * math.Tanh(s) // overlapping notes bend instead of clipping
	}
	return out, nil
}

// Gain turns a volume in per cent into an amplitude from 0 to 1. Loudness
// doubles about every 10 dB, so 50 per cent is 10 dB below 100.
func Gain(volume int) float64 {
	v := float64(min(max(volume, 0), 100)) / 100
	return math.Pow(v, math.Log2(math.Pow(10, .5)))
}

// mix adds the note to samples and returns them, longer where needed.
func (n note) mix(samples []float64) []float64 {
	start := count(n.at)
	for _, p := range n.partials {
		fade := p.fade * n.fade.Seconds() * Rate
		length := int(fade * math.Log(1/silence))
		if need := start + length; need > len(samples) {
			samples = append(samples, make([]float64, need-len(samples))...)
		}
		step := 2 * math.Pi * n.hz * p.ratio / Rate
		rise := float64(count(attack))
		for i := range length {
			envelope := math.Exp(-float64(i)/fade) * min(1, float64(i)/rise)
			samples[start+i] += n.level * p.level * envelope * math.Sin(step*float64(i))
		}
	}
	return samples
}

func count(d time.Duration) int { return int(d.Seconds() * Rate) }
