// Package netstring is the reference netstring codec: what "conforms" means for a
// program that writes and reads netstrings (Parts 11 and 12).
//
//	netstring = length ":" data ","      length = "0" / ( %x31-39 *%x30-39 )
//
// [Append] writes. Whoever is given bytes as they come, as a protocol of a reactor
// is, feeds them to a [Decoder]; whoever may block has a [Reader] read them. Both
// are strict, hand out the strings before a fault and none after it, and say with a
// [SyntaxError] which byte of the stream was wrong, as soon as it is seen. The
// longest string that they accept is 99,999 bytes long unless MaxLength says
// otherwise; a longer one is refused at the digit that makes it too long.
//
//	var d netstring.Decoder
//	...
//	d.Feed(chunk)
//	for d.Next() {
//		use(d.Bytes())
//	}
//	if err := d.Err(); err != nil {
//		// Nothing more will come.
//	}
package netstring
