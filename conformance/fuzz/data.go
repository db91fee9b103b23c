package fuzz

// Alphabets of 16 and 32 bytes, which fill takes.
const (
	structure = "0123456789:,:,0,"
	letters   = "abcdefghijklmnopqrstuvwxyz-abcde"
	someText  = "na\u00efve \u20ac\U0001d11e e\u0301\r\n"
)

// data appends so many bytes of data of some kind.
func (w *writer) data(size int) {
	if w.request {
		w.text(requestPrefix[:min(size, len(requestPrefix))])
		size -= min(size, len(requestPrefix))
	}
	if size > 256 { // long data is uniform, for it must be fast
		w.repeated(one(w, []byte("aaa,:0")), size)
		return
	}
	from := len(w.b)
	w.b = append(w.b, make([]byte, size)...)
	to := w.b[from:]
	switch kind := w.n(8); {
	case kind < 3:
		w.fill(to, letters)
	case kind < 5:
		w.fill(to, structure)
	case kind == 5 || w.request:
		c := one(w, []byte("a,:0\n \t5"))
		for i := range to {
			to[i] = c
		}
	case kind == 6:
		for n := 0; n < len(to); {
			n += copy(to[n:], someText)
		}
	default:
		w.rng.Read(to)
	}
}

// repeated appends a byte so many times.
func (w *writer) repeated(b byte, times int) {
	from := len(w.b)
	if need := from + times + 16; cap(w.b) < need {
		w.b = append(make([]byte, 0, need), w.b...)
	}
	w.b = w.b[:from+times]
	to := w.b[from:]
	for i := range to {
		to[i] = b
	}
}

// fill overwrites to with bytes of an alphabet, of which there are 16 or 32.
func (w *writer) fill(to []byte, alphabet string) {
	mask := uint64(len(alphabet) - 1)
	var bits uint64
	for i := range to {
		if i%12 == 0 {
			bits = w.rng.Uint64()
		}
		to[i] = alphabet[bits&mask]
		bits >>= 5
	}
}

// lower makes ASCII of bytes, without capitals.
func lower(data []byte) {
	for i, b := range data {
		b &= 0x7f
		if 'A' <= b && b <= 'Z' {
			b += 'a' - 'A'
		}
		data[i] = b
	}
}

// mutate changes the stream a little in one place.
func (w *writer) mutate() {
	if len(w.b) == 0 {
		w.b = append(w.b, one(w, []byte(structure)))
		return
	}
	at := w.place()
	switch w.n(6) {
	case 0:
		w.b[at] ^= 1 << w.n(8)
	case 1:
		w.b[at] = one(w, []byte(structure))
	case 2:
		w.b = append(w.b[:at], w.b[at+1:]...)
	case 3:
		w.b = append(w.b, 0)
		copy(w.b[at+1:], w.b[at:])
		w.b[at] = one(w, []byte("0123456789:,+- \n\x00a"))
	case 4: // double a piece
		end := min(at+1+w.n(8), len(w.b))
		n := end - at
		w.b = append(w.b, w.b[len(w.b)-n:]...)
		copy(w.b[end:], w.b[at:len(w.b)-n])
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
	for i := at; i < min(at+64, len(w.b)); i++ {
		if b := w.b[i]; b == ':' || b == ',' || '0' <= b && b <= '9' {
			return i
		}
	}
	return at
}

// cuts are where the stream comes apart.
func (w *writer) cuts() []int {
	n := len(w.b)
	if n < 2 {
		return nil
	}
	kind := w.n(20)
	if n > 512 && kind >= 10 {
		return w.blocks()
	}
	switch {
	case kind < 6: // nowhere
		return nil
	case kind < 10: // here and there
		cuts := make([]int, 0, 3)
		at := 0
		for range 1 + w.n(3) {
			if at >= n-1 {
				break
			}
			at += 1 + w.n(n-1-at)
			cuts = append(cuts, at)
		}
		return cuts
	case kind < 13:
		return everyOffset(n)
	case kind < 15: // often
		return w.cutIf(func(int) bool { return w.n(4) == 0 })
	default: // around ':' and ','
		return w.cutIf(func(at int) bool {
			before, after := w.b[at-1], w.b[at]
			return (before == ':' || before == ',' || after == ':' || after == ',') && w.n(2) == 0
		})
	}
}

func (w *writer) cutIf(wanted func(at int) bool) []int {
	cuts := make([]int, 0, len(w.b)/2)
	for at := 1; at < len(w.b); at++ {
		if wanted(at) {
			cuts = append(cuts, at)
		}
	}
	return cuts
}

// blocks cut a long stream near its ends, or at the ends of buffers.
func (w *writer) blocks() []int {
	n := len(w.b)
	if w.n(2) == 0 {
		first := 1 + w.n(12)
		last := n - 1 - w.n(3)
		return []int{first, last}
	}
	size := one(w, []int{512, 1024, 4096, 65536}) - 1 + w.n(3)
	cuts := make([]int, 0, n/size)
	for at := size; at < n; at += size {
		cuts = append(cuts, at)
	}
	return cuts
}
