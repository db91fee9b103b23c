package report

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"scansion/conformance"
)

// File is a report that goes to a file.
type File struct {
	Format string // one of Formats
	Path   string
}

// Write writes reports to the file, whole or not at all: they are written beside
// the file and then take its place, so that after an error, or if the process is
// killed, an older report is still there. What is not a regular file, such as a
// pipe or /dev/stdout, cannot be replaced and is written to as it is.
func (f File) Write(reports []*conformance.Report, o Options) error {
	write, err := Lookup(f.Format)
	if err != nil {
		return err
	}
	into := func(w io.Writer) error { return write(w, reports, o) }
	info, err := os.Stat(f.Path)
	switch {
	case err == nil && !info.Mode().IsRegular():
		err = overwrite(f.Path, into)
	case err == nil:
		err = replace(f.Path, info.Mode().Perm(), into)
	case errors.Is(err, fs.ErrNotExist):
		err = replace(f.Path, 0, into)
	}
	if err != nil {
		return fmt.Errorf("report to %s: %w", f.Path, err)
	}
	return nil
}

func overwrite(path string, into func(io.Writer) error) error {
	file, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	return errors.Join(into(file), file.Close())
}

// replace puts a new file in the place of path, with the permissions of the old
// one, or those that new files have if mode is zero.
func replace(path string, mode fs.FileMode, into func(io.Writer) error) error {
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target // a link stays a link
	}
	file, err := createBeside(path)
	if err != nil {
		return err
	}
	err = into(file)
	if err == nil && mode != 0 {
		err = file.Chmod(mode)
	}
	if err == nil {
		err = file.Sync() // else a crash could leave the name with nothing behind it
	}
	if err = errors.Join(err, file.Close()); err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(file.Name()))
	}
	return nil
}

// createBeside creates a new file in the same directory. os.CreateTemp would
// make one that nobody else may read, whatever the umask.
func createBeside(path string) (*os.File, error) {
	const attempts = 100
	dir, base := filepath.Split(path)
	for i := 0; ; i++ {
		name := filepath.Join(dir, fmt.Sprintf(".%s.%d-%d", base, os.Getpid(), i))
		file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
		if err == nil || !errors.Is(err, fs.ErrExist) || i == attempts {
			return file, err
		}
	}
}
