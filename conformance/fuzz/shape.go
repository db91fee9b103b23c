package fuzz

// Shape is what a generated case was meant to be. Chance may have made something else
// of it: a mutation may leave a stream valid.
type Shape uint8

// The shapes. Good netstrings may stand before and after what each is about.
const (
	Unshaped    Shape = iota // from elsewhere than the generator
	Valid                    // netstrings in a row, or none
	Many                     // many short netstrings in a row
	Nested                   // netstrings, or what looks like them, as data
	PowerOfTwo               // data, or a whole netstring, of a size near a power of two
	NearLimit                // a length near the limit, with or without its data
	Truncated                // netstrings that end early
	Mutated                  // netstrings with bytes changed, dropped, added, doubled or swapped
	LeadingZero              // zeros before a length
	Sign                     // a sign before or after a length
	Blank                    // white space before or after a length
	NoLength                 // a ':' or ',' without a length
	NotDigit                 // what some number parsers take for a length, or another byte in it
	Terminator               // another byte in place of the ','
	Miscounted               // a length that is not that of the data
	LongDigits               // a length of very many digits
	Overflow                 // a length that does not fit so many bits, with the data of what is left of it
	Noise                    // random bytes, often those that netstrings are made of
	shapes                   // how many there are
)

var shapeNames = [shapes]string{
	"unshaped", "valid", "many", "nested", "power of two", "near limit", "truncated", "mutated", "leading zero",
	"sign", "blank", "no length", "not a digit", "terminator", "miscounted", "long digits", "overflow", "noise",
}

// String names the shape.
func (s Shape) String() string {
	if s >= shapes {
		return "an unknown shape"
	}
	return shapeNames[s]
}

// weights tell how often each shape is made, in 64ths.
var weights = [shapes]int{
	Valid: 9, Many: 1, Nested: 4, PowerOfTwo: 3, NearLimit: 4, Truncated: 6, Mutated: 7, LeadingZero: 3, Sign: 3,
	Blank: 3, NoLength: 2, NotDigit: 4, Terminator: 4, Miscounted: 3, LongDigits: 2, Overflow: 4, Noise: 2,
}

// draw has a shape as often as its weight is.
var draw = func() (all [64]Shape) {
	i := 0
	for shape, n := range weights {
		for range n {
			all[i] = Shape(shape)
			i++
		}
	}
	return all
}()
