package store

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/thirdline/thirdline/shipper"
)

// coalesceShare is the part of the limit, one in so many, that is freed beyond
// what has to be, so that not every event pays for a search.
const coalesceShare = 16

// LimitSpool sets how many bytes of events wait in the spool, of all destinations
// together. Above it, the oldest updates are merged into the next event of their
// incident; an opening, a reopening or a resolution is never dropped, and neither
// is the newest event of an incident, so that the spool may outgrow the limit when
// there are that many incidents. Zero is no limit.
func (s *Store) LimitSpool(limit int64) { s.spoolLimit.Store(limit) }

// Coalesced returns how many updates were merged because the spool was full since
// the last call.
func (s *Store) Coalesced() int64 { return s.coalesced.Swap(0) }

// merged is the newest event of an incident that was met, and the number of older
// ones that are to be merged into it.
type merged struct {
	key    []byte
	update bool
	count  int
}

// coalesce frees so many bytes of old updates, if there are as many.
func (b Batch) coalesce(free int64) error {
	newest, drop, stand := map[string]*merged{}, [][]byte{}, []merged{}
	c := b.tx.Bucket([]byte(spool)).Cursor()
	for k, v := c.First(); k != nil && free > 0; k, v = c.Next() {
		head, err := shipper.HeadOf(v)
		if err != nil {
			continue // its dead letter will tell
		}
		incident := string(k[:bytes.IndexByte(k, 0)+1]) + head.ID[:max(strings.LastIndexByte(head.ID, '/'), 0)]
		n := newest[incident]
		if n == nil {
			n = &merged{}
			newest[incident] = n
		}
		switch {
		case n.update:
			old := b.tx.Bucket([]byte(spool)).Get(n.key)
			drop = append(drop, n.key)
			free -= int64(len(old))
			n.count += 1 + standsFor(old)
		case n.count > 0: // it stays, and stands for those before it
			stand, n.count = append(stand, *n), 0
		}
		n.key, n.update = bytes.Clone(k), head.Type == shipper.Updated
	}
	for _, n := range newest {
		if n.count > 0 {
			stand = append(stand, *n)
		}
	}
	for _, n := range stand {
		if err := b.tell(n.key, n.count); err != nil {
			return err
		}
	}
	for _, k := range drop {
		if err := b.unspool(k); err != nil {
			return err
		}
	}
	b.store.coalesced.Add(int64(len(drop)))
	return nil
}

// standsFor returns how many events had been merged into one.
func standsFor(event []byte) int {
	var e struct {
		Data struct{ Coalesced int }
	}
	if json.Unmarshal(event, &e) != nil {
		return 0 // its head could be read; the count is lost with the rest
	}
	return e.Data.Coalesced
}

// tell writes into an event how many older ones it stands for.
func (b Batch) tell(key []byte, count int) error {
	bucket := b.tx.Bucket([]byte(spool))
	old := bucket.Get(key)
	var e shipper.Event
	if err := json.Unmarshal(old, &e); err != nil {
		return fmt.Errorf("coalesce events: %w", err)
	}
	e.Data.Coalesced += count
	event, err := json.Marshal(e)
	if err != nil {
		return fmt.Errorf("coalesce events: %w", err)
	}
	if _, err := b.grow(len(event) - len(old)); err != nil {
		return err
	}
	return bucket.Put(key, event)
}
