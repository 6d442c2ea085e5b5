package shipper

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
)

// Head is what an encoded event says before its data.
type Head struct{ ID, Type, Subject string }

// HeadOf reads the head of an encoded event, and nothing behind it.
func HeadOf(event []byte) (h Head, err error) {
	d := json.NewDecoder(bytes.NewReader(event))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return h, errors.New("read event: it is no JSON object")
	}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return h, fmt.Errorf("read event: %w", err)
		}
		if key == "data" {
			break
		}
		value, err := d.Token()
		if err != nil {
			return h, fmt.Errorf("read event: %w", err)
		}
		text, _ := value.(string)
		switch key {
		case "id":
			h.ID = text
		case "type":
			h.Type = text
		case "subject":
			h.Subject = text
		}
		if h.ID != "" && h.Type != "" && h.Subject != "" {
			break
		}
	}
	if h.ID == "" {
		return h, errors.New("read event: it has no id")
	}
	return h, nil
}
