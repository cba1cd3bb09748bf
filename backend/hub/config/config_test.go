package config_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"parley/backend/channel"
	org "parley/backend/config"
	"parley/backend/conversation"
	"parley/backend/hub/config"
	"parley/backend/id"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// TestErrors compares what each wrong file in testdata/wrong is told with the
// golden file beside it.
func TestErrors(t *testing.T) {
	files, err := filepath.Glob("testdata/wrong/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal("no test data", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			_, err := config.Load(file)
			var wrong config.Errors
			if !errors.As(err, &wrong) {
				t.Fatalf("got %v, want Errors", err)
			}
			got := filepath.ToSlash(err.Error()) + "\n"
			golden := strings.TrimSuffix(file, ".yaml") + ".txt"
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("got\n%swant\n%s", got, want)
			}
		})
	}
}

func TestLoad(t *testing.T) {
	c, err := config.Load("testdata/whole.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if want := filepath.Join("testdata", "cert.pem"); c.TLS.CertFile != want {
		t.Errorf("certFile is %q, want %q beside the configuration", c.TLS.CertFile, want)
	}
	if r := c.Reports; r.Folder != "/srv/reports" || r.Time() != 6*time.Hour+15*time.Minute || r.ShortAbandon != 5 {
		t.Errorf("reports are %+v at %s", r, r.Time())
	}
	q, ok := c.Queue("web-orders")
	if !ok {
		t.Fatal("no queue web-orders")
	}
	want := conversation.Settings{
		AlertTimeout: 45 * time.Second, WrapUp: true, ACWTimeout: time.Minute, Manual: true,
		DefaultCode: "answered", Codes: []string{"answered", "refund"},
		Inactivity: 10 * time.Minute, InactiveRequeue: true,
	}
	if got := q.Settings(); !reflect.DeepEqual(got, want) {
		t.Errorf("settings are %+v, want %+v", got, want)
	}
	sofia, _ := c.User("sofia")
	wantUser := org.User{
		ID: "sofia", Name: "Sofia Lindqvist", Roles: []org.Role{org.RoleAgent, org.RoleSupervisor}, Supervises: []id.Queue{"web-orders"},
		Skills: map[id.Skill]int{"returns": 4}, Languages: map[id.Skill]int{"de": 5, "en": 3}, Capacity: map[channel.Kind]int{channel.Web: 2},
	}
	if !reflect.DeepEqual(sofia, wantUser) || len(c.Passwords) != 1 || c.Passwords["sofia"] == "" {
		t.Errorf("the user is %+v, want %+v; passwords %v", sofia, wantUser, c.Passwords)
	}
	if ada, _ := c.User("ada"); !slices.Equal(ada.Roles, []org.Role{org.RoleAdministrator}) {
		t.Errorf("role: admin becomes %v", ada.Roles)
	}
	if b, err := json.Marshal(c.Organisation); err != nil || bytes.Contains(b, []byte("argon2id")) {
		t.Errorf("a password is part of the organisation: %s %v", b, err)
	}
	d, ok := c.Deployment("shop")
	if !ok || !*d.Active || !*d.Clear || *d.Uploads || d.Disconnect != "ReadOnly" || d.Session() != 72*time.Hour {
		t.Errorf("deployment is %+v", d)
	}
	if c.Grace() != time.Minute || c.KeepDays != 7 || !*c.Limits.Rates {
		t.Errorf("defaults are missing: %+v", c)
	}
}

// The schema that is published is the one that is checked against.
func TestPublishedSchema(t *testing.T) {
	published, err := os.ReadFile("../../../docs/parley-hub.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(published, config.Schema) {
		t.Error("docs/parley-hub.schema.json differs from backend/hub/config/schema.json: copy it")
	}
}

func FuzzParse(f *testing.F) {
	for _, pattern := range []string{"testdata/wrong/*.yaml", "testdata/*.yaml"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			f.Fatal(err)
		}
		for _, file := range files {
			data, err := os.ReadFile(file)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(data)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := config.Parse("fuzz.yaml", data)
		if (c == nil) == (err == nil) {
			t.Fatalf("config %v with error %v", c, err)
		}
	})
}
