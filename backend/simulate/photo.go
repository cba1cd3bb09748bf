package simulate

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"math"
)

// photo draws a bent tent pole before a meadow, as PNG: a picture that nobody
// had to take.
func photo() []byte {
	const w, h = 480, 320
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			c := color.RGBA{R: uint8(150 + y/6), G: uint8(195 + y/10), B: 235, A: 255}
			if float64(y) > 210+10*math.Sin(float64(x)/40) {
				c = color.RGBA{R: 70, G: uint8(130 + (x*7+y*13)%23), B: 62, A: 255}
			}
			if pole := poleAt(float64(x)); math.Abs(float64(y)-pole) < 5 {
				c = color.RGBA{R: 190, G: 194, B: 200, A: 255}
			}
			img.SetRGBA(x, y, c)
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		panic("simulate: a picture cannot be encoded: " + err.Error()) // memory does not fail
	}
	return b.Bytes()
}

// poleAt gives the pole's height: an arc with a kink.
func poleAt(x float64) float64 {
	y := 240 - 130*math.Sin(x/480*math.Pi)
	if x > 270 && x < 330 {
		y += 42 * math.Sin((x-270)/60*math.Pi)
	}
	return y
}
