package netstring

import (
	"slices"
	"strconv"
)

// overhead is how much longer a netstring is than its data, at most.
const overhead = len("9223372036854775807:,")

// Append appends data to dst as a netstring, and returns the extended slice. There
// is no limit on the length of data: what is too long is for the receiver to say.
func Append[Data ~[]byte | ~string](dst []byte, data Data) []byte {
	dst = slices.Grow(dst, len(data)+overhead)
	dst = strconv.AppendInt(dst, int64(len(data)), 10)
	dst = append(dst, ':')
	dst = append(dst, data...)
	return append(dst, ',')
}
