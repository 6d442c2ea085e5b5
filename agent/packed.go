package agent

import (
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/thirdline/thirdline/agent/record"
	"github.com/thirdline/thirdline/agent/snapshot"
	"github.com/thirdline/thirdline/agent/tail"
	"github.com/thirdline/thirdline/shipper"
)

// maxPacked bounds how much text of a compressed log is read to come to its end.
const maxPacked = 256 << 20

// packed asks for the last records of a log that was compressed at its rotation.
type packed struct {
	log   *tail.Log
	shape *record.Shape
	n     int

	side snapshot.Side
	line int64 // of the first record
	err  error
}

// read does what is asked; nil asks for nothing.
func (p *packed) read(lines *snapshot.Lines) {
	if p == nil {
		return
	}
	size, err := p.size()
	if err == nil {
		p.side, err = snapshot.Before(p.log, p.log.Encoding, size, p.n)
	}
	if p.err = err; len(p.side.Lines) == 0 {
		return
	}
	for i := range p.side.Lines {
		p.side.Lines[i] = p.shape.Show(p.side.Lines[i])
	}
	p.line = lines.At(p.log, p.log.Identity.String(), p.side.Offsets[0])
}

// size reads the log to its end.
func (p *packed) size() (size int64, err error) {
	b := make([]byte, 64<<10)
	for {
		n, err := p.log.ReadAt(b, size)
		size += int64(n)
		switch {
		case errors.Is(err, io.EOF):
			return size, nil
		case err != nil:
			return 0, err
		case size > maxPacked:
			return 0, fmt.Errorf("%s holds more than %d MiB", p.log.Path, maxPacked>>20)
		}
	}
}

// addTo puts what was read before the other records of a snapshot.
func (p *packed) addTo(s *shipper.Snapshot) {
	switch {
	case p == nil:
	case p.err != nil:
		notes(s)("before the rotation: %v", p.err)
	case len(p.side.Lines) > 0:
		s.Before = slices.Concat(p.side.Lines, s.Before)
		place := shipper.Place{File: p.log.Path, Generation: p.log.Identity.String(), Line: p.line, Offsets: p.side.Offsets}
		s.Places = slices.Concat([]shipper.Place{place}, s.Places)
	}
}

func (p *packed) close() {
	if p != nil {
		_ = p.log.Close() // it was only read
	}
}
