package config

import (
	"strings"
	"time"
	_ "time/tzdata" // for hosts without a database of zones

	"github.com/thirdline/thirdline/agent/record"
	"github.com/thirdline/thirdline/rules/yamldoc"
)

// Time says how the times of a source's records are read, beyond what is known of
// all logs.
type Time struct {
	// Zone is that of times that do not name theirs, as Europe/Berlin or UTC.
	// Default: the host's.
	Zone yamldoc.Text `yaml:"zone"`
	// Layouts are those of the source's own, written as Go does, with the moment
	// 2006-01-02 15:04:05.
	Layouts []yamldoc.Text `yaml:"layouts"`
}

// Clock returns how the times of a checked source are read; nil where nothing is said
// of them.
func (s *Source) Clock() *record.Clock {
	if s.Time == nil {
		return nil
	}
	zone, err := s.Time.zone()
	if err != nil {
		zone = time.Local // the check has said so
	}
	c := &record.Clock{Zone: zone}
	for _, l := range s.Time.Layouts {
		c.Layouts = append(c.Layouts, l.Value)
	}
	return c
}

func (t *Time) zone() (*time.Location, error) {
	if t.Zone.Value == "" {
		return time.Local, nil
	}
	return time.LoadLocation(t.Zone.Value)
}

func (k *checker) clock(t *Time) {
	if t == nil {
		return
	}
	if _, err := t.zone(); err != nil {
		k.d.Report(t.Zone.Pos, "unknown-zone", "name one as Europe/Berlin or UTC", "unknown zone %q", t.Zone.Value)
	}
	for _, l := range t.Layouts {
		k.layout(l)
	}
}

// layout reports a layout that reads no time of day.
func (k *checker) layout(l yamldoc.Text) {
	const hint = "write the moment 2006-01-02 15:04:05 as the log would, as in `02.01.06 15h04m05`"
	other := time.Date(2011, 12, 13, 22, 51, 52, 0, time.UTC)
	read, err := time.Parse(l.Value, other.Format(l.Value))
	switch {
	case strings.ContainsRune(l.Value, '%'):
		k.d.Report(l.Pos, "bad-layout", hint, "this layout is strftime's: %s", l.Value)
	case err != nil || read.Hour() != other.Hour() || read.Minute() != other.Minute():
		k.d.Report(l.Pos, "bad-layout", hint, "this layout reads no time of day: %s", l.Value)
	}
}
