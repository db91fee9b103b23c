package main

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"scansion/conformance"
	"scansion/conformance/checks"
)

func listCommand() *cobra.Command {
	var format string
	c := &cobra.Command{
		Use:   "list [ROLE ...]",
		Short: "List the requirements",
		RunE: func(c *cobra.Command, names []string) error {
			write, ok := map[string]func(io.Writer, []conformance.Role) error{
				"text": listText, "json": listJSON, "markdown": listMarkdown,
			}[format]
			if !ok {
				return fmt.Errorf("--format: unknown format %q: use text, json or markdown", format)
			}
			roles, err := checks.ForRoles(names)
			if err != nil {
				return err
			}
			if err := write(c.OutOrStdout(), roles); err != nil {
				return statusError{exitFails, err}
			}
			return nil
		},
	}
	c.Flags().StringVar(&format, "format", "text", "text, json or markdown")
	return c
}

func listText(w io.Writer, roles []conformance.Role) error {
	for _, role := range roles {
		for _, r := range role.Requirements {
			if _, err := fmt.Fprintf(w, "%-6s %-56s %s\n       %s\n", r.Level, role.ID(r.Slug), r.Source, r.Statement); err != nil {
				return err
			}
		}
	}
	return nil
}

// listed is a requirement as list tells it to programs.
type listed struct {
	ID        string            `json:"id"`
	Role      string            `json:"role"`
	Level     conformance.Level `json:"level"`
	Statement string            `json:"statement"`
	Source    string            `json:"source"`
}

func listJSON(w io.Writer, roles []conformance.Role) error {
	all := []listed{}
	for _, role := range roles {
		for _, r := range role.Requirements {
			all = append(all, listed{role.ID(r.Slug), role.Name, r.Level, r.Statement, r.Source.String()})
		}
	}
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	return encoder.Encode(all)
}

func listMarkdown(w io.Writer, roles []conformance.Role) error {
	_, err := fmt.Fprint(w, "# The requirements\n\nWritten by `scansion list --format markdown`; the sections are those of [the specification](specification.md).\n")
	for _, role := range roles {
		if err == nil {
			_, err = fmt.Fprintf(w, "\n## %s\n\n| ID | level | statement | section | tutorial |\n|---|---|---|---|---|\n", role.Name)
		}
		for _, r := range role.Requirements {
			if err == nil {
				_, err = fmt.Fprintf(w, "| `%s` | %s | %s | %s | %s |\n", r.Slug, r.Level, r.Statement, r.Source.Section, r.Source.Part)
			}
		}
	}
	return err
}
