package fuzz_test

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"scansion/conformance"
)

// decoder is a small decoder with faults to choose from; without any it conforms.
type decoder struct {
	limit int

	leadingZeros   bool // are accepted
	plus           bool // is accepted before a length
	newlines       bool // are skipped between netstrings
	anyComma       bool // any byte ends the data
	early          bool // delivers before the comma
	bits           uint // of a length; 0: enough
	atMostLimit    bool // rejects the limit itself
	forgetsDigits  bool // that came in another read than the ':'
	dropsEmpty     bool // strings
	stopsAtNUL     bool // in data
	goesOn         bool // after a fault, behind the next comma
	needsReads     bool // takes one string a read
	countsRunes    bool
	slowToReject   bool // looks at a length when its ':' is there
	panicsAtColons bool // in data
}

// parse is what the decoder makes of a stream, which is small.
func (d decoder) parse(s conformance.Stream) conformance.Parsed {
	p := conformance.Parsed{}
	var buffer []byte
	p.Verdict = conformance.Complete
	for _, chunk := range s.Chunks {
		if d.forgetsDigits && !bytes.Contains(buffer, []byte(":")) {
			buffer = nil
		}
		buffer = append(buffer, chunk...)
		for len(buffer) > 0 {
			var used int
			used, p.Verdict = d.next(buffer, &p)
			if p.Verdict == conformance.Rejected && d.goesOn {
				if used = bytes.IndexByte(buffer, ',') + 1; used > 0 {
					buffer = buffer[used:]
					continue
				}
			}
			if p.Verdict == conformance.Rejected {
				return p
			}
			if used == 0 {
				break
			}
			buffer = buffer[used:]
			if d.needsReads {
				break
			}
		}
	}
	if len(buffer) > 0 {
		p.Verdict = conformance.Incomplete
	}
	return p
}

// next takes a netstring off the buffer. It returns how many bytes that are.
func (d decoder) next(buffer []byte, p *conformance.Parsed) (int, conformance.ParserVerdict) {
	if d.newlines && buffer[0] == '\n' {
		return 1, conformance.Complete
	}
	from := 0
	if d.plus && buffer[0] == '+' {
		from = 1
	}
	colon := from
	for colon < len(buffer) && strings.IndexByte("0123456789", buffer[colon]) >= 0 {
		colon++
		if colon-from > 1 && buffer[from] == '0' && !d.leadingZeros && !d.slowToReject {
			return 0, conformance.Rejected
		}
		if !d.slowToReject && d.bits == 0 && d.length(buffer[from:colon]) > d.limit {
			return 0, conformance.Rejected
		}
	}
	if colon == len(buffer) {
		return 0, conformance.Incomplete
	}
	length := d.length(buffer[from:colon])
	if colon == from || buffer[colon] != ':' || length > d.limit || d.atMostLimit && length == d.limit ||
		colon-from > 1 && buffer[from] == '0' && !d.leadingZeros {
		return 0, conformance.Rejected
	}
	data := buffer[colon+1:]
	end := length
	if d.countsRunes {
		end = 0
		for range length {
			if end >= len(data) {
				return 0, conformance.Incomplete
			}
			_, size := utf8.DecodeRune(data[end:])
			end += size
		}
	}
	if d.early && len(data) == end {
		d.deliver(data[:end], p)
		return len(buffer), conformance.Complete
	}
	if len(data) <= end {
		return 0, conformance.Incomplete
	}
	if data[end] != ',' && !d.anyComma {
		return 0, conformance.Rejected
	}
	d.deliver(data[:end], p)
	return colon + 1 + end + 1, conformance.Complete
}

// length is that of digits, at most a little more than the limit, if it has all bits.
func (d decoder) length(digits []byte) int {
	var n uint64
	for _, b := range digits {
		n = n*10 + uint64(b-'0')
		if d.bits == 0 {
			n = min(n, uint64(d.limit)+1)
		} else if d.bits < 64 {
			n &= 1<<d.bits - 1
		}
	}
	if n > uint64(d.limit) {
		return d.limit + 1
	}
	return int(n)
}

func (d decoder) deliver(data []byte, p *conformance.Parsed) {
	if d.panicsAtColons && bytes.IndexByte(data, ':') >= 0 {
		panic("a colon")
	}
	if d.stopsAtNUL {
		data, _, _ = bytes.Cut(data, []byte{0})
	}
	if d.dropsEmpty && len(data) == 0 {
		return
	}
	p.Strings = append(p.Strings, bytes.Clone(data))
}
