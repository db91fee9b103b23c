package fuzz

import (
	"math/rand"
	"reflect"
	"strconv"

	"github.com/leanovate/gopter"

	"scansion/conformance/oracle"
)

// Grammar says what cases are made. The zero value makes streams for a decoder with
// the limit that is the default.
type Grammar struct {
	// Limit is that of the decoders, in bytes: streams claim lengths around it. 0
	// stands for oracle.DefaultLimit.
	Limit int

	// Request makes streams for transform servers: one netstring, whose data begins
	// with "cummingsify." unless it was spoiled, with a poem of ASCII without capitals.
	// Shapes that need several netstrings, or no structure, are not made.
	Request bool
}

// requestPrefix begins a request to a transform server that every one must know.
const requestPrefix = "cummingsify."

var caseType = reflect.TypeFor[Case]()

// Gen is the grammar as a generator of gopter, with a shrinker. It draws from the
// parameters' source of random numbers only, and does not look at their sizes: most
// streams have less than 100 bytes, some thousands, and few a hundred thousand.
func (g Grammar) Gen() gopter.Gen {
	return func(p *gopter.GenParameters) *gopter.GenResult {
		return &gopter.GenResult{Shrinker: Shrinker, ResultType: caseType, Result: g.Case(p.Rng)}
	}
}

// Case generates a case. The same source gives the same one.
func (g Grammar) Case(rng *rand.Rand) Case {
	w := writer{rng: rng, limit: g.Limit, request: g.Request, b: make([]byte, 0, 96)}
	if w.limit == 0 {
		w.limit = oracle.DefaultLimit
	}
	shape := draw[w.n(len(draw))]
	for g.Request && (shape == Many || shape == Noise) {
		shape = draw[w.n(len(draw))]
	}
	w.shaped(shape)
	if len(w.b) > 1 && w.n(10) == 0 { // what is special may come last
		w.b = w.b[:1+w.n(len(w.b)-1)]
	}
	return Case{Bytes: w.b, Cuts: w.cuts(), Shape: shape}
}

// writer writes one stream.
type writer struct {
	rng     *rand.Rand
	limit   int
	request bool
	b       []byte
}

// n is a random number less than n.
func (w *writer) n(n int) int { return w.rng.Intn(n) }

// one is a random element.
func one[T any](w *writer, of []T) T { return of[w.n(len(of))] }

func (w *writer) text(s string) { w.b = append(w.b, s...) }

// shaped writes a stream of a shape.
func (w *writer) shaped(shape Shape) {
	switch shape {
	case Valid:
		w.good(w.n(5))
	case Many:
		w.many()
	case Truncated:
		w.good(1 + w.n(3))
		w.b = w.b[:w.n(len(w.b))]
	case Mutated:
		w.good(1 + w.n(3))
		for range 1 + w.n(3) {
			w.mutate()
		}
	case Noise:
		w.noise()
	default:
		if w.n(2) == 0 && !w.request {
			w.good(w.n(3))
		}
		w.special(shape)
		if w.n(2) == 0 && !w.request {
			w.good(w.n(3))
		}
	}
}

// special writes the one netstring that a shape is about.
func (w *writer) special(shape Shape) {
	switch shape {
	case Nested:
		w.nested()
	case PowerOfTwo:
		w.powerOfTwo()
	case NearLimit:
		w.nearLimit()
	case Terminator:
		w.terminator()
	case Miscounted:
		size := w.size()
		w.header(max(0, size+one(w, []int{-3, -2, -1, -1, 1, 1, 2, 3, 10})))
		w.data(size)
		w.text(",")
	case LongDigits:
		w.longDigits()
	case Overflow:
		w.overflow()
	default:
		w.badLength(shape)
	}
}

// good writes so many netstrings, but one if it is a request.
func (w *writer) good(many int) {
	if w.request {
		many = 1
	}
	for range many {
		size := w.size()
		w.header(size)
		w.data(size)
		w.text(",")
	}
}

func (w *writer) header(length int) {
	w.b = append(strconv.AppendInt(w.b, int64(length), 10), ':')
}

// size is a length of data, mostly a short one, and never over the limit but where a
// request's name does not fit it.
func (w *writer) size() int {
	size := 0
	switch n := w.n(1000); {
	case n < 120:
	case n < 700:
		size = 1 + w.n(8)
	case n < 940:
		size = 9 + w.n(24)
	case n < 985:
		size = 33 + w.n(100)
	case n < 998:
		size = w.near(7, 12)
	default:
		size = w.near(13, 16)
	}
	size = min(size, w.limit)
	if w.request {
		size = max(size, len(requestPrefix)+w.n(2))
	}
	return size
}

// near is a power of two from 2^from to 2^to, or its neighbour.
func (w *writer) near(from, to int) int { return 1<<(from+w.n(to-from+1)) - 1 + w.n(3) }

func (w *writer) many() {
	for range 10 + w.n(90) {
		switch w.n(4) {
		case 0:
			w.text("0:,")
		case 1:
			w.text("1:,,")
		default:
			w.good(1)
			if len(w.b) > 4096 {
				return
			}
		}
	}
}

func (w *writer) nested() {
	inner := writer{rng: w.rng, limit: w.limit, b: make([]byte, 0, 64)}
	if w.request {
		inner.text(requestPrefix)
	}
	switch w.n(4) {
	case 0:
		inner.special(one(w, []Shape{LeadingZero, Sign, NoLength, LongDigits, Overflow, Terminator}))
	case 1:
		inner.good(1)
		inner.b = inner.b[:len(inner.b)-1]
	default:
		inner.good(1 + w.n(3))
	}
	if w.request {
		lower(inner.b)
	}
	if len(inner.b) > w.limit {
		inner.b = inner.b[:w.limit]
	}
	w.header(len(inner.b))
	w.b = append(w.b, inner.b...)
	w.text(",")
	if w.n(4) == 0 && len(w.b) < 1024 && !w.request {
		again := string(w.b) // once more, with all that is before it
		w.b = w.b[:0]
		w.header(len(again))
		w.text(again)
		w.text(",")
	}
}

func (w *writer) powerOfTwo() {
	size := w.near(0, 10)
	switch w.n(20) {
	case 0, 1:
		size = w.near(11, 13)
	case 2:
		size = w.near(14, 16)
	}
	if w.n(3) == 0 { // the whole netstring has that size
		size = max(0, size-2-len(strconv.Itoa(size)))
	}
	size = min(size, w.limit)
	if w.request {
		size = max(size, len(requestPrefix))
	}
	w.header(size)
	w.data(size)
	w.text(",")
}

// nearLimit claims a length near the limit. As its data is long, it is mostly left out.
func (w *writer) nearLimit() {
	size := max(0, w.limit+one(w, []int{-2, -1, 0, 0, 1, 1, 2}))
	w.header(size)
	if w.limit <= 1000 && w.n(2) == 0 || w.n(40) == 0 {
		w.data(size)
		w.text(",")
		return
	}
	if w.n(4) == 0 {
		w.b = w.b[:len(w.b)-1] // without the ':'
		return
	}
	w.data(w.n(20))
	if w.n(2) == 0 {
		w.text(",")
	}
}

func (w *writer) terminator() {
	size := w.size()
	w.header(size)
	w.data(size)
	switch w.n(4) {
	case 0: // none: whatever comes next stands in its place
		w.header(w.n(3))
	case 1:
		w.b = append(w.b, byte(w.n(256)))
	default:
		w.b = append(w.b, one(w, []byte(";\n\r\x00 .:+-0~\xac\xff"))) // and what looks like it
	}
}

// noise writes random bytes, often those that netstrings are made of.
func (w *writer) noise() {
	from := len(w.b)
	n := w.n(24)
	w.b = append(w.b, make([]byte, n)...)
	if w.n(3) == 0 {
		w.rng.Read(w.b[from:])
	} else {
		w.fill(w.b[from:], structure)
	}
}
