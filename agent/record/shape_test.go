package record_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/thirdline/thirdline/agent/record"
)

func TestContainerLogsAreUnwrapped(t *testing.T) {
	for _, tc := range []struct {
		format    record.Format
		raw, want string
		whole     int
	}{
		{record.CRI, "2026-11-24T10:00:00.1Z stdout F hello world\n2026-11-24T10:00:00.2Z stderr P half \n2026-11-24T10:00:00.3Z stderr F and half\n", "hello world\nhalf and half\n", 123},
		{record.CRI, "2026-11-24T10:00:00.1Z stdout F a\n2026-11-24T10:00:00.2Z stderr P open\n", "a\nopen\n", 34},
		{record.CRI, "2026-11-24T10:00:00.1Z stdout F\nnot of the format\n", "\nnot of the format\n", 50},
		{record.Docker, `{"log":"a \"b\"\n","stream":"stdout","time":"2026-11-24T10:00:00Z"}` + "\n" + `{"log":"par","stream":"stdout"}` + "\n" + `{"log":"tial\n"}` + "\n", "a \"b\"\npartial\n", 117},
		{record.Journal, `{"__REALTIME_TIMESTAMP":"1795514400000001","_HOSTNAME":"web1","SYSLOG_IDENTIFIER":"sshd","_PID":"7","MESSAGE":"hi"}` + "\n", "2026-11-24T10:00:00.000001Z web1 sshd[7]: hi\n", 116},
		{record.Journal, `{"MESSAGE":[104,255,105]}` + "\n", "h\xffi\n", 26},
		{record.Docker, "{\"log\": 3}\n", "{\"log\": 3}\n", 11},
	} {
		s := &record.Shape{Format: tc.format}
		got, marks := s.Text(nil, []byte(tc.raw))
		if string(got) != tc.want {
			t.Errorf("%s: got %q", tc.format, got)
		}
		if n := s.Whole(nil, []byte(tc.raw)); n != tc.whole {
			t.Errorf("%q: %d bytes are whole records, not %d", tc.raw, n, tc.whole)
		}
		if len(marks) != strings.Count(tc.want, "\n") || marks[len(marks)-1].End != len(tc.raw) {
			t.Errorf("%s: marks %v", tc.format, marks)
		}
	}
}

func TestARecordIsWidenedAndHeld(t *testing.T) {
	const log = "2026-11-24 10:00:00 INFO a\n" +
		"2026-11-24 10:00:01 ERROR boom\njava.lang.IllegalStateException: no\n\tat a.B.c(B.java:1)\n\tat a.B.d(B.java:2)\n" +
		"2026-11-24 10:00:02 INFO b\n"
	j, err := record.NewJoiner("java")
	if err != nil {
		t.Fatal(err)
	}
	s := &record.Shape{Joiner: j}
	line := func(part string) (int, int) {
		at := strings.Index(log, part)
		start := strings.LastIndexByte(log[:at], '\n') + 1
		return start, start + strings.IndexByte(log[start:], '\n')
	}
	start, end := line("B.java:2")
	start, end = s.Around([]byte(log), start, end)
	if got := log[start:end]; !strings.HasPrefix(got, "java.lang") || !strings.HasSuffix(got, "B.java:2)") {
		t.Errorf("record %q", got)
	}
	open := log[:strings.Index(log, "\tat a.B.d")]
	if n := s.Whole(nil, []byte(open)); !strings.HasSuffix(log[:n], "ERROR boom\n") {
		t.Errorf("whole records: %q", log[:n])
	}
}

func TestALongRecordKeepsItsEnds(t *testing.T) {
	var b bytes.Buffer
	for i := range 1000 {
		fmt.Fprintf(&b, "line %d\n", i)
	}
	got := strings.Split(string(record.Cut(bytes.TrimSpace(b.Bytes()))), "\n")
	if diff := cmp.Diff([]string{"line 399", "… [500 lines cut] …", "line 900"}, got[399:402]); diff != "" || len(got) != 501 {
		t.Errorf("%d lines (-want +got):\n%s", len(got), diff)
	}
}

// FuzzShape holds that what Whole cuts off is read the same in two parts.
func FuzzShape(f *testing.F) {
	f.Add([]byte("2026-11-24T10:00:00Z stdout P a\n2026-11-24T10:00:00Z stdout F b\n"), true)
	f.Add([]byte(`{"log":"a\n"}`+"\n"), false)
	f.Fuzz(func(t *testing.T, data []byte, cri bool) {
		s := &record.Shape{Format: record.Docker}
		if cri {
			s.Format = record.CRI
		}
		data = data[:bytes.LastIndexByte(data, '\n')+1]
		n := s.Whole(nil, data)
		all, _ := s.Text(nil, data)
		head, _ := s.Text(nil, data[:n])
		rest, _ := s.Text(nil, data[n:])
		if !bytes.Equal(all, append(bytes.Clone(head), rest...)) {
			t.Fatalf("%q: %q and %q", all, head, rest)
		}
	})
}

// BenchmarkWhole is what framing adds to reading a chunk.
func BenchmarkWhole(b *testing.B) {
	auto, err := record.NewJoiner("auto")
	if err != nil {
		b.Fatal(err)
	}
	const line = "2026-11-24T10:00:00Z INFO request served path=/api/v1/orders status=200 bytes=5120 ms=12 user=ann\n"
	for name, text := range map[string]string{"times": line, "no-times": line[21:], "traces": line + "x.FooException: no\n" + strings.Repeat("\tat a.B.c(B.java:1)\n", 40)} {
		chunk := []byte(strings.Repeat(text, 256<<10/len(text)))
		s := &record.Shape{Joiner: auto}
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(chunk)))
			for b.Loop() {
				s.Whole(nil, chunk)
			}
		})
	}
}
