// Package shipper delivers events: it knows the wire format, and brings each
// spooled event to its destination, in order, until a backend has accepted it or
// refused it for good.
//
// An event is delivered at least once, with an id that never changes. It leaves
// the spool only when the backend says so; nothing else removes it.
package shipper

import (
	_ "embed"
	"fmt"
	"time"
)

// Schema is the JSON Schema of [Event].
//
//go:embed event.schema.json
var Schema []byte

// The event types.
const (
	Opened   = "dev.thirdline.incident.opened"
	Updated  = "dev.thirdline.incident.updated"
	Resolved = "dev.thirdline.incident.resolved"
	Reopened = "dev.thirdline.incident.reopened"
)

// Event is a CloudEvents 1.0 event about one step of an incident
// (https://github.com/cloudevents/spec, structured JSON).
type Event struct {
	SpecVersion     string    `json:"specversion"`
	ID              string    `json:"id"`
	Source          string    `json:"source"`
	Type            string    `json:"type"`
	Subject         string    `json:"subject"`
	Time            time.Time `json:"time"`
	DataContentType string    `json:"datacontenttype"`
	Data            Incident  `json:"data"`
}

// Incident is the incident as it stands after the step.
type Incident struct {
	Fingerprint string `json:"fingerprint"`
	Generation  int    `json:"generation"`
	Sequence    int    `json:"sequence"`
	// Previous is the generation before this one, as in [LifeID].
	Previous string            `json:"previous,omitempty"`
	Status   string            `json:"status"`
	Reason   string            `json:"reason,omitempty"`
	Rule     string            `json:"rule"`
	Title    string            `json:"title"`
	Severity string            `json:"severity"`
	Tier     string            `json:"tier,omitempty"`
	Owner    string            `json:"owner,omitempty"`
	Runbook  string            `json:"runbook,omitempty"`
	Known    string            `json:"known,omitempty"`
	Host     Host              `json:"host"`
	Labels   map[string]string `json:"labels,omitempty"`
	Key      map[string]string `json:"key,omitempty"`
	Fields   map[string]string `json:"fields,omitempty"`
	Count    int64             `json:"count"`
	Opened   time.Time         `json:"opened"`
	LastSeen time.Time         `json:"last_seen"`
	// Coalesced is how many older updates this event stands for, which were not sent
	// because the spool was full.
	Coalesced int      `json:"coalesced,omitempty"`
	Tags      []string `json:"tags,omitempty"`
	History
	// Redacted counts what was removed from this event, by kind.
	Redacted map[string]int `json:"redacted,omitempty"`
	Snapshot *Snapshot      `json:"snapshot,omitempty"`
	// Watching is the proof that the source was read, as of this event.
	Watching *Watching `json:"watching,omitempty"`
}

// Watching tells what was read of a source since it was first followed.
type Watching struct {
	Source string    `json:"source"`
	Since  time.Time `json:"since"`
	// LastRead is when something was read last.
	LastRead *time.Time `json:"last_read,omitempty"`
	// Files are those open now.
	Files int   `json:"files"`
	Bytes int64 `json:"bytes"`
	Lines int64 `json:"lines"`
	// LagBytes were written and not read yet; the first of them has waited for
	// LagSeconds at most.
	LagBytes   int64   `json:"lag_bytes"`
	LagSeconds float64 `json:"lag_seconds"`
	Rotations  int64   `json:"rotations"`
	// Truncations are files that were cut by others, Cuts lines that were too long.
	Truncations int64 `json:"truncations"`
	Cuts        int64 `json:"cuts"`
	// Gaps are the times at which something may have been missed.
	Gaps int64 `json:"gaps"`
	// Skewed are records whose own time could not be, and was taken for now.
	Skewed int64 `json:"skewed"`
}

// Host is where the incident happened.
type Host struct {
	Name   string            `json:"name"`
	Labels map[string]string `json:"labels,omitempty"`
}

// Snapshot is the context of a step.
type Snapshot struct {
	File   string `json:"file"`
	Offset int64  `json:"offset"`
	// Generation is the file's identity: device, inode and birth.
	Generation string `json:"generation,omitempty"`
	// Line is the number of the matched line, from 1; 0 where it is not known.
	Line   int64    `json:"line,omitempty"`
	Before []string `json:"before,omitempty"`
	Match  string   `json:"match,omitempty"`
	After  []string `json:"after,omitempty"`
	// Places say where the records of Before lie, in their order, and AfterPlaces
	// where those of After do.
	Places      []Place `json:"before_places,omitempty"`
	AfterPlaces []Place `json:"after_places,omitempty"`
	// Facts are those of the host when the incident opened.
	Facts *Facts `json:"facts,omitempty"`
	Evidence
	// Notes say what was cut or could not be had.
	Notes []string `json:"notes,omitempty"`
}

// Place is a run of records of one file.
type Place struct {
	File       string `json:"file"`
	Generation string `json:"generation"`
	// Line is the number of the first; 0 where it is not known.
	Line int64 `json:"line,omitempty"`
	// Offsets are where they begin in the file, in bytes.
	Offsets []int64 `json:"offsets"`
}

// LifeID names one generation of an incident.
func LifeID(fingerprint string, generation int) string {
	return fmt.Sprintf("%s/%d", fingerprint, generation)
}

// ID returns the id of an incident's step.
func ID(fingerprint string, generation, sequence int) string {
	return fmt.Sprintf("%s/%d", LifeID(fingerprint, generation), sequence)
}

// NewEvent wraps an incident's step.
func NewEvent(kind string, at time.Time, i Incident) Event {
	return Event{
		SpecVersion: "1.0", ID: ID(i.Fingerprint, i.Generation, i.Sequence), Source: "thirdline://" + i.Host.Name,
		Type: kind, Subject: i.Fingerprint, Time: at.UTC(), DataContentType: "application/json", Data: i,
	}
}
