package agent_test

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/thirdline/thirdline/agent"
	"github.com/thirdline/thirdline/agent/tail"
)

// tape stands for a recorder of one file.
type tape struct {
	t         *testing.T
	path      string
	mu        sync.Mutex
	synced    int64
	committed map[tail.Identity]int64
}

func (*tape) Run(context.Context) error { return nil }

func (s *tape) Sync() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	info, err := os.Stat(s.path)
	if err == nil {
		s.synced = info.Size()
	}
	return err
}

func (s *tape) Committed(positions []tail.Position) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range positions {
		if p.Source == "tape" {
			s.committed[p.Identity] = p.Offset
			if p.Offset > s.synced {
				s.t.Errorf("position %d is durable, and its file only to %d", p.Offset, s.synced)
			}
		}
	}
}

func (s *tape) at(id tail.Identity) (offset int64, known bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	offset, known = s.committed[id]
	return offset, known
}

// TestAStreamIsToldWhatHasBeenRead: at the start what nobody has read, and then what is
// durable. What was recorded is durable before a position in it is.
func TestAStreamIsToldWhatHasBeenRead(t *testing.T) {
	h := newHost(t, disk)
	path := filepath.Join(filepath.Dir(h.log), "tape.log")
	h.writeTo(path, "one\n")
	id, err := tail.Identify(path)
	if err != nil {
		t.Fatal(err)
	}
	s := &tape{t: t, path: path, committed: map[tail.Identity]int64{}}
	h.more = []agent.Source{{Stream: s, Source: tail.Source{Name: "tape", Include: []string{path}, FromBeginning: true}}}
	h.start()
	if _, known := s.at(id); !known {
		t.Error("nothing was told at the start")
	}
	h.writeTo(path, "two\n")
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if offset, _ := s.at(id); offset == 8 {
			break
		}
	}
	h.stop()
	if offset, _ := s.at(id); offset != 8 {
		t.Errorf("%d bytes were told to be read, not 8", offset)
	}
}
