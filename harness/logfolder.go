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

// logFolders are those that this process has claimed, by their configured paths.
var logFolders = struct {
	sync.Mutex
	claimed map[string]*logFolder
}{claimed: map[string]*logFolder{}}

// claimedFolder returns the folder that this process has for a configured path.
func claimedFolder(path string) (*logFolder, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("cannot find the folder of the logs: %w", err)
	}
	logFolders.Lock()
	defer logFolders.Unlock()
	if f := logFolders.claimed[path]; f != nil {
		return f, nil
	}
	f, err := claimFolder(path)
	if err != nil {
		return nil, fmt.Errorf("cannot make a folder for the logs: %w", err)
	}
	logFolders.claimed[path] = f
	return f, nil
}

// mostFolders is how many names are tried.
const mostFolders = 1000

// claimFolder makes an empty folder. If there is one without our marker, or one that
// another run has locked, it takes another name.
func claimFolder(path string) (*logFolder, error) {
	for n := range mostFolders {
		name := path
		if n > 0 {
			name = fmt.Sprintf("%s-%d", path, n)
		}
		if f, err := tryFolder(name); f != nil || err != nil {
			return f, err
		}
	}
	return nil, fmt.Errorf("%s and %d others like it are taken; remove some", path, mostFolders-1)
}

// tryFolder is claimFolder for one name; it returns nil if that is somebody else's.
func tryFolder(path string) (*logFolder, error) {
	err := os.Mkdir(path, 0o777)
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, err
	}
	if err != nil && !exists(filepath.Join(path, markerFile)) {
		return nil, nil
	}
	lock, err := lockExclusively(filepath.Join(path, lockFile))
	if lock == nil || err != nil {
		return nil, err
	}
	err = errors.Join(removeLogs(path), os.WriteFile(filepath.Join(path, markerFile), []byte(markerText), 0o666))
	if err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	return &logFolder{path: path, lock: lock}, nil
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// removeLogs removes what a former run has left, except for marker and lock.
func removeLogs(path string) error {
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
