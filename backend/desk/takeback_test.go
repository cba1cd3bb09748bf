package desk_test

import (
	"errors"
	"testing"

	"parley/backend/desk"
	"parley/backend/id"
	"parley/backend/protocol"
)

// A message that was refused after its files had been uploaded gives them back,
// so that it can be written anew and sent.
func TestTakenBackWithItsFiles(t *testing.T) {
	for name, dir := range map[string]string{"on disk": t.TempDir(), "in memory": ""} {
		t.Run(name, func(t *testing.T) {
			h := newHub(t)
			d := open(t, options(t, h, dir))
			connected(t, h, d, "c")
			refused := true
			h.set(func() {
				h.refuse = func(c protocol.Command) *protocol.Problem {
					if c.Send != nil && refused {
						return &protocol.Problem{Code: "no", Message: "not now"}
					}
					return nil
				}
			})
			one, err := d.Stage("one.txt", "text/plain", []byte("first"))
			ok(t, err)
			two, err := d.Stage("two.txt", "text/plain", []byte("second"))
			ok(t, err)
			_, err = d.Send("c", "see these", []desk.Staged{one, two})
			ok(t, err)
			until(t, d, "refused", func(s *desk.Snapshot) bool { return card(s, "c").LastFailed })
			p, err := d.Tail("c", 1)
			ok(t, err)
			command := id.Command(p.Items[0].Command)

			full := errors.New("no room")
			if err := d.TakeBack(t.Context(), command, func(string, []desk.Staged) error { return full }); !errors.Is(err, full) {
				t.Errorf("kept nowhere: %v", err)
			}
			same(t, "still there", lines(t, d, "c"), []string{"in: hello", "out(failed): see these"})
			var files []desk.Staged
			ok(t, d.TakeBack(t.Context(), command, func(text string, back []desk.Staged) error {
				same(t, "text", text, "see these")
				files = back
				return nil
			}))
			same(t, "gone", lines(t, d, "c"), []string{"in: hello"})
			content := ""
			for _, f := range files {
				data, err := d.StagedFile(f.ID)
				ok(t, err)
				content += f.Name + " " + f.MIME + " " + string(data) + "; "
			}
			same(t, "files", content, "one.txt text/plain first; two.txt text/plain second; ")

			h.set(func() { refused = false })
			_, err = d.Send("c", "see these now", files)
			ok(t, err)
			until(t, d, "sent", settled)
			same(t, "hub", h.texts("c"), []string{"in: hello", "out: see these now +2 files"})
			if dir != "" {
				mustBeEmpty(t, dir, "outbox")
			}
		})
	}
}
