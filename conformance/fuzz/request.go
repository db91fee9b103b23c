package fuzz

import (
	"bytes"
	"fmt"
	"math/rand"
	"slices"

	"scansion/conformance"
	"scansion/conformance/oracle"
)

// This file is all that there is to the parsers inside of transform servers, of which only
// the first string can be seen, and that only if it is a request: [Fuzzer.Requests].

// requestPrefix begins a request that every transform server must know.
const requestPrefix = "cummingsify."

// generateRequest makes a case of one netstring, a faulty one if there is one, whose data is
// a request.
func generateRequest(rng *rand.Rand) Case {
	w := writer{rng: rng, prefix: requestPrefix}
	w.stream()
	if r := oracle.Judge(w.b, limit); r.Rest < len(w.b) {
		w.b = w.b[r.Rest:]
	} else if len(r.Strings) > 0 {
		w.b = w.b[:leadingDigits(w.b)+len(r.Strings[0])+2]
	}
	return Case{Bytes: w.b, Cuts: w.cuts()}
}

// requestStream is a case as a transform server is fed it. The connection stays open where
// the server is to close it.
func requestStream(c Case) conformance.Stream {
	r, s := oracle.Judge(c.Bytes, limit), c.Stream()
	ends := r.Verdict == conformance.Incomplete && len(r.Strings) == 0 || len(c.Bytes) < r.RejectBy
	s.Open = !ends && len(c.Bytes) > 0 && !maybeAccepted(c, r) // or who may wait for the data would be waited for
	return s
}

// requestFits returns what is wrong with what a transform server made of a case. How far it
// reads after the first string is not known.
func requestFits(c Case, p conformance.Parsed) error {
	r := oracle.Judge(c.Bytes, limit)
	switch {
	case len(r.Strings) > 0 && isRequest(r.Strings[0]):
		first := r.Strings[0]
		return oracle.Judge(fmt.Appendf(nil, "%d:%s,", len(first), first), len(first)).FitsOpen(p)
	case len(r.Strings) > 0 || len(c.Bytes) == 0 || maybeAccepted(c, r):
		return nil // what is made of it is not the parser's doing
	case requestStream(c).Open:
		return r.FitsOpen(p)
	default:
		return r.Fits(p)
	}
}

// maybeAccepted reports whether a length over the limit is one that a transform server may
// accept (4.6).
func maybeAccepted(c Case, r oracle.Ruling) bool {
	const digits = 12
	return r.Reason == oracle.TooLong && leadingDigits(c.Bytes[r.Rest:]) <= digits
}

// isRequest reports whether a string comes back from a transform server as it was sent.
func isRequest(s []byte) bool {
	return bytes.HasPrefix(s, []byte(requestPrefix)) &&
		!slices.ContainsFunc(s, func(b byte) bool { return 'A' <= b && b <= 'Z' || b > '~' })
}
