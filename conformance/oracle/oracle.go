package oracle

import (
	"bytes"
	"fmt"
	"strconv"

	"scansion/conformance"
)

// DefaultLimit is the length, in bytes, of the longest string that a decoder accepts
// if it was not told another (3.6).
const DefaultLimit = 99999

// Reason is the rule that a rejected stream breaks.
type Reason int

// The reasons. None is that of streams that are not rejected.
const (
	None        Reason = iota
	NoLength           // something other than a digit where a length begins
	LeadingZero        // a digit after a first '0'
	NoColon            // something other than a digit or ':' after the digits
	TooLong            // the length exceeds the limit
	NoComma            // something other than ',' after the data
)

// Ruling is what a decoder must make of a stream.
type Ruling struct {
	// Strings are those to deliver, in order: views into the stream.
	Strings [][]byte

	// Verdict is Complete, Incomplete or Rejected.
	Verdict conformance.ParserVerdict

	// Rest is the offset after the last string's ','. What is left from there, if
	// anything, is the part or the faulty netstring.
	Rest int

	// Of a rejected stream: why, the offset of the first byte after which no
	// netstring can come of it, and how many bytes of the stream at most a decoder may
	// have seen when it rejects. The last may be more than there are.
	Reason   Reason
	Fault    int
	RejectBy int

	stream []byte
	limit  int
}

// Judge rules on a whole stream. Limit is the length of the longest string to accept,
// in bytes, at least 0. The ruling refers to the stream, which must not change while
// it is used.
func Judge(stream []byte, limit int) Ruling {
	limit = max(limit, 0)
	most := strconv.Itoa(limit)
	r := Ruling{Verdict: conformance.Complete, stream: stream, limit: limit}
	for r.Rest < len(stream) {
		colon := r.Rest + leadingDigits(stream[r.Rest:])
		digits := stream[r.Rest:colon]

		// length = "0" / ( %x31-39 *%x30-39 ), not longer than the limit
		if len(digits) > 1 && digits[0] == '0' {
			return r.reject(LeadingZero, r.Rest+1, r.Rest+3)
		}
		if n := withinLimit(digits, most); n < len(digits) {
			// From its digits alone: the ':' that ends them is the last byte to wait for.
			by := colon + 1
			if colon < len(stream) && stream[colon] != ':' {
				by = colon + 2 // a fault of its own
			}
			return r.reject(TooLong, r.Rest+n, by)
		}
		if colon == len(stream) {
			return r.incomplete()
		}
		if len(digits) == 0 {
			return r.reject(NoLength, colon, colon+2)
		}

		// ":"
		if stream[colon] != ':' {
			return r.reject(NoColon, colon, colon+2)
		}

		// data ","
		data := stream[colon+1:]
		length, _ := strconv.Atoi(string(digits)) // not more than limit, which is an int
		if len(data) <= length {
			return r.incomplete()
		}
		comma := colon + 1 + length
		if stream[comma] != ',' {
			return r.reject(NoComma, comma, comma+2)
		}
		r.Strings = append(r.Strings, data[:length:length])
		r.Rest = comma + 1
	}
	return r
}

// leadingDigits counts the ASCII digits that text begins with.
func leadingDigits(text []byte) int {
	return len(text) - len(bytes.TrimLeft(text, "0123456789"))
}

// withinLimit counts the digits, from the first, that make a number not greater than
// most, which is in decimal too. As text is compared, nothing can overflow.
func withinLimit(digits []byte, most string) int {
	if len(digits) < len(most) {
		return len(digits) // fewer digits: a smaller number
	}
	if string(digits[:len(most)]) > most {
		return len(most) - 1
	}
	return len(most)
}

func (r Ruling) reject(reason Reason, fault, by int) Ruling {
	r.Verdict, r.Reason, r.Fault, r.RejectBy = conformance.Rejected, reason, fault, by
	return r
}

func (r Ruling) incomplete() Ruling {
	r.Verdict = conformance.Incomplete
	return r
}

// Why says in a phrase what the verdict rests on: `byte 5 ';' (3b) stands where the
// ',' after 3 bytes of data is due`.
func (r Ruling) Why() string {
	switch r.Verdict {
	case conformance.Complete:
		return "the stream ends after a whole netstring, or is empty"
	case conformance.Incomplete:
		return r.whyIncomplete()
	default:
	}
	fault := fmt.Sprintf("byte %d", r.Fault)
	if r.Fault < len(r.stream) {
		fault += " " + describeByte(r.stream[r.Fault])
	}
	switch r.Reason {
	case NoLength:
		return fault + " stands where a length is due"
	case LeadingZero:
		return fault + " follows a leading zero"
	case NoColon:
		if r.stream[r.Rest] == '0' {
			return fault + " stands where the ':' after the length 0 is due"
		}
		return fault + " stands where a digit or ':' is due"
	case TooLong:
		return fmt.Sprintf("%s makes the length greater than the limit of %d", fault, r.limit)
	default:
		length := r.stream[r.Rest : r.Rest+leadingDigits(r.stream[r.Rest:])]
		return fmt.Sprintf("%s stands where the ',' after %s of data is due", fault, bytesOf(length))
	}
}

func (r Ruling) whyIncomplete() string {
	rest := r.stream[r.Rest:]
	digits := leadingDigits(rest)
	if digits == len(rest) {
		return fmt.Sprintf("the length that begins at byte %d has no ':' yet", r.Rest)
	}
	return fmt.Sprintf("the netstring that begins at byte %d has %d of %s of data and no ',' yet",
		r.Rest, len(rest)-digits-1, bytesOf(rest[:digits]))
}

// bytesOf is a length with its unit.
func bytesOf(digits []byte) string {
	if string(digits) == "1" {
		return "1 byte"
	}
	return string(digits) + " bytes"
}
