package shipper

import (
	"fmt"
	"time"
)

// History is what an incident says of its like: keys that joined it, what was not
// told beside it, and what earlier lives of the problem taught.
type History struct {
	// Keys are the keys of an incident that others joined, at most [MaxKeys];
	// KeysTotal is how many there are.
	Keys      []map[string]string `json:"keys,omitempty"`
	KeysTotal int                 `json:"keys_total,omitempty"`
	// Storm tells that this is what came above the rule's storm.
	Storm bool `json:"storm,omitempty"`
	// Suppressed is what was not told, as of this event.
	Suppressed *Suppressed `json:"suppressed,omitempty"`
	// SeenBefore is how many generations there were before this one.
	SeenBefore int `json:"seen_before,omitempty"`
	// LastFix is what mended the problem last, at LastFixed.
	LastFix   string    `json:"last_fix,omitempty"`
	LastFixed time.Time `json:"last_fixed,omitzero"`
	// Note is what a person said; it is the event's own.
	Note *Note `json:"note,omitempty"`
}

// MaxKeys is how many keys an event lists.
const MaxKeys = 50

// Suppressed counts, over one generation, what was not told.
type Suppressed struct {
	// Detections are those that the rule's cooldown held back.
	Detections int64 `json:"detections,omitempty"`
	// Returns are the ends that were held back because the problem was flapping, and
	// did not last.
	Returns int64 `json:"returns,omitempty"`
	// Muted are the incidents that this one muted.
	Muted int64 `json:"muted,omitempty"`
	// MoreRecords are the records of keys that no list has.
	MoreRecords int64 `json:"more_records,omitempty"`
}

// Note is what a person said of an incident.
type Note struct {
	Time time.Time `json:"time"`
	By   string    `json:"by,omitempty"`
	Text string    `json:"text"`
}

// Known says in words what is known of the problem from earlier, or nothing.
func (h *History) Known() string {
	switch {
	case h.LastFix != "" && h.SeenBefore > 0:
		return fmt.Sprintf("seen %s before, last fix: %s", times(h.SeenBefore), h.LastFix)
	case h.LastFix != "":
		return "last fix: " + h.LastFix
	case h.SeenBefore > 0:
		return fmt.Sprintf("seen %s before", times(h.SeenBefore))
	}
	return ""
}

func times(n int) string {
	if n == 1 {
		return "once"
	}
	return fmt.Sprintf("%d times", n)
}
