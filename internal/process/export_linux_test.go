package process

// KillGroup kills what is left of a group whose leader has ended.
var KillGroup = killGroup

// Mark is what all that a process has started has in its environment, and nobody else.
func (p *Process) Mark() string { return p.mark }
