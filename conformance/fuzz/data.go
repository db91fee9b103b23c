package fuzz

import (
	"slices"
	"strings"
)

// Alphabets that data is drawn from, and text with characters of several bytes.
const (
	structure = "0123456789:,:,0,"
	letters   = "abcdefghijklmnopqrstuvwxyz-"
	someText  = "na\u00efve \u20ac\U0001d11e e\u0301\r\n"
)

// data writes so many bytes of data of some kind. Long data is uniform, for it must be fast.
func (w *writer) data(size int) {
	switch kind := w.n(8); {
	case size > 256 || kind == 0:
		w.repeated(one(w, []string{"a", "a", "a", ",", ":", "0", "5", "\n", " ", "\t"}), size)
	case kind == 1 && w.prefix == "":
		w.repeated(someText, size)
	case kind == 2 && w.prefix == "":
		w.drawn(size, "")
	case kind < 5:
		w.drawn(size, structure)
	default:
		w.drawn(size, letters)
	}
}

// repeated writes a text again and again, so many bytes in all.
func (w *writer) repeated(text string, size int) {
	from := len(w.b)
	w.b = slices.Grow(w.b, size+8)[:from+size]
	for n := copy(w.b[from:], text); n < size; n *= 2 {
		copy(w.b[from+n:], w.b[from:from+n])
	}
}

// drawn writes so many random bytes of an alphabet, or of all bytes if that is empty.
func (w *writer) drawn(size int, alphabet string) {
	from := len(w.b)
	w.b = append(w.b, make([]byte, size)...)
	w.rng.Read(w.b[from:])
	for i := from; i < len(w.b) && alphabet != ""; i++ {
		w.b[i] = alphabet[int(w.b[i])%len(alphabet)]
	}
}

// mutate changes the stream a little in one place.
func (w *writer) mutate() {
	if len(w.b) == 0 {
		return
	}
	at := w.place()
	switch w.n(6) {
	case 0:
		w.b[at] ^= 1 << w.n(8)
	case 1:
		w.b[at] = one(w, []byte(structure))
	case 2:
		w.b = slices.Delete(w.b, at, at+1)
	case 3:
		w.b = slices.Insert(w.b, at, one(w, []byte("0123456789:,+- \n\x00a")))
	case 4: // double a piece
		w.b = slices.Insert(w.b, at, w.b[at:min(at+1+w.n(8), len(w.b))]...)
	default:
		other := w.place()
		w.b[at], w.b[other] = w.b[other], w.b[at]
	}
}

// place is an offset in the stream, often one where there is structure.
func (w *writer) place() int {
	at := w.n(len(w.b))
	if w.n(2) == 0 {
		return at
	}
	return at + max(0, slices.IndexFunc(w.b[at:min(at+64, len(w.b))], isStructure))
}

func isStructure(b byte) bool { return strings.IndexByte(structure, b) >= 0 }

// cuts are where the stream is cut into reads.
func (w *writer) cuts() (cuts []int) {
	n := len(w.b)
	switch kind := w.n(20); {
	case n < 2 || kind < 6:
		return nil
	case kind < 10: // in a few places
		for at := 1 + w.n(n-1); at < n && len(cuts) < 3; at += 1 + w.n(n) {
			cuts = append(cuts, at)
		}
		return cuts
	case n > 512 && kind < 15: // near the ends
		return []int{1 + w.n(12), n - 1 - w.n(3)}
	case n > 512: // where buffers end
		size := one(w, []int{512, 1024, 4096, 65536}) - 1 + w.n(3)
		for at := size; at < n; at += size {
			cuts = append(cuts, at)
		}
		return cuts
	case kind < 13:
		return everyOffset(n)
	case kind < 15: // often
		return w.cutIf(func(int) bool { return w.n(4) == 0 })
	default: // around ':' and ','
		return w.cutIf(func(at int) bool {
			return (strings.IndexByte(":,", w.b[at-1]) >= 0 || strings.IndexByte(":,", w.b[at]) >= 0) && w.n(2) == 0
		})
	}
}

// cutIf is each offset inside the stream that is wanted.
func (w *writer) cutIf(wanted func(at int) bool) []int {
	return slices.DeleteFunc(everyOffset(len(w.b)), func(at int) bool { return !wanted(at) })
}

// everyOffset is each offset inside a stream of n bytes.
func everyOffset(n int) []int {
	cuts := make([]int, max(n-1, 0))
	for i := range cuts {
		cuts[i] = i + 1
	}
	return cuts
}
