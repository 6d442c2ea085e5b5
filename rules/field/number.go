package field

import "strconv"

// Number returns the number that a value is: digits with a sign and a fraction,
// or an exponent. Infinities, hexadecimal digits and underscores are none.
func Number(value []byte) (float64, bool) {
	if len(value) == 0 || len(value) > 64 {
		return 0, false
	}
	for _, c := range value {
		if (c < '0' || c > '9') && c != '.' && c != '-' && c != '+' && c != 'e' && c != 'E' {
			return 0, false
		}
	}
	n, err := strconv.ParseFloat(string(value), 64)
	return n, err == nil
}
