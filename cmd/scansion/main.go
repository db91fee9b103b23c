// Command scansion judges programs that speak the poetry protocols.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"scansion/internal/process"
)

// version is what reports say that they were made by.
const version = "0.1.0"

// The exit statuses, on which others' scripts depend.
const (
	exitConforms    = 0
	exitFails       = 1
	exitUsage       = 2   // wrong usage; or a check that is itself broken
	exitNotRun      = 3   // or no MUST could be judged
	exitInterrupted = 130 // as shells report a program that SIGINT ended
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// The second signal ends the program at once.
	context.AfterFunc(ctx, stop)
	// What targets leave behind is ours to end. Where that cannot be had, their
	// process groups are ended all the same.
	_ = process.AdoptOrphans()
	status := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	process.KillOrphans()
	os.Exit(status)
}

// run is the whole program: it returns the exit status.
func run(ctx context.Context, args []string, out, errs io.Writer) int {
	root := rootCommand()
	root.SetArgs(append([]string{}, args...)) // nil would stand for the arguments of this process
	root.SetOut(out)
	root.SetErr(errs)
	err := root.ExecuteContext(ctx)
	var status statusError
	switch {
	case err == nil:
		return exitConforms
	case errors.As(err, &status):
		if status.err != nil {
			fmt.Fprintf(errs, "scansion: %v\n", status.err)
		}
		return status.status
	default:
		// Whatever a command did not give a status is about how it was called.
		fmt.Fprintf(errs, "scansion: %v\n", err)
		return exitUsage
	}
}

// statusError is an error with an exit status of its own. A nil err has been told
// already.
type statusError struct {
	status int
	err    error
}

func (e statusError) Error() string { return fmt.Sprintf("exit status %d: %v", e.status, e.err) }

func (e statusError) Unwrap() error { return e.err }

func rootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:   "scansion",
		Short: "Judge programs that speak the poetry protocols",
		Long: `Scansion tells whether a program keeps the poetry protocols, and shows the bytes
where it does not.

Exit status: 0 it conforms (at --level), 1 it does not, 2 wrong usage, 3 the
target could not be run, or no MUST of it could be judged.`,
		Version:       version,
		SilenceUsage:  true,
		SilenceErrors: true,
		Args:          cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := c.Help(); err != nil {
				return err
			}
			return errors.New("name a command, for example: scansion check")
		},
	}
	root.CompletionOptions.DisableDefaultCmd = true
	root.AddCommand(checkCommand(), fuzzCommand(), listCommand(), selftestCommand(), serveCommand(), getCommand(), netstringCommand())
	return root
}
