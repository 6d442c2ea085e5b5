package store

// The buckets of evidence.
const (
	Debts   Bucket = "debts"   // fingerprint -> evidence still to come
	Changes Bucket = "changes" // time, kind and name -> shipper.Change
	Files   Bucket = "files"   // path -> changed.State of a watched file
)

func evidence() []Bucket { return []Bucket{Debts, Changes, Files, history} }
