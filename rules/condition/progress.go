package condition

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Progress is how far the condition of a key has come.
type Progress struct {
	// Words say it; a rule without a condition says nothing.
	Words string
	// Until is when a cooldown ends, zero without one; Held is how many detections it
	// has held back.
	Until time.Time
	Held  int64
}

// Progress tells how far the condition of a key has come. One that was not seen, or of
// which nothing counts any more, is at the beginning.
func (t *Table) Progress(key []string) Progress {
	e := t.entry(key)
	if e == nil {
		return Progress{Words: says(t.cond.New(t.newest))}
	}
	return Progress{says(e.state), e.Until, e.Held}
}

// says asks a state how far it has come.
func says(s State) string {
	if p, ok := s.(interface{ progress() string }); ok {
		return p.progress()
	}
	return ""
}

func (s *threshold) progress() string {
	most := 0 // in the window of any of them
	for first := range s.At {
		n, _ := slices.BinarySearch(s.At, s.At[first]+int64(s.c.Within)+1)
		most = max(most, n-first)
	}
	return fmt.Sprintf("%d of %d records within %s", most, s.c.Count, s.c.Within)
}

func (s *distinct) progress() string {
	return fmt.Sprintf("%d of %d values of %s within %s", len(s.At), s.c.Count, s.c.Distinct, s.c.Within)
}

func (s *leaky) progress() string {
	return fmt.Sprintf("the bucket holds %s and overflows above %d; one leaks each %s", number(s.Level), s.c.Count-1, s.c.Leak)
}

func (s *sequence) progress() string {
	var seen []string
	for n, list := range s.Steps {
		if len(list) > 0 {
			seen = append(seen, fmt.Sprint(n+1))
		}
	}
	if len(seen) == 0 {
		return fmt.Sprintf("none of %d steps", len(s.Steps))
	}
	return fmt.Sprintf("step %s of %d, within %s", strings.Join(seen, " and "), len(s.Steps), s.c.Within)
}

func (s *absence) progress() string {
	switch {
	case s.Missed:
		return "it is missing"
	case s.waiting().IsZero():
		return "nothing is expected now"
	}
	return "expected until " + s.deadline().UTC().Format(time.RFC3339)
}

func (s *toggle) progress() string {
	state, next, need := "closed", "open", max(s.c.Open, 1)
	if s.IsOpen {
		state, next, need = "open", "close", max(s.c.Close, 1)
	}
	return fmt.Sprintf("%s; %d of %d records to %s it", state, len(s.Toward), need, next)
}

func (s *level) progress() string {
	to := s.Newest
	if s.c.whole() {
		to--
	}
	value, fields, sure := s.c.judge(s, to-parts+1, to)
	n := s.sum(to-parts+1, to).N
	if !sure {
		return fmt.Sprintf("records within %s: %d; that is not judged yet", s.within, n)
	}
	for _, name := range []string{"rate", "share", "value"} {
		if v, ok := fields[name]; ok {
			order := "in order"
			if s.c.bounds().out(value, s.Out) {
				order = "out of order"
			}
			return fmt.Sprintf("the %s is %s within %s, which is %s", name, v, s.within, order)
		}
	}
	return ""
}

func (s *change) progress() string {
	if s.Value == nil {
		return "no value yet"
	}
	return fmt.Sprintf("the last value is %q", *s.Value)
}

func (s *novel) progress() string {
	return knows(len(s.Known)/8, "value", s.Since, s.c.Learn)
}

func (s *templates) progress() string {
	return knows(len(s.Known.Texts), "template", s.Since, s.c.Learn)
}

func knows(n int, what string, since time.Time, learn time.Duration) string {
	if n != 1 {
		what += "s"
	}
	if since.IsZero() {
		return "nothing is known yet"
	}
	return fmt.Sprintf("%d %s known; it learns until %s", n, what, since.Add(learn).UTC().Format(time.RFC3339))
}
