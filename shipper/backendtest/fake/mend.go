package fake

import "slices"

// we is the user of the destination; the others are people.
const we, solver, other = "thirdline", "solver", "other"

// turn is a change of a ticket's status, with the text that came with it.
type turn struct {
	open     bool
	by, with string
}

// turn opens or closes a ticket, if it is not so already.
func (k *ticket) turn(open bool, by, with string) {
	if k.open != open {
		k.open = open
		k.turns = append(k.turns, turn{open, by, with})
	}
}

// author is who wrote a text.
func (k *ticket) author(text string) string {
	if by := k.authors[text]; by != "" {
		return by
	}
	return we
}

// says adds a comment of a person.
func (k *ticket) says(by, text string) {
	k.authors[text] = by
	k.comment(text)
}

// lastTurn is the last change of a ticket's status.
func (k *ticket) lastTurn() turn {
	if len(k.turns) == 0 {
		return turn{}
	}
	return k.turns[len(k.turns)-1]
}

// newest returns texts in the reverse order.
func newest(texts []string) []string {
	texts = slices.Clone(texts)
	slices.Reverse(texts)
	return texts
}

// Mend has a person solve the ticket with a fingerprint, and say how, among others who
// only talk. A ticket that is closed is opened before.
func (d *Desk) Mend(fp, text string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	k := d.byFP(fp)
	k.turn(true, solver, "")
	k.says(solver, "I look at it")
	k.says(other, "is it over?")
	k.says(solver, text)
	k.extra["close_notes"] = text
	k.turn(false, solver, text)
	k.says(other, "thank you")
}
