package deskapi

import (
	"context"
	"errors"
	"syscall"

	"parley/backend/agent"
	"parley/backend/channel"
	"parley/backend/coach"
	org "parley/backend/config"
	"parley/backend/conversation"
	"parley/backend/eventlog"
	"parley/backend/hub/acd"
	"parley/backend/hub/board"
	"parley/backend/hub/engine"
	"parley/backend/monitor"
	"parley/backend/protocol"
	"parley/backend/supervisor"
)

// maxAttachments is how many files one message carries.
const maxAttachments = 10

// Errors of commands that never reach the engine.
var (
	errUnknownCommand = errors.New("the command holds nothing that this hub knows")
	errMessageID      = errors.New("a message's ID is 8 to 64 letters, digits and hyphens")
	errUnknownFile    = errors.New("a file of this message is not at the hub, or no more; edit the message to attach it again")
	errTooManyFiles   = errors.New("a message carries at most 10 files")
	errButtons        = errors.New("an agent's message carries no quick replies")
)

// problems gives each error that a desk may cause its code. Sentences are the
// errors' own.
var problems = []struct {
	err   error
	code  string
	retry bool
}{
	{org.ErrForbidden, "forbidden", false},
	{conversation.ErrNotStarted, "not_found", false},
	{conversation.ErrEnded, "ended", false},
	{conversation.ErrNotWaiting, "not_waiting", false},
	{conversation.ErrNotAlerting, "not_alerting", false},
	{conversation.ErrNotConnected, "not_connected", false},
	{conversation.ErrNotInACW, "not_in_acw", false},
	{conversation.ErrEmpty, "empty", false},
	{conversation.ErrTooLong, "too_long", false},
	{conversation.ErrUnknownCode, "unknown_code", false},
	{agent.ErrUnknownPresence, "unknown_presence", false},
	{acd.ErrLapsed, "lapsed", false},
	{agent.ErrNoCapacity, "no_capacity", false},
	{agent.ErrInterrupted, "no_capacity", false},
	{conversation.ErrNotParked, "not_parked", false},
	{conversation.ErrParkTime, "park_time", false},
	{conversation.ErrNoPull, "no_pull", false},
	{conversation.ErrForAnother, "for_another", false},
	{conversation.ErrSameAgent, "same_agent", false},
	{conversation.ErrNoTarget, "no_target", false},
	{errNoQueue, "unknown_queue", false},
	{errNoAgent, "unknown_agent", false},
	{errNotMember, "not_member", false},
	{engine.ErrCommandReused, "id_reused", false},
	{engine.ErrMessageReused, "id_reused", false},
	{engine.ErrBusy, "busy", true},
	{eventlog.ErrFull, "disk_full", true},
	{syscall.ENOSPC, "disk_full", true},
	{eventlog.ErrStopped, "log_stopped", true},
	{eventlog.ErrClosed, "restart", true},
	{eventlog.ErrDamaged, "damaged", false},
	{errUnknownCommand, "unknown_command", false},
	{errMessageID, "malformed", false},
	{errUnknownFile, "unknown_file", false},
	{errTooManyFiles, "too_many_files", false},
	{errButtons, "malformed", false},
	{org.ErrForbidden, "forbidden", false},
	{coach.ErrEmpty, "empty", false},
	{coach.ErrTooLong, "too_long", false},
	{coach.ErrOther, "not_connected", false},
	{monitor.ErrTooMany, "too_many", false},
	{errNotCoached, "not_coached", false},
	{errNotWatching, "not_watching", false},
	{errNoLeg, "no_agent", false},
	{board.ErrFuture, "future", false},
	{board.ErrNotToday, "not_today", false},
	{supervisor.ErrQuery, "no_such_report", false},
	{supervisor.ErrTooLong, "too_long", false},
	{supervisor.ErrTooMany, "too_many", false},
	{errNotReady, "not_ready", true},
	{context.Canceled, "restart", true},
}

// problem puts an error into a code and a sentence. What is nobody's business
// is logged and not told.
func (h *Hub) problem(err error) protocol.Problem {
	var refusal *channel.Refusal
	if errors.As(err, &refusal) {
		return protocol.Problem{Code: "policy", Message: refusal.Reason}
	}
	for _, p := range problems {
		if errors.Is(err, p.err) {
			text := p.err.Error()
			if p.err == conversation.ErrTooLong || p.err == conversation.ErrUnknownCode {
				text = inner(err).Error() // it names the limit, or the code
			}
			return protocol.Problem{Code: p.code, Message: text, Retry: p.retry}
		}
	}
	h.log.Error("a desk's request failed", "error", err)
	return protocol.Problem{Code: "internal", Message: "the hub failed; its log says why", Retry: true}
}

// inner is the core's own error, without the stream's name that the engine
// puts before it.
func inner(err error) error {
	for {
		next := errors.Unwrap(err)
		if next == nil || errors.Unwrap(next) == nil {
			return err
		}
		err = next
	}
}
