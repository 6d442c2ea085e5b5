package tail_test

import (
	"bytes"
	"log/slog"
	"testing"
	"time"

	"github.com/thirdline/thirdline/agent/tail"
	"github.com/thirdline/thirdline/agent/text"
)

// FuzzFraming holds that what is handed on of a file that is written in two parts is
// its whole lines, each byte once, in whole lines only.
func FuzzFraming(f *testing.F) {
	f.Add([]byte("one\ntwo\nthr"), uint(5))
	f.Add([]byte("\xff\xfea\x00\n\x00b\x00\n\x00"), uint(7))
	f.Add([]byte("\n\n\r\n"), uint(1))
	f.Fuzz(func(t *testing.T, data []byte, at uint) {
		if bytes.HasPrefix(data, []byte{0}) || bytes.Contains(data, []byte("\n\x00")) {
			t.Skip("zeros where a line begins are skipped")
		}
		cut := int(at % uint(len(data)+1))
		if cut < 3 && len(data) > cut {
			cut = min(3, len(data)) // a byte order mark is written at once
		}
		e, mark := text.Detect(data)
		r := newRig(t)
		r.append("app.log", string(data[:cut]))
		follower, err := tail.New(tail.Options{
			Sources: []tail.Source{{Name: "s", Include: []string{r.path("app.log")}, FromBeginning: true}}, Log: slog.New(slog.DiscardHandler),
		})
		if err != nil {
			t.Fatal(err)
		}
		r.f = follower
		var got []byte
		read := func() {
			for {
				c, ok, err := follower.Next(t.Context(), 0)
				if err != nil {
					t.Fatal(err)
				}
				if !ok {
					return
				}
				if c.Offset != int64(mark+len(got)) || e.Last(c.Data) != len(c.Data) {
					t.Fatalf("%q at %d after %d bytes", c.Data, c.Offset, len(got))
				}
				got = append(got, c.Data...)
			}
		}
		read()
		r.append("app.log", string(data[cut:]))
		whole := e.Last(data[mark:])
		for end := time.Now().Add(5 * time.Second); len(got) < whole && time.Now().Before(end); {
			read()
		}
		if !bytes.Equal(got, data[mark:mark+whole]) {
			t.Errorf("got %q of %q", got, data)
		}
		r.stop()
	})
}
