package fuzz

import (
	"math/big"
	"strconv"
)

// A length that is wrong in a way: what stands before and after its digits.
type around struct{ before, after string }

var (
	signs = []around{{"+", ""}, {"-", ""}, {"--", ""}, {"+-", ""}, {"", "+"}, {"", "-"}, {"\u2212", ""}}

	blanks = []around{
		{" ", ""},
		{"\t", ""},
		{"\n", ""},
		{"\r", ""},
		{"\r\n", ""},
		{"\v", ""},
		{"\f", ""},
		{"\x1c", ""},
		{"  ", ""},
		{"\u00a0", ""},
		{"\ufeff", ""},
		{"", " "},
		{"", "\t"},
		{"", "\n"},
		{"", "\r"},
		{"", "\r\n"},
		{"\x00", ""},
		{"", "\x00"},
	}

	notDigits = []around{
		{"", "."},
		{"", ".0"},
		{"", "e0"},
		{"", "_"},
		{"", "L"},
		{"", "n"},
		{"", "f"},
		{"", "x"},
		{"", "/"},
		{"", ";"},
		{"", ","},
		{"", "="},
		{"0b", ""},
		{"0o", ""},
		{"x", ""},
		{".", ""},
		{"/", ""},
		{",", ""},
		{"\"", "\""},
		{"", "\u0660"},
		{"", "\u00b2"},
	}

	// noNumbers are in place of a length.
	noNumbers = []string{
		"", "a", "nan", "inf", "null", "-", "+", " ", "\x00", "\n", "\xff", "\u0665", "\uff15", "\u00b2", "\u2164", "\xb5", "0x",
	}
)

// badLength writes a netstring whose length is malformed.
func (w *writer) badLength(shape Shape) {
	size := w.size()
	var a around
	switch shape {
	case LeadingZero:
		w.b = append(w.b, "00000000000000000000000000000000"[:w.zeros()]...)
	case Sign:
		a = one(w, signs)
	case Blank:
		a = one(w, blanks)
	case NoLength:
		if w.n(3) == 0 {
			w.b = append(w.b, one(w, []byte(":,")))
			return
		}
		w.body(min(size, w.n(8)))
		return
	default:
		w.notDigit(size)
		return
	}
	w.text(a.before)
	w.b = strconv.AppendInt(w.b, int64(size), 10)
	w.text(a.after)
	w.body(size)
}

// zeros is how many of them lead.
func (w *writer) zeros() int {
	if w.n(8) == 0 {
		return 4 + w.n(28)
	}
	return 1 + w.n(3)
}

// body is what follows a length's digits.
func (w *writer) body(size int) {
	w.text(":")
	w.data(size)
	w.text(",")
}

// notDigit writes a netstring whose length has something in it that is no digit.
func (w *writer) notDigit(size int) {
	switch w.n(4) {
	case 0:
		w.text(one(w, noNumbers))
		w.body(one(w, []int{0, 0, 1, size}))
		return
	case 1: // hexadecimal
		w.text("0x")
		w.b = strconv.AppendInt(w.b, int64(size), 16)
	case 2: // any byte, somewhere
		at := len(w.b)
		w.b = strconv.AppendInt(w.b, int64(size), 10)
		at += w.n(len(w.b) - at + 1)
		w.b = append(w.b, 0)
		copy(w.b[at+1:], w.b[at:])
		w.b[at] = byte(w.n(256))
	default:
		a := one(w, notDigits)
		w.text(a.before)
		w.b = strconv.AppendInt(w.b, int64(size), 10)
		w.text(a.after)
	}
	w.body(size)
}

// longDigits writes a length of many digits, mostly tens, rarely thousands.
func (w *writer) longDigits() {
	n := 6 + w.n(40)
	if w.n(30) == 0 {
		n = 100 << w.n(7)
	}
	from := len(w.b)
	w.b = append(w.b, make([]byte, n)...)
	w.fill(w.b[from:], "0123456789012345")
	w.b[from] = byte('1' + w.n(9))
	switch w.n(4) {
	case 0: // no end to them
	case 1:
		w.b = append(w.b, one(w, []byte("a \n,;")))
	default:
		w.body(w.n(6))
	}
}

// spare is how much more than a power the lengths of overflow are, at most.
const spare = 20

// powers are lengths that are i more, less one, than what so many bits hold, or than
// powers of ten: written once, for they take longer to compute than all the rest.
var powers = func() (all [][spare + 2]string) {
	add := func(power *big.Int) {
		var row [spare + 2]string
		for i := range row {
			row[i] = new(big.Int).Add(power, big.NewInt(int64(i-1))).String()
		}
		all = append(all, row)
	}
	for _, bits := range []uint{8, 15, 16, 17, 24, 31, 31, 32, 32, 32, 33, 40, 52, 53, 63, 63, 64, 64, 64, 65, 66, 128} {
		add(new(big.Int).Lsh(big.NewInt(1), bits))
	}
	for _, zeros := range []int64{6, 9, 12, 18, 19, 20, 30} {
		add(new(big.Int).Exp(big.NewInt(10), big.NewInt(zeros), nil))
	}
	for _, times := range []int64{3, 5, 7, 10} { // more rounds: these are greater than they were when they wrap
		add(new(big.Int).Lsh(big.NewInt(times), 64))
	}
	return all
}()

// overflow writes a length that is too great for so many bits, with as much data as a
// decoder sees in it that keeps no more of them.
func (w *writer) overflow() {
	i := w.n(spare + 2)
	w.text(one(w, powers)[i])
	w.text(":")
	w.data(max(0, i-1))
	w.text(",")
}
