package servers

import (
	"scansion/conformance"
)

// Leaks reports whether memory is taken to leak, of a target that held, in MiB, so
// much after each of equal numbers of clients, and whether it may, after so many times
// as many clients.
func Leaks(perCount int, held []int, times float64) (leaks, mayLeak bool) {
	r := record{}
	for i, n := range held {
		r = append(r, sample{i * perCount, conformance.Usage{Memory: int64(n) * mib}})
	}
	return r.leaks(metrics()[0]), r.mayLeak(metrics()[0], times)
}

// Thinned returns what is left of so many counts when every second is left out.
func Thinned(counts int) (clients []int) {
	r := record{}
	for i := range counts {
		r = append(r, sample{clients: i})
	}
	for _, s := range r.thin() {
		clients = append(clients, s.clients)
	}
	return clients
}
