package reactor

import (
	"os"
	"os/signal"
	"syscall"
)

// signals delivers the signals that are to stop the reactor, until release is
// called, which may be done twice.
func (r *TCP) signals() (signals <-chan os.Signal, release func()) {
	if !r.config.HandleSignals {
		return nil, func() {}
	}
	c := make(chan os.Signal, 1)
	signal.Notify(c, os.Interrupt, syscall.SIGTERM)
	return c, func() { signal.Stop(c) }
}
