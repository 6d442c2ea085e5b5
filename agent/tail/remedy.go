package tail

// Remedy says what a person can do about an error of opening or listing.
func Remedy(err error) string { return remedy(err) }
