//go:build unix && !aix && !illumos && !solaris

package harness

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// lockExclusively locks a file, and makes it if there is none. It returns nil if
// somebody else has it. The lock ends with the process, whichever way that ends.
func lockExclusively(path string) (*os.File, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o666)
	if err != nil {
		return nil, err
	}
	err = syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if err != nil {
		_ = file.Close() // nothing was written
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, nil
		}
		return nil, fmt.Errorf("cannot lock %s: %w", path, err)
	}
	return file, nil
}
