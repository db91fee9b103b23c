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

// spool is the log of one spec: a file, which there is as soon as there is something to
// write, and the last lines. It is not safe for several goroutines.
type spool struct {
	folder string // what Config.Folder says
	title  string

	file  *os.File
	path  string
	err   error // why there is no file
	lines [][]byte
	next  int // where in lines the next one goes, when they are full
	cut   int // how many lines were let go
}

// Write adds what is one record, and so one line.
func (s *spool) Write(record []byte) (int, error) {
	if s.file == nil && s.err == nil {
		s.file, s.err = createLog(s.folder, s.title)
		if s.err == nil {
			s.path = s.file.Name()
		}
	}
	if s.err == nil {
		_, s.err = s.file.Write(record)
	}
	for line := range bytes.Lines(record) {
		s.keep(bytes.TrimSuffix(line, []byte("\n")))
	}
	return len(record), nil
}

func (s *spool) keep(line []byte) {
	if len(s.lines) < tailLines {
		s.lines = append(s.lines, bytes.Clone(line))
		return
	}
	s.lines[s.next] = append(s.lines[s.next][:0], line...)
	s.next = (s.next + 1) % tailLines
	s.cut++
}

// tail is the last lines, and the file.
func (s *spool) tail() (lines, file string) {
	var b strings.Builder
	if s.cut > 0 {
		fmt.Fprintf(&b, "... %d lines are left out here\n", s.cut)
	}
	for i := range s.lines {
		b.Write(s.lines[(s.next+i)%len(s.lines)])
		b.WriteByte('\n')
	}
	if s.err != nil {
		fmt.Fprintf(&b, "(this could not be written to a file: %v)\n", s.err)
	}
	return b.String(), s.path
}

func (s *spool) close() {
	if s.file != nil {
		_ = s.file.Close() // nobody reads it now, and who does later finds what there is
		s.file = nil
	}
	if s.err == nil {
		s.err = os.ErrClosed
	}
}

// longestName is of a log file, in bytes without number and extension.
const longestName = 80

// createLog makes a file for the log of one spec.
func createLog(folder, title string) (*os.File, error) {
	f, err := theFolder(folder)
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
		b.WriteByte('-')
		b.WriteString(word)
	}
	return b.String()
}
