package harness

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"unicode"
)

// tailLines is how much of the log is shown of a spec that has failed.
const tailLines = 40

// specLog is the log of one spec: a file, which is made when the first record is written,
// and the last lines. It is not safe for several goroutines.
type specLog struct {
	folder string // [Config].LogFolder
	title  string

	file    *os.File
	path    string
	err     error // why there is no file
	lines   []string
	omitted int // how many lines came before
}

// Write adds what is one record, and so one line.
func (l *specLog) Write(record []byte) (int, error) {
	if l.file == nil && l.err == nil {
		l.file, l.err = createLog(l.folder, l.title)
		if l.err == nil {
			l.path = l.file.Name()
		}
	}
	if l.err == nil {
		_, l.err = l.file.Write(record)
	}
	if len(l.lines) == tailLines {
		l.lines = l.lines[1:]
		l.omitted++
	}
	l.lines = append(l.lines, string(bytes.TrimSuffix(record, []byte("\n"))))
	return len(record), nil
}

// tail is the last lines, and the path of the file.
func (l *specLog) tail() (lines, file string) {
	var b strings.Builder
	if l.omitted > 0 {
		fmt.Fprintf(&b, "... %d lines are left out here\n", l.omitted)
	}
	for _, line := range l.lines {
		b.WriteString(line + "\n")
	}
	if l.err != nil {
		fmt.Fprintf(&b, "(this could not be written to a file: %v)\n", l.err)
	}
	return b.String(), l.path
}

func (l *specLog) close() {
	if l.file != nil {
		_ = l.file.Close() // nobody reads it now, and who does later finds what there is
	}
}

// longestName is of a log file, in bytes without number and extension.
const longestName = 80

// createLog makes a file for the log of one spec.
func createLog(folder, title string) (*os.File, error) {
	f, err := claimedFolder(folder)
	if err != nil {
		return nil, err
	}
	name := fmt.Sprintf("%04d%s.log", f.logs.Add(1), fileName(title))
	file, err := os.OpenFile(filepath.Join(f.path, name), os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o666)
	if err != nil {
		return nil, fmt.Errorf("cannot make a log file: %w", err)
	}
	return file, nil
}

// fileName makes a piece of a file's name of a title, whatever is in it.
func fileName(title string) string {
	var b strings.Builder
	for word := range strings.FieldsFuncSeq(title, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		if b.Len()+1+len(word) > longestName {
			break
		}
		b.WriteString("-" + word)
	}
	return b.String()
}
