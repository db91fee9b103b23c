package process_test

import (
	"fmt"

	"scansion/internal/process"
)

func Example() {
	p, err := process.Start(process.Spec{
		Words: []string{"sh", "-c", "echo A LAMP, A ROPE; exit 3"},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	<-p.Exited()
	fmt.Print(p.Log())
	fmt.Println(p.Exit().How)
	if err := p.Stop(); err != nil { // what it may have left behind
		fmt.Println(err)
	}
	// Output:
	// A LAMP, A ROPE
	// exit status 3
}
