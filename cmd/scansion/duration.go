package main

import (
	"strings"
	"time"

	"github.com/spf13/pflag"
)

// duration is a flag that is given as a Go duration or in plain seconds: 1m30s, or 2.5.
type duration time.Duration

var _ pflag.Value = (*duration)(nil)

// Set takes the flag's text.
func (d *duration) Set(text string) error {
	if text != "" && strings.Trim(text, "0123456789.") == "" {
		text += "s"
	}
	value, err := time.ParseDuration(text)
	*d = duration(value)
	return err
}

// String is nothing for 0, so that help shows no default.
func (d *duration) String() string {
	if *d == 0 {
		return ""
	}
	return time.Duration(*d).String()
}

// Type is how help names the value.
func (d *duration) Type() string { return "duration" }
