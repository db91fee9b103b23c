package fuzz

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Save writes the case into a folder, which is made if it is missing, and returns the
// file's path. A case that is there already keeps its file, comments included.
func Save(folder string, c Case) (string, error) {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return "", fmt.Errorf("the corpus: %w", err)
	}
	path := filepath.Join(folder, c.Name())
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	text, err := c.MarshalText()
	if err != nil {
		return "", err
	}
	if err := os.WriteFile(path, text, 0o644); err != nil {
		return "", fmt.Errorf("the corpus: %w", err)
	}
	return path, nil
}

// Load reads all files of a folder whose names end in ".case", in the order of the
// names, which may be any. A folder that does not exist is empty. The error joins
// those of all files that cannot be read; the other cases are returned with it.
func Load(folder string) ([]Case, error) {
	entries, err := os.ReadDir(folder)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("the corpus: %w", err)
	}
	var (
		cases  []Case
		failed []error
	)
	for _, entry := range entries {
		if filepath.Ext(entry.Name()) != ".case" {
			continue
		}
		path := filepath.Join(folder, entry.Name())
		var c Case
		text, err := os.ReadFile(path)
		if err == nil {
			err = c.UnmarshalText(text)
		}
		if err != nil {
			failed = append(failed, fmt.Errorf("the corpus: %s: %w", path, err))
			continue
		}
		cases = append(cases, c)
	}
	return cases, errors.Join(failed...)
}
