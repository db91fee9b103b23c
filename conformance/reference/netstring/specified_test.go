package netstring_test

import (
	"math/big"
	"strings"

	"scansion/conformance/reference/netstring"
)

// beginning tells whether netstrings, with strings of any length up to limit, can
// begin with s, and whether s is one. A limit less than zero is none. It is the
// grammar of section 3, as slow as it is plain.
func beginning(s string, limit int64) (could, is bool) {
	digits := s[:len(s)-len(strings.TrimLeft(s, "0123456789"))]
	rest := s[len(digits):]
	if digits == "" {
		return rest == "", false
	}
	length, _ := new(big.Int).SetString(digits, 10)
	switch {
	case digits[0] == '0' && digits != "0":
		return false, false
	case limit >= 0 && length.Cmp(big.NewInt(limit)) > 0:
		return false, false
	case rest == "":
		return true, false
	case rest[0] != ':':
		return false, false
	case length.Cmp(big.NewInt(int64(len(rest)-1))) >= 0:
		return true, false
	}
	is = rest[1+length.Int64():] == ","
	return is, is
}

// specified is what must come of a stream: a second opinion, for short ones.
func specified(stream string, limit int64) (o outcome) {
	begin := 0
	for i := range len(stream) {
		could, is := beginning(stream[begin:i+1], limit)
		if !could {
			o.Err, o.Offset, o.Found = netstring.ErrMalformed, int64(i), int(stream[i])
			if unlimited, _ := beginning(stream[begin:i+1], -1); unlimited {
				o.Err = netstring.ErrTooLong
			}
			return o
		}
		if is {
			_, data, _ := strings.Cut(stream[begin:i+1], ":")
			o.Strings = append(o.Strings, strings.TrimSuffix(data, ","))
			begin = i + 1
		}
	}
	if begin < len(stream) {
		o.Err, o.Offset, o.Found = netstring.ErrIncomplete, int64(len(stream)), netstring.End
	}
	return o
}
