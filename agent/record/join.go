package record

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

// lookahead is how many lines of a message may stand between the first line of a
// trace and the frames that prove it to be one.
const lookahead = 40

// Mode says how a pattern of one's own joins lines; the four are Vector's
// (https://vector.dev/docs/reference/configuration/sources/file/#multiline).
type Mode string

// The modes. What begins a record is said by the start pattern.
const (
	// ContinueThrough joins the lines that match.
	ContinueThrough Mode = "continue_through"
	// ContinuePast joins the lines that match, and the one after them.
	ContinuePast Mode = "continue_past"
	// HaltBefore joins until a line that matches, which begins the next.
	HaltBefore Mode = "halt_before"
	// HaltWith joins until a line that matches, which is the record's last.
	HaltWith Mode = "halt_with"
)

// Joiner tells which lines are one record. It is immutable.
type Joiner struct {
	traces           []trace
	start, condition *regexp.Regexp
	mode             Mode
}

// trace returns where the trace that begins at lines[i] ends, exclusively; i when
// none begins there.
type trace func(lines [][]byte, i int) int

// NewJoiner returns a joiner for a preset: java, dotnet, node, go, python, ruby,
// rust, php, dart, or auto for all of them.
func NewJoiner(preset string) (*Joiner, error) {
	known := map[string]trace{
		"java": framed, "dotnet": framed, "node": nodeTrace, "go": goTrace, "python": pythonTrace,
		"ruby": rubyTrace, "rust": rustTrace, "php": phpTrace, "dart": dartTrace,
	}
	if preset == "auto" {
		return &Joiner{traces: []trace{framed, nodeTrace, goTrace, pythonTrace, rubyTrace, rustTrace, phpTrace, dartTrace}}, nil
	}
	if t, ok := known[preset]; ok {
		return &Joiner{traces: []trace{t}}, nil
	}
	return nil, fmt.Errorf("join lines: there is no preset %q; there are auto, dart, dotnet, go, java, node, php, python, ruby, rust", preset)
}

// NewPatternJoiner returns a joiner for patterns of one's own.
func NewPatternJoiner(start, condition *regexp.Regexp, mode Mode) (*Joiner, error) {
	if !slices.Contains([]Mode{ContinueThrough, ContinuePast, HaltBefore, HaltWith}, mode) {
		return nil, fmt.Errorf("join lines: there is no mode %q; there are continue_through, continue_past, halt_before, halt_with", mode)
	}
	return &Joiner{start: start, condition: condition, mode: mode}, nil
}

// Configured returns a joiner by its settings in a configuration: preset, or start,
// condition and mode. It is nil where none is set.
func Configured(settings map[string]string) (*Joiner, error) {
	if len(settings) == 0 {
		return nil, nil
	}
	if preset := settings["preset"]; preset != "" {
		return NewJoiner(preset)
	}
	start, err := regexp.Compile(settings["start"])
	if err != nil {
		return nil, fmt.Errorf("compile start: %w", err)
	}
	condition, err := regexp.Compile(settings["condition"])
	if err != nil {
		return nil, fmt.Errorf("compile condition: %w", err)
	}
	return NewPatternJoiner(start, condition, Mode(settings["mode"]))
}

// Starts returns the indices of the lines that begin a record. The first line
// always does: what is before it is not known.
func (j *Joiner) Starts(lines [][]byte) []int {
	var starts []int
	for i := 0; i < len(lines); {
		starts = append(starts, i)
		i = max(j.end(lines, i), i+1)
	}
	return starts
}

// Around returns the record that lines[at] belongs to, as a range of lines, the
// end exclusive.
func (j *Joiner) Around(lines [][]byte, at int) (first, end int) {
	starts := j.Starts(lines)
	n, found := slices.BinarySearch(starts, at)
	if !found {
		n--
	}
	if n+1 < len(starts) {
		return starts[n], starts[n+1]
	}
	return starts[n], len(lines)
}

// begins reports whether line is sure to begin a record, whatever came before the
// line before it.
func (j *Joiner) begins(before, line []byte) bool {
	switch {
	case j.start == nil:
		return logLine(line)
	case j.mode == ContinueThrough:
		return !j.condition.Match(line)
	case j.mode == HaltBefore:
		return j.condition.Match(line)
	case j.mode == ContinuePast:
		return !j.condition.Match(before)
	}
	return j.condition.Match(before)
}

func (j *Joiner) end(lines [][]byte, i int) int {
	if j.start != nil {
		return j.patternEnd(lines, i)
	}
	var next []byte
	if i+1 < len(lines) {
		next = lines[i+1]
	}
	if !mayBegin(lines[i], next) {
		return i
	}
	end := i
	for _, t := range j.traces {
		end = max(end, t(lines, i))
	}
	return end
}

func (j *Joiner) patternEnd(lines [][]byte, i int) int {
	if !j.start.Match(lines[i]) || j.mode == HaltWith && j.condition.Match(lines[i]) {
		return i + 1
	}
	for k := i + 1; k < len(lines); k++ {
		met := j.condition.Match(lines[k])
		switch {
		case j.mode == ContinueThrough && !met, j.mode == HaltBefore && met:
			return k
		case j.mode == ContinuePast && !j.condition.Match(lines[k-1]):
			return k
		case j.mode == HaltWith && met:
			return k + 1
		}
	}
	return len(lines)
}

// logLine reports whether a line begins with a time of day: it is a record of its
// own and in no other's message.
func logLine(line []byte) bool {
	if !mayTell(line) {
		return false
	}
	c := Clock{}
	_, place := c.Time(line[:min(len(line), 48)], time.Unix(0, 0))
	return place.Len() > 0 && place.Start <= 8
}

func blank(line []byte) bool { return len(bytes.TrimSpace(line)) == 0 }

// until returns the first line from i on that matches, within the lookahead and
// with no record of its own in between; -1 when there is none.
func until(lines [][]byte, i int, expr *regexp.Regexp) int {
	for k := i; k < min(i+lookahead, len(lines)); k++ {
		if expr.Match(lines[k]) {
			return k
		}
		if logLine(lines[k]) {
			return -1
		}
	}
	return -1
}

// past returns the first line from i on that does not match.
func past(lines [][]byte, i int, expr *regexp.Regexp) int {
	for i < len(lines) && expr.Match(lines[i]) {
		i++
	}
	return i
}

func matches(lines [][]byte, i int, expr *regexp.Regexp) bool {
	return i < len(lines) && expr.Match(lines[i])
}

// oneOf compiles alternatives.
func oneOf(exprs ...string) *regexp.Regexp { return compile(strings.Join(exprs, "|")) }
