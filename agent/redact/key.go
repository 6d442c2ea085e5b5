package redact

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// keyBytes is the least length of a key.
const keyBytes = 32

// OpenKey reads the key of the pseudonyms, or makes it at random when there is no
// such file. It is readable by its owner alone.
func OpenKey(file string) ([]byte, error) {
	key, err := os.ReadFile(file)
	switch {
	case err == nil && len(key) < keyBytes:
		return nil, fmt.Errorf("read key %s: it has %d bytes and needs %d; remove it to have one made", file, len(key), keyBytes)
	case err == nil:
		return key, nil
	case !errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("read key: %w", err)
	}
	key = NewKey()
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return nil, fmt.Errorf("make key: %w", err)
	}
	temporary := file + ".new"
	if err := os.WriteFile(temporary, key, 0o600); err != nil {
		return nil, fmt.Errorf("make key: %w", err)
	}
	if err := os.Rename(temporary, file); err != nil {
		return nil, fmt.Errorf("make key: %w", err)
	}
	return key, nil
}

// NewKey returns a random key. Pseudonyms under it agree with no others.
func NewKey() []byte {
	key := make([]byte, keyBytes)
	rand.Read(key) //nolint:errcheck // it never fails
	return key
}
