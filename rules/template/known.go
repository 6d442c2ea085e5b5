package template

import (
	"hash/fnv"
	"slices"
	"strings"
	"unicode"
)

// The bounds of what is known.
const (
	// MaxTexts is how many templates are kept; of more, the oldest quarter is forgotten.
	MaxTexts = 4000
	maxBytes = 512 << 10
	// maxPlaces is in how many of a template's words, from its beginning on, others are seen.
	maxPlaces = 32
)

// Known is the templates that were seen. The zero value knows none. It is a fold
// of Learn over Texts: with the same Texts it gives the same answers, so that
// nothing else has to be stored.
type Known struct {
	// Texts are the templates that were new when they came, in their order.
	Texts []string `json:",omitempty"`

	bytes  int
	whole  map[uint64]struct{}
	places map[uint64]*place
	// recent are hashes of texts that are known, so that they need no second look.
	recent map[uint64]struct{}
}

// place is a word of a template, among the words that stay.
type place struct {
	values []uint64 // hashes of the words that stood there
	need   int      // with so many of them the place varies
	varies bool
}

// Learn reports whether a template is new; it is known from now on. A new one is
// returned with [Variable] in the place of what is known to vary.
func (k *Known) Learn(text string) (merged string, isNew bool) {
	k.restore()
	id := hashOf(text)
	if _, known := k.recent[id]; known {
		return "", false
	}
	if len(k.recent) >= MaxTexts {
		clear(k.recent)
	}
	k.recent[id] = struct{}{}
	s := parse(text)
	k.merge(s)
	if _, known := k.whole[s.hash]; known {
		return "", false
	}
	merged = s.String()
	k.Texts = append(k.Texts, text)
	k.bytes += len(text)
	k.add(s)
	if len(k.Texts) > MaxTexts || k.bytes > maxBytes {
		k.Texts = slices.Clone(k.Texts[len(k.Texts)/4:])
		k.whole = nil
		k.restore()
	}
	return merged, true
}

// Weight is about how many bytes of memory are held.
func (k *Known) Weight() int {
	return k.bytes + 60*len(k.Texts) + 50*len(k.recent) + 120*len(k.places)
}

// restore folds in the texts, if that was not done.
func (k *Known) restore() {
	if k.whole != nil {
		return
	}
	k.whole, k.recent, k.places, k.bytes = map[uint64]struct{}{}, map[uint64]struct{}{}, map[uint64]*place{}, 0
	for _, text := range k.Texts {
		s := parse(text)
		k.merge(s)
		k.add(s)
		k.bytes += len(text)
	}
}

// merge puts a Variable where words are known to vary.
func (k *Known) merge(s *sentence) {
	for again := true; again; {
		again = false
		for p := range s.places() {
			if at := k.places[s.with(p)]; s.words[p] != Variable && at != nil && at.varies {
				s.vary(p)
				again = true
			}
		}
	}
	if names := s.names(); len(names) > 1 {
		if at := k.places[s.with(names...)]; at != nil && at.varies {
			s.vary(names...)
		}
	}
}

// add makes a template known, and the places of its words: each for itself, and those
// where names stand together, since names often change together.
func (k *Known) add(s *sentence) {
	k.whole[s.hash] = struct{}{}
	for p := range s.places() {
		if need := s.need(p); need < never && k.saw(s.with(p), hashOf(s.words[p]), need) {
			s.vary(p)
			k.add(s)
			return
		}
	}
	if names := s.names(); len(names) > 1 && k.saw(s.with(names...), s.hash, few) {
		s.vary(names...)
		k.add(s)
	}
}

// saw notes that a value stood at a place, and reports whether it now varies.
func (k *Known) saw(name, value uint64, need int) bool {
	at := k.places[name]
	if at == nil {
		at = &place{need: need}
		k.places[name] = at
	}
	if !slices.Contains(at.values, value) {
		at.values = append(at.values, value)
	}
	at.need = min(at.need, need)
	at.varies = len(at.values) >= at.need
	return at.varies
}

// sentence is a template as words and what stands between them.
type sentence struct {
	words []string
	// between are the signs and spaces: before each word, and behind the last.
	between []string
	// hash is the sum of the hashes of its parts, so that one is quickly replaced.
	hash uint64
}

func parse(text string) *sentence {
	s := &sentence{}
	for {
		start := strings.IndexFunc(text, func(r rune) bool { return r > ' ' && (r > unicode.MaxASCII || !isSign(byte(r))) })
		if start < 0 {
			break
		}
		end := strings.IndexFunc(text[start:], func(r rune) bool { return r <= ' ' || r <= unicode.MaxASCII && isSign(byte(r)) })
		if end < 0 {
			end = len(text) - start
		}
		s.between = append(s.between, text[:start])
		s.words = append(s.words, text[start:start+end])
		text = text[start+end:]
	}
	s.between = append(s.between, text)
	for p, sign := range s.between {
		s.hash += mixed(hashOf(sign), -p-1)
	}
	for p, word := range s.words {
		s.hash += mixed(hashOf(word), p)
	}
	return s
}

// places is the number of words that are looked at.
func (s *sentence) places() int { return min(len(s.words), maxPlaces) }

// with is the hash of the sentence with a Variable at each of some places.
func (s *sentence) with(places ...int) uint64 {
	h := s.hash
	for _, p := range places {
		h += mixed(hashOf(Variable), p) - mixed(hashOf(s.words[p]), p)
	}
	return h
}

// vary puts a Variable at each of some places.
func (s *sentence) vary(places ...int) {
	s.hash = s.with(places...)
	for _, p := range places {
		s.words[p] = Variable
	}
}

// String returns the template.
func (s *sentence) String() string {
	var b strings.Builder
	for p, word := range s.words {
		b.WriteString(s.between[p])
		b.WriteString(word)
	}
	b.WriteString(s.between[len(s.words)])
	return b.String()
}

func hashOf(s string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(s))
	return h.Sum64()
}

// mixed makes a hash depend on a place.
func mixed(h uint64, p int) uint64 {
	h ^= uint64(p+1) * 0x9e3779b97f4a7c15
	h = (h ^ h>>30) * 0xbf58476d1ce4e5b9
	h = (h ^ h>>27) * 0x94d049bb133111eb
	return h ^ h>>31
}
