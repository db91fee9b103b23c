package fuzz

import (
	"fmt"
	"math/big"
	"math/rand"
	"slices"
	"strconv"
	"strings"

	"scansion/conformance/oracle"
)

// limit is the longest string, in bytes, that the decoders accept.
const limit = oracle.DefaultLimit

// Generate makes a case from a source of random numbers: the same source makes the same
// case. Most streams have less than 100 bytes, some thousands, and few a hundred thousand.
func Generate(rng *rand.Rand) Case {
	w := writer{rng: rng, b: make([]byte, 0, 96)}
	w.stream()
	return Case{Bytes: w.b, Cuts: w.cuts()}
}

// writer writes one stream.
type writer struct {
	rng    *rand.Rand
	prefix string // what all data begins with, beside what is said of its size; then it is ASCII
	b      []byte
}

// n is a random number less than n.
func (w *writer) n(n int) int { return w.rng.Intn(n) }

// one is a random element.
func one[T any](w *writer, of []T) T { return of[w.n(len(of))] }

func (w *writer) text(s string) { w.b = append(w.b, s...) }

// digits are the length of so many bytes of data.
func (w *writer) digits(size int) string { return strconv.Itoa(len(w.prefix) + size) }

// stream writes valid netstrings, netstrings that are made wrong somewhere, or one that is
// special amid valid ones; and rarely no more than the start of that.
func (w *writer) stream() {
	switch n := w.n(64); {
	case n < 9:
		w.valid(w.n(5))
	case n < 10:
		for range 10 + w.n(90) {
			w.netstring(w.n(3))
		}
	case n < 16:
		w.valid(1 + w.n(3))
		w.b = w.b[:w.n(len(w.b))]
	case n < 23:
		w.valid(1 + w.n(3))
		for range 1 + w.n(3) {
			w.mutate()
		}
	case n < 25:
		w.drawn(w.n(24), one(w, []string{structure, structure, ""}))
	default:
		w.valid(max(0, w.n(5)-2))
		w.special(n - 25)
		w.valid(max(0, w.n(5)-2))
	}
	if len(w.b) > 1 && w.n(10) == 0 {
		w.b = w.b[:1+w.n(len(w.b)-1)]
	}
}

// special writes the kind of netstring that a number less than 39 stands for.
func (w *writer) special(n int) {
	switch {
	case n < 4:
		w.nested()
	case n < 8:
		w.nearLimit()
	case n < 12:
		w.netstring(w.size())
		w.spoilEnd()
	case n < 15: // a length that is not that of the data
		size := w.size()
		w.text(w.digits(max(0, size+one(w, []int{-3, -2, -1, -1, 1, 1, 2, 3, 10}))))
		w.body(size)
	case n < 17:
		w.manyDigits()
	case n < 22:
		w.overflow()
	case n < 24: // any byte in a length
		size := w.size()
		digits := w.digits(size)
		w.b = append(w.b, slices.Insert([]byte(digits), w.n(len(digits)+1), byte(w.n(256)))...)
		w.body(size)
	default:
		size := w.size()
		w.text(strings.Replace(one(w, one(w, malformed)), "#", w.digits(size), 1))
		w.body(size)
	}
}

// malformed are lengths that are none, of some kinds. "#" stands for what would be one.
var malformed = [][]string{
	{"0#", "0#", "00#", "000#", "00000000#", "000000000000000000000#"},
	{"+#", "+#", "-#", "-#", "--#", "+-#", "#+", "#-", "\u2212#"},
	{" #", "\t#", "\n#", "\r#", "\r\n#", "\v#", "\f#", "\x1c#", "  #", "\u00a0#", "\ufeff#", "\x00#"},
	{"# ", "#\t", "#\n", "#\r", "#\r\n", "#\x00"},
	{"#.", "#.0", "#e0", "#_", "#L", "#n", "#f", "#x", "#/", "#;", "#,", "#=", "#\u0660", "#\u00b2"},
	{"0x#", "0x#", "0x#", "0b#", "0o#", "x#", ".#", "/#", ",#", "\"#\""},
	{"", "", "", "", "a", "nan", "inf", "null", "-", "+", " ", "\x00", "\n", "\xff", "0x"},
	{"\u0665", "\uff15", "\u00b2", "\u2164", "\xb5"}, // digits, to some
}

// body writes what follows the digits of a length.
func (w *writer) body(size int) {
	w.text(":" + w.prefix)
	w.data(size)
	w.text(",")
}

// netstring writes a valid netstring with so many bytes of data.
func (w *writer) netstring(size int) {
	w.text(w.digits(size))
	w.body(size)
}

// valid writes so many valid netstrings.
func (w *writer) valid(many int) {
	for range many {
		w.netstring(w.size())
	}
}

// size is a length of data, mostly a short one, sometimes one near a power of two, or with
// which the whole netstring is as long as that.
func (w *writer) size() int {
	size := 0
	switch n := w.n(1000); {
	case n < 120:
		return 0
	case n < 690:
		return 1 + w.n(8)
	case n < 920:
		return 9 + w.n(24)
	case n < 960:
		return 33 + w.n(100)
	case n < 980:
		size = w.near(0, 10)
	case n < 996:
		size = w.near(7, 12)
	default:
		size = w.near(13, 16)
	}
	if w.n(3) == 0 {
		size = max(0, size-len("1:,")-len(strconv.Itoa(size))+1)
	}
	return size
}

// near is a power of two from 2^from to 2^to, or its neighbour.
func (w *writer) near(from, to int) int { return 1<<(from+w.n(to-from+1)) - 1 + w.n(3) }

// nested writes a netstring whose data is a stream of netstrings, or looks like them, and
// sometimes all that in another.
func (w *writer) nested() {
	inner := writer{rng: w.rng, prefix: w.prefix}
	inner.stream()
	data := inner.b[:min(len(inner.b), limit-len(w.prefix))]
	w.text(fmt.Sprintf("%s:%s%s,", w.digits(len(data)), w.prefix, data))
	if w.n(4) == 0 && len(w.b) < 1024 {
		w.b = fmt.Appendf(nil, "%s:%s%s,", w.digits(len(w.b)), w.prefix, w.b)
	}
}

// nearLimit claims a length near the limit. As its data is long, it is mostly left out.
func (w *writer) nearLimit() {
	size := limit - len(w.prefix) + one(w, []int{-2, -1, 0, 0, 1, 1, 2})
	w.text(w.digits(size))
	switch n := w.n(40); {
	case n == 0:
		w.body(size)
	case n < 10: // without the ':'
	default:
		w.body(w.n(20))
	}
}

// spoilEnd puts another byte in place of the last ',', or leaves it out.
func (w *writer) spoilEnd() {
	last := len(w.b) - 1
	w.b[last] = one(w, []byte(";\n\r\x00 .:+-0~\xac\xff"))
	if n := w.n(4); n == 0 {
		w.b = w.b[:last]
	} else if n == 1 {
		w.b[last] = byte(w.n(256))
	}
}

// manyDigits writes a length of many digits, mostly tens, rarely thousands.
func (w *writer) manyDigits() {
	n := 6 + w.n(40)
	if w.n(30) == 0 {
		n = 100 << w.n(7)
	}
	w.drawn(1, "123456789")
	w.drawn(n, "0123456789")
	w.text(one(w, []string{"", "a", " ", ",", ":", ":,", ":a,", ":abc,"}))
}

// overflow writes a length that is a little more than some bits hold, or than a power of
// ten, or one less, with as much data as a decoder sees in it that keeps no more of it.
func (w *writer) overflow() {
	more := w.n(22) - 1
	rounds := big.NewInt(one(w, []int64{1, 1, 1, 1, 1, 1, 3, 5, 10})) // some are greater when they have wrapped than they were before
	length := rounds.Lsh(rounds, one(w, []uint{8, 15, 16, 17, 24, 31, 31, 32, 32, 32, 33, 40, 52, 53, 63, 63, 64, 64, 64, 65, 66, 128}))
	if w.n(5) == 0 {
		length.Exp(big.NewInt(10), big.NewInt(one(w, []int64{6, 9, 12, 18, 19, 20, 30})), nil)
	}
	w.b = length.Add(length, big.NewInt(int64(more+len(w.prefix)))).Append(w.b, 10)
	w.body(max(0, more))
}
