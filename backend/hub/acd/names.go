package acd

import (
	"strconv"
	"strings"

	"parley/backend/hub/engine"
	"parley/backend/id"
)

// An assignment is one command on a conversation. Its ID is also the name of
// the communication and of the reservation that it begins with, so that each
// can be found from the others: whoever finds a reservation knows which command
// would have used it, and can rule it out. Later attempts of a command add a
// number behind a dot, which no desk's command may contain.

// attempt names the reservation of a command's n-th attempt, from 0 on.
func attempt(cmd id.Command, n int) id.Communication {
	if n == 0 {
		return id.Communication(cmd)
	}
	return id.Communication(string(cmd) + "." + strconv.Itoa(n))
}

// commandOf is the command whose attempt has this name.
func commandOf(c id.Communication) id.Command {
	cmd, _, _ := strings.Cut(string(c), ".")
	return id.Command(cmd)
}

// reserving and releasing are the commands on the agent's stream. A name is
// reserved once and released once, ever.
func reserving(c id.Communication) id.Command { return engine.FollowUp("reserve", string(c)) }
func releasing(c id.Communication) id.Command { return engine.FollowUp("release", string(c)) }
