// Package backendtest is the suite that every backend passes, HTTP or not, whether
// the far end is a real server or a fake that enforces the documented contract.
//
// It drives whole lives of incidents, repeats deliveries, loses answers after the
// server did the work, restarts the backend in between, and counts what the far
// end then holds. It starts no server.
package backendtest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/thirdline/thirdline/shipper"
)

// Ticket is what the far end holds of an incident.
type Ticket struct {
	Title string
	Open  bool
	// Comments counts those with and without a file, the description not included.
	Comments, Files int
	// Text is everything that can be read in it.
	Text string
}

// Subject is a backend under test.
type Subject struct {
	// New returns the backend over a client, remembering in the journal. Wrong asks
	// for credentials that the far end refuses. One that speaks no HTTP needs no
	// client.
	New func(t *testing.T, client *http.Client, journal shipper.Journal, wrong bool) shipper.Backend
	// Tickets returns what the far end holds with a fingerprint, the oldest first.
	Tickets func(t *testing.T, fingerprint string) []Ticket
	// Mend has a person solve the ticket with a fingerprint and say how. Without it, the
	// backend does not read that.
	Mend func(t *testing.T, fingerprint, text string)
	// Comments, Files and Reopens say what the far end has: notes, attachments, and
	// tickets that open again.
	Comments, Files, Reopens bool
	// Links tells that the text of a ticket shows the runbook's address as it is.
	Links bool
	// Repeats tells that messages may come twice after a lost answer.
	Repeats bool
	// Anonymous tells that the far end takes no credentials.
	Anonymous bool
	// Whole tells that the far end gets the event as it is: nothing in it is cut, and
	// what is too large for it is trimmed or refused, never tried for ever.
	Whole bool
	// Native tells that the backend has no use for the client: what is lost of it is
	// the answer to a whole event.
	Native bool
	// Lives is how many incidents lose answers. Default 6.
	Lives int
}

// Run runs the suite.
func Run(t *testing.T, s Subject) {
	if s.Lives == 0 {
		s.Lives = 6
	}
	t.Run("a life", s.life)
	t.Run("an event that comes again", s.again)
	t.Run("lost answers", s.lost)
	t.Run("hostile text", s.hostile)
	t.Run("a log of ten megabytes", s.large)
	if !s.Anonymous {
		t.Run("wrong credentials", s.denied)
	}
	if s.Mend != nil {
		t.Run("what people say mended it", s.mended)
	}
}

// deliver delivers until it is accepted, as the shipper would.
func deliver(t *testing.T, b shipper.Backend, id string, event []byte) {
	t.Helper()
	var err error
	for range 60 {
		if err = b.Deliver(t.Context(), id, event); err == nil {
			return
		}
		var refused *shipper.Refused
		if errors.As(err, &refused) {
			break
		}
	}
	t.Fatalf("event %s: %v", id, err)
}

// one returns the only ticket of an incident.
func (s *Subject) one(t *testing.T, fp string) Ticket {
	t.Helper()
	all := s.Tickets(t, fp)
	if len(all) != 1 {
		t.Fatalf("%d tickets: %+v", len(all), all)
	}
	return all[0]
}

// expect compares a ticket with what it should have.
func (s *Subject) expect(t *testing.T, when string, got Ticket, open bool, comments, files int) {
	t.Helper()
	if !s.Comments {
		comments = 0
	}
	if !s.Files {
		files = 0
	}
	enough := func(got, want int) bool { return got == want || s.Repeats && got >= want }
	if got.Open != open || !enough(got.Comments, comments) || !enough(got.Files, files) {
		t.Errorf("%s: open %t, %d comments, %d files; want %t, %d, %d", when, got.Open, got.Comments, got.Files, open, comments, files)
	}
}

func (s *Subject) life(t *testing.T) {
	b, fp := s.New(t, &http.Client{}, NewJournal(), false), Fingerprint()
	tell := func(kind string, generation, sequence int, log bool) Ticket {
		t.Helper()
		id, event := Event(kind, fp, generation, sequence, log)
		deliver(t, b, id, event)
		all := s.Tickets(t, fp)
		if len(all) == 0 {
			t.Fatal("there is no ticket")
		}
		return all[len(all)-1]
	}
	opened := tell(shipper.Opened, 1, 1, true)
	if !strings.Contains(opened.Title, "disk sda fails") {
		t.Errorf("title %q", opened.Title)
	}
	if s.Links && !strings.Contains(opened.Text, Runbook) {
		t.Errorf("the runbook is no link in %q", opened.Text)
	}
	noted := 0 // an attachment is a comment with a file
	if s.Files {
		noted = 1
	}
	s.expect(t, "opened", opened, true, noted, 1)
	s.expect(t, "updated", tell(shipper.Updated, 1, 2, false), true, noted+1, 1)
	s.expect(t, "evidence", tell(shipper.Updated, 1, 3, true), true, noted+2, 2)
	s.expect(t, "resolved", tell(shipper.Resolved, 1, 4, false), false, noted+3, 2)
	if s.Reopens {
		s.expect(t, "reopened", tell(shipper.Reopened, 2, 1, false), true, noted+4, 2)
		s.expect(t, "resolved again", tell(shipper.Resolved, 2, 2, false), false, noted+5, 2)
		s.one(t, fp)
	} else if got := tell(shipper.Reopened, 2, 1, false); !got.Open {
		t.Error("it is not open again")
	}
}

// again delivers what was delivered before a crash.
func (s *Subject) again(t *testing.T) {
	j, fp := NewJournal(), Fingerprint()
	for _, kind := range []string{shipper.Opened, shipper.Updated} {
		id, event := Event(kind, fp, 1, map[string]int{shipper.Opened: 1, shipper.Updated: 2}[kind], false)
		for range 3 {
			deliver(t, s.New(t, &http.Client{}, j, false), id, event)
		}
	}
	s.expect(t, "told three times", s.one(t, fp), true, 1, 0)
}

// lost loses a third of the answers after the server did the work, and starts the
// backend again in between.
func (s *Subject) lost(t *testing.T) {
	flaky := &Loses{Rate: 0.3}
	client := &http.Client{Transport: flaky}
	for n := range s.Lives {
		j, fp := NewJournal(), Fingerprint()
		for sequence, kind := range []string{shipper.Opened, shipper.Updated, shipper.Updated, shipper.Resolved} {
			b := s.New(t, client, j, false)
			if s.Native {
				b = forgetful{b, flaky}
			}
			id, event := Event(kind, fp, 1, sequence+1, sequence == 2)
			deliver(t, b, id, event)
		}
		all := s.Tickets(t, fp)
		if len(all) == 0 || len(all) > 1 && !s.Repeats {
			t.Fatalf("life %d: %d tickets", n, len(all))
		}
		s.expect(t, fmt.Sprintf("life %d", n), all[len(all)-1], false, 3, 1)
	}
	if flaky.lost.Load() == 0 {
		t.Error("no answer was lost")
	}
}

func (s *Subject) hostile(t *testing.T) {
	fp := Fingerprint()
	text := "</pre><script>x()</script> {{ .V.token }} \"quoted\" \\ `code` ```\n@channel @here <!here> [~admin] {noformat} #1 http://evil.test/ \x1b[31m \x00 ünï"
	id, event := Encode(shipper.Opened, shipper.Incident{
		Fingerprint: fp, Generation: 1, Sequence: 1, Status: "open", Rule: "r", Title: text, Severity: "error", Host: shipper.Host{Name: "h"}, Count: 1,
		Opened: time.Now(), LastSeen: time.Now(), Fields: map[string]string{"f": text}, Snapshot: &shipper.Snapshot{File: text, Match: text, Before: []string{text}},
	})
	deliver(t, s.New(t, &http.Client{}, NewJournal(), false), id, event)
	got := s.one(t, fp)
	if !strings.Contains(got.Text+got.Title, "V.token") {
		t.Errorf("the text was taken for a template: %q", got.Title)
	}
}

// large delivers an event of ten megabytes. It may not stay in the spool for ever.
func (s *Subject) large(t *testing.T) {
	fp := Fingerprint()
	title := strings.Repeat("long title ", 1000)
	id, event := Encode(shipper.Opened, shipper.Incident{
		Fingerprint: fp, Generation: 1, Sequence: 1, Status: "open", Rule: "r", Title: title, Severity: "error",
		Host: shipper.Host{Name: "h"}, Count: 1, Opened: time.Now(), LastSeen: time.Now(),
		Snapshot: &shipper.Snapshot{File: "/f", Match: "the match", Before: []string{strings.Repeat("x", 10<<20)}},
	})
	deliver(t, s.New(t, &http.Client{}, NewJournal(), false), id, event)
	got := s.one(t, fp)
	if s.Whole && got.Title != title {
		t.Errorf("the title has %d bytes of %d", len(got.Title), len(title))
	}
	if !s.Whole && !strings.Contains(got.Title, "[cut]") {
		t.Errorf("the title of %d bytes has no mark where it was cut", len(got.Title))
	}
}

func (s *Subject) denied(t *testing.T) {
	id, event := Event(shipper.Opened, Fingerprint(), 1, 1, false)
	err := s.New(t, &http.Client{}, NewJournal(), true).Deliver(t.Context(), id, event)
	var denied *shipper.Denied
	var refused *shipper.Refused
	if !errors.As(err, &denied) && !errors.As(err, &refused) {
		t.Errorf("%v", err)
	}
}

// Loses is a transport that loses a part of the answers after the server did the
// work.
type Loses struct {
	Rate float64
	lost atomic.Int64
}

// forgetful is a backend whose answers are lost as a transport loses them.
type forgetful struct {
	shipper.Backend
	*Loses
}

// Deliver implements [shipper.Backend].
func (f forgetful) Deliver(ctx context.Context, id string, event []byte) error {
	err := f.Backend.Deliver(ctx, id, event)
	if err != nil || rand.Float64() >= f.Rate {
		return err
	}
	f.lost.Add(1)
	return errors.New("the answer was lost")
}

// RoundTrip implements [http.RoundTripper].
func (l *Loses) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil || rand.Float64() >= l.Rate {
		return resp, err
	}
	l.lost.Add(1)
	return nil, errors.Join(errors.New("the answer was lost"), resp.Body.Close())
}
