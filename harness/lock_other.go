//go:build !unix || aix || illumos || solaris

package harness

import (
	"errors"
	"io/fs"
	"os"
)

// lockExclusively makes a file, and returns nil if there is one: somebody has it, or has
// left it. So here a folder is used once, and it is for people to remove it.
func lockExclusively(path string) (*os.File, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o666)
	if errors.Is(err, fs.ErrExist) {
		return nil, nil
	}
	return file, err
}
