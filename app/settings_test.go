package app_test

import (
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"parley/app"
)

func TestLoadSettings(t *testing.T) {
	changed := app.DefaultSettings()
	changed.Theme, changed.Volume, changed.Language = "dark", 20, "de-AT"
	for _, c := range []struct {
		name, file string
		want       app.Settings
		fails      bool
	}{
		{"no file", "", app.DefaultSettings(), false},
		{"some fields", `{"theme":"dark","volume":20,"language":"de-AT"}`, changed, false},
		{"values that are not allowed", `{"theme":"pink","density":"x","textSize":9000,"volume":-1,"tone":"gong","language":"??","onQuit":"x"}`, app.DefaultSettings(), false},
		{"tones come from the program", `{"tones":[{"id":"x","label":"x"}]}`, app.DefaultSettings(), false},
		{"no JSON", `theme: dark`, app.DefaultSettings(), true},
		{"another shape", `{"volume":"loud"}`, app.DefaultSettings(), true},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "settings.json")
			if c.file != "" {
				if err := os.WriteFile(path, []byte(c.file), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			got, err := app.LoadSettings(path)
			if (err != nil) != c.fails {
				t.Errorf("error %v", err)
			}
			if !reflect.DeepEqual(got, c.want) {
				t.Errorf("got %+v\nwant %+v", got, c.want)
			}
		})
	}
}

func TestSettingsSurviveARestart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "settings.json")
	want := app.DefaultSettings()
	want.Theme, want.Tone, want.EnterSends, want.ShowBodies = "contrast-dark", "marimba", false, true
	if err := app.SaveSettings(path, want); err != nil {
		t.Fatal(err)
	}
	got, err := app.LoadSettings(path)
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v", got, err)
	}
	if c := app.Background(filepath.Dir(path)); c != [3]uint8{0, 0, 0} {
		t.Errorf("background %v", c)
	}
}

func FuzzLoadSettings(f *testing.F) {
	f.Add([]byte(`{"theme":"dark","volume":20}`))
	f.Add([]byte(`{"textSize":1e9,"tones":null}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		path := filepath.Join(t.TempDir(), "settings.json")
		if err := os.WriteFile(path, raw, 0o600); err != nil {
			t.Fatal(err)
		}
		s, _ := app.LoadSettings(path)
		if s.Volume < 0 || s.Volume > 100 || s.TextSize < 100 || s.TextSize > 150 || len(s.Tones) == 0 {
			t.Errorf("%+v", s)
		}
	})
}
