package match

import (
	"encoding/binary"
	"math/bits"
	"slices"
)

const (
	filterBits = 17         // of a slot in the filter; 16 KiB, which stay in the first cache
	fold       = 0x20202020 // set in every gram: it folds ASCII letters, and some other bytes
	multiplier = 0x9E3779B1 // D. E. Knuth's, for multiplicative hashing
)

// slot returns a gram's place in the filter.
func slot(gram uint32) uint32 { return gram * multiplier >> (32 - filterBits) }

func gramMask(bytes int) uint32 { return uint32(1<<(8*bytes) - 1) }

// load returns the four bytes at i; those beyond the end are 0.
func load(b []byte, i int) uint32 {
	if i+4 <= len(b) {
		return binary.LittleEndian.Uint32(b[i:])
	}
	var last [4]byte
	copy(last[:], b[i:])
	return binary.LittleEndian.Uint32(last[:])
}

// filter finds the places where a text can stand, by one look at a bit for every
// gram on a grid of places.
type filter struct {
	shape
	alphabet *alphabet
	texts    []text
	slots    *[1 << (filterBits - 6)]uint64
	// starts holds, by the hash of a gram, where its entries begin.
	starts  []uint32
	shift   int
	entries []entry
}

// entry says that a gram can be the one at an offset of a text.
type entry struct {
	gram uint32
	text int32
	at   int32
}

func byPlace(a, b candidate) int { return int(a.pos) - int(b.pos) }

// candidate is a place where a text stands.
type candidate struct {
	pos  uint32
	text int32
}

// window is the part of a text whose grams are in a filter.
type window struct {
	text text
	at   int
}

// newFilter takes the windows by their numbers.
func newFilter(a *alphabet, s shape, windows []window) filter {
	f := filter{alphabet: a, shape: s, slots: new([1 << (filterBits - 6)]uint64)}
	var grams []uint32
	var all []entry
	for n, w := range windows {
		f.texts = append(f.texts, w.text)
		for i := w.at; i < w.at+s.stride; i++ {
			grams = a.grams(w.text[i:i+s.gram], grams[:0])
			for _, g := range grams {
				f.slots[slot(g)>>6] |= 1 << (slot(g) & 63)
				all = append(all, entry{g, int32(n), int32(i)})
			}
		}
	}
	size := bits.Len(uint(2 * len(all)))
	f.shift = 32 - size
	f.starts = make([]uint32, 1<<size+1)
	for _, e := range all { // by counting, in the order of buckets
		f.starts[f.bucket(e.gram)+1]++
	}
	for i := range 1 << size {
		f.starts[i+1] += f.starts[i]
	}
	f.entries = make([]entry, len(all))
	at := slices.Clone(f.starts)
	for _, e := range all {
		b := f.bucket(e.gram)
		f.entries[at[b]] = e
		at[b]++
	}
	return f
}

func (f *filter) bucket(gram uint32) uint32 { return gram * multiplier >> f.shift }

// strip is how many bytes are looked at before the places that were hit are
// looked at again.
const strip = 16 << 10

// hits holds the places of a strip that were hit; all that are looked at fit.
type hits [strip/4 + 16]uint32

// find appends to found the places in b where texts stand, in order, and returns
// how many grams were in the filter. No text goes beyond b.
func (f *filter) find(b []byte, h *hits, found []candidate) (out []candidate, hit int) {
	if len(f.entries) == 0 {
		return found, 0
	}
	first := len(found)
	for offset := 0; offset < 4; offset += f.stride {
		for from := offset; from < len(b); from += strip {
			n := f.look(b, from, min(from+strip, len(b)), h)
			hit += n
			for _, pos := range h[:n] {
				found = f.check(b, int(pos), found)
			}
		}
	}
	if !slices.IsSortedFunc(found[first:], byPlace) {
		slices.SortFunc(found[first:], byPlace)
	}
	return found, hit
}

// look leaves in h every fourth place from from to to whose gram is in the filter,
// and returns how many there are.
func (f *filter) look(b []byte, from, to int, h *hits) (n int) {
	slots, mask := f.slots, gramMask(f.gram)
	i := from
	for ; i+16 <= to; i += 16 {
		x := b[i : i+16 : i+16]
		s0 := slot((binary.LittleEndian.Uint32(x) | fold) & mask)
		s1 := slot((binary.LittleEndian.Uint32(x[4:]) | fold) & mask)
		s2 := slot((binary.LittleEndian.Uint32(x[8:]) | fold) & mask)
		s3 := slot((binary.LittleEndian.Uint32(x[12:]) | fold) & mask)
		v0 := slots[s0>>6] >> (s0 & 63)
		v1 := slots[s1>>6] >> (s1 & 63)
		v2 := slots[s2>>6] >> (s2 & 63)
		v3 := slots[s3>>6] >> (s3 & 63)
		if (v0|v1|v2|v3)&1 == 0 {
			continue
		}
		for k, v := range [4]uint64{v0, v1, v2, v3} { // no branch on what varies
			h[n] = uint32(i + 4*k)
			n += int(v & 1)
		}
	}
	for ; i < to; i += 4 {
		s := slot((load(b, i) | fold) & mask)
		h[n] = uint32(i)
		n += int(slots[s>>6] >> (s & 63) & 1)
	}
	return n
}

// check appends the texts that stand in b with one of their grams at pos.
func (f *filter) check(b []byte, pos int, found []candidate) []candidate {
	gram := (load(b, pos) | fold) & gramMask(f.gram)
	bucket := f.bucket(gram)
	for _, e := range f.entries[f.starts[bucket]:f.starts[bucket+1]] {
		if e.gram != gram {
			continue
		}
		if start := pos - int(e.at); start >= 0 && f.alphabet.at(f.texts[e.text], b[start:]) {
			found = append(found, candidate{uint32(start), e.text})
		}
	}
	return found
}
