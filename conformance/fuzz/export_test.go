package fuzz

// GenerateRequest is for specs of the generator.
var GenerateRequest = generateRequest

// Smaller are the cases that are one step simpler than c.
func Smaller(c Case) (all []Case) {
	for _, s := range stepsOf(c) {
		if smaller := s(); !smaller.equal(c) {
			all = append(all, smaller)
		}
	}
	return all
}
