package incident

import (
	"time"

	"github.com/thirdline/thirdline/rules"
)

// Detection is a rule's whole condition satisfied.
type Detection struct {
	Rule *rules.Rule
	// Fields are those of the record, and what the condition adds. The key's are
	// among them.
	Fields map[string]string
	// Place is the record that led to it. Without a path there is none, because
	// something did not come; its time is then that of the detection.
	Place Place
	// Count is the number of records that led to it.
	Count int64
	// Held is the number of detections that a cooldown held back since the last one.
	Held int64
}

// Again counts a further record of a rule without a key, if its incident is open.
// It does what Detect does then, and needs no fields.
func (m *Manager) Again(r *rules.Rule, at Place, now time.Time) bool {
	if len(r.Key) > 0 {
		return false
	}
	for fp, i := range m.open[r.ID.Value] {
		if i.Storm {
			return false
		}
		m.again(i, Detection{Rule: r, Place: at, Count: 1}, fp, seen(at, now))
		return true
	}
	return false
}

// Key returns the values of a rule's key, in its order and by name. A field that
// is not there counts as empty.
func (m *Manager) Key(r *rules.Rule, fields map[string]string) (values []string, named map[string]string) {
	return m.key(r, fields)
}
