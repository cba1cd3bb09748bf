package message_test

import (
	"bytes"
	"log/slog"
	"reflect"
	"strings"
	"testing"

	"parley/backend/message"
)

func TestBodiesRedactThemselvesInLogs(t *testing.T) {
	var out bytes.Buffer
	body := message.Body{Text: "my card is 4111"}
	slog.New(slog.NewJSONHandler(&out, nil)).Info("received", "body", body)
	slog.New(slog.NewTextHandler(&out, nil)).Info("received", slog.Any("body", body))
	if got := out.String(); strings.Contains(got, "4111") || strings.Count(got, "[body]") != 2 {
		t.Errorf("logged %s", got)
	}
}

// TestEmpty: whatever a body holds, it is not empty. A field that Empty forgets
// fails here.
func TestEmpty(t *testing.T) {
	if !(message.Body{}).Empty() {
		t.Error("the zero body is not empty")
	}
	body := reflect.TypeFor[message.Body]()
	for i := range body.NumField() {
		b := reflect.New(body).Elem()
		switch f := b.Field(i); f.Kind() {
		case reflect.String:
			f.SetString("x")
		case reflect.Slice:
			f.Set(reflect.MakeSlice(f.Type(), 1, 1))
		case reflect.Pointer:
			f.Set(reflect.New(f.Type().Elem()))
		default:
			t.Fatalf("%s is a %s", body.Field(i).Name, f.Kind())
		}
		if b.Interface().(message.Body).Empty() {
			t.Errorf("a body with %s counts as empty", body.Field(i).Name)
		}
	}
}
