package poetryserver

// Learn reads a poem from a server that runs already.
var Learn = learn
