package harness

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
)

// The two files that each folder of logs has besides the logs.
const (
	markerFile = "_scansion_marker"
	lockFile   = "_scansion_lock"
)

// markerText is for who wonders.
const markerText = "A run of specs has left its logs here. The next run replaces this folder.\n"

// logFolder is the folder of one run of one process.
type logFolder struct {
	path string
	lock *os.File // held as long as the process lives
	logs atomic.Int64
}

// folders are those that this process has taken, by what they were to be called.
var folders struct {
	sync.Mutex
	taken map[string]*logFolder
}

// theFolder returns the folder of this process.
func theFolder(path string) (*logFolder, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("cannot find the folder of the logs: %w", err)
	}
	folders.Lock()
	defer folders.Unlock()
	if f := folders.taken[path]; f != nil {
		return f, nil
	}
	f, err := takeFolder(path)
	if err != nil {
		return nil, fmt.Errorf("cannot make a folder for the logs: %w", err)
	}
	if folders.taken == nil {
		folders.taken = map[string]*logFolder{}
	}
	folders.taken[path] = f
	return f, nil
}

// mostFolders is how many names are tried.
const mostFolders = 1000

// takeFolder makes an empty folder. If there is one that no run has left, or one that
// a run still has, it takes another name.
func takeFolder(path string) (*logFolder, error) {
	for n := range mostFolders {
		name := path
		if n > 0 {
			name = fmt.Sprintf("%s-%d", path, n)
		}
		f, err := tryFolder(name)
		if err != nil {
			return nil, err
		}
		if f != nil {
			return f, nil
		}
	}
	return nil, fmt.Errorf("%s and %d others like it are taken; remove some", path, mostFolders-1)
}

// tryFolder is takeFolder for one name; it returns nil if that is somebody else's.
func tryFolder(path string) (*logFolder, error) {
	err := os.Mkdir(path, 0o777)
	isNew := err == nil
	if !isNew && !errors.Is(err, fs.ErrExist) {
		return nil, err
	}
	if !isNew && !exists(filepath.Join(path, markerFile)) {
		return nil, nil
	}
	lock, err := lockExclusively(filepath.Join(path, lockFile))
	if lock == nil || err != nil {
		return nil, err
	}
	if err := empty(path); err != nil {
		_ = lock.Close() // the other error is the one to tell
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(path, markerFile), []byte(markerText), 0o666); err != nil {
		_ = lock.Close() // the other error is the one to tell
		return nil, err
	}
	return &logFolder{path: path, lock: lock}, nil
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// empty removes what a former run has left, but for marker and lock.
func empty(path string) error {
	left, err := os.ReadDir(path)
	if err != nil {
		return err
	}
	for _, entry := range left {
		if entry.Name() == markerFile || entry.Name() == lockFile {
			continue
		}
		if err := os.RemoveAll(filepath.Join(path, entry.Name())); err != nil {
			return err
		}
	}
	return nil
}
