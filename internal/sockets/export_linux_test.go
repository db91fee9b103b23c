package sockets

// Table is a way of finding sockets.
type Table = table

// Diag asks the kernel, and Files reads its table.
var (
	Diag  Table = diag{}
	Files Table = files{}
)

// At is the local addresses of the sockets at a port, for people.
func At(t Table, port int, listening bool) ([]string, error) {
	found, err := t.at(port, listening)
	var all []string
	for _, s := range found {
		all = append(all, s.local.Addr().String())
	}
	return all, err
}

// Has reports whether there is a socket with these two ends.
var Has = Table.has
