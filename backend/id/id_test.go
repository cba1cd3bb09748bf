package id_test

import (
	"testing"
	"time"

	"parley/backend/id"
)

func TestIDsSortByTime(t *testing.T) {
	before := time.Now()
	made := id.New()
	if from := id.From(before); from > made {
		t.Errorf("%s, made after %s", made, from)
	}
	if from := id.From(time.Now().Add(time.Millisecond)); from <= made {
		t.Errorf("%s, made before %s", made, from)
	}
}
