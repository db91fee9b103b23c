package checks

// Generated makes the text of exactly size bytes that large fixtures are made of.
func Generated(size int, pattern string) []byte { return generated(size, pattern)() }
