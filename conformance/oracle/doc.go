// Package oracle knows what a strict netstring decoder must make of any stream of
// bytes (specification, section 3; tutorial Parts 11 and 12). It runs nothing and
// reads no network: [Judge] rules on a whole stream, [Ruling.Fits] holds what a
// parser made of the stream against the ruling, and [Vectors] are streams that were
// chosen by hand.
//
// It is written to be read beside the specification, and shares no code with any
// decoder: nothing here may import the reference.
package oracle
