package shipper

import (
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"
)

// bareMatch is how much of the match a bare event has, in bytes.
const bareMatch = 4 << 10

// Fit sends an event. Where the error tells that the endpoint takes none so large, it
// is sent once more without what surrounds the match.
func Fit(event []byte, large error, send func(event []byte) error) error {
	err := send(event)
	if !errors.Is(err, large) {
		return err
	}
	if less := bare(event); less != nil {
		return send(less)
	}
	return err
}

// bare leaves of an event's snapshot the place and the beginning of the match, with
// a note that says so. It is nil where that would not make the event smaller.
func bare(event []byte) []byte {
	var e Event
	if err := json.Unmarshal(event, &e); err != nil || e.Data.Snapshot == nil {
		return nil
	}
	s := e.Data.Snapshot
	left := Snapshot{File: s.File, Offset: s.Offset, Generation: s.Generation, Line: s.Line, Match: s.Match}
	if len(left.Match) > bareMatch {
		n := bareMatch
		for n > 0 && !utf8.RuneStart(left.Match[n]) {
			n--
		}
		left.Match = left.Match[:n] + " … [cut]"
	}
	left.Notes = []string{fmt.Sprintf("the rest of the snapshot was left out: the destination took no event of %d bytes", len(event))}
	e.Data.Snapshot = &left
	out, err := json.Marshal(e)
	if err != nil || len(out) >= len(event) {
		return nil
	}
	return out
}
