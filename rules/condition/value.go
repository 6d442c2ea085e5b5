package condition

import (
	"crypto/sha256"
	"encoding/hex"
)

// maxValue is the longest value that is remembered as it is.
const maxValue = 256

// Short returns value, or for a long one its beginning and a hash of all of it.
func Short(value string) string {
	if len(value) <= maxValue {
		return value
	}
	sum := sha256.Sum256([]byte(value))
	return value[:maxValue-32] + hex.EncodeToString(sum[:16])
}
