package netstring

// Reserved is how many bytes the decoder has reserved for a string in pieces.
func Reserved(d *Decoder) int { return cap(d.buf) }
