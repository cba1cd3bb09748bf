package hub

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"parley/backend/agent"
	"parley/backend/channel"
	"parley/backend/conversation"
	"parley/backend/eventlog"
	"parley/backend/eventlog/badger"
	"parley/backend/hub/config"
	"parley/backend/hub/engine"
	"parley/backend/hub/organisation"
	"parley/backend/id"
)

// Offline is what can be done with a data directory while no hub runs on it.
type Offline struct {
	Log          *badger.Log
	Organisation *organisation.Live

	engine *engine.Engine
}

// OfflineActor is who changes the organisation in a data directory, in the log:
// whoever may write to it.
const OfflineActor = "system"

// OpenOffline opens a data directory. Config says where its second copy lies, and
// which queues the hub needs; nil = nothing of the kind. Close it.
func OpenOffline(ctx context.Context, data string, c *config.Config, logger *slog.Logger) (*Offline, error) {
	if _, err := os.Stat(LogDir(data)); err != nil {
		return nil, fmt.Errorf("%s is not a hub's data directory: %w", data, err)
	}
	log, err := openLog(Options{Data: data, Config: c, Logger: logger, Log: badger.Options{ScrubRate: -1}})
	if err != nil {
		return nil, err
	}
	o := &Offline{Log: log}
	o.engine, err = engine.Open(ctx, engine.Options{Log: log, Vault: noVault{}, Rules: noRules{}, Logger: logger, Now: time.Now})
	if err == nil {
		options := organisation.Options{Engine: o.engine, Offline: true, Logger: logger}
		if c != nil {
			options.Pinned = c.Pinned()
		}
		o.Organisation, err = organisation.Open(ctx, options)
	}
	if err != nil {
		return nil, errors.Join(err, o.Close())
	}
	return o, nil
}

// Close closes the log.
func (o *Offline) Close() error {
	if o.Organisation != nil {
		o.Organisation.Close()
	}
	if o.engine != nil {
		o.engine.Close()
	}
	return o.Log.Close()
}

// noVault: nothing of an organisation is sealed.
type noVault struct{}

var errOffline = errors.New("this needs a running hub")

func (noVault) Seal(string, []byte) (eventlog.Sealed, string, error) {
	return eventlog.Sealed{}, "", errOffline
}
func (noVault) Open(context.Context, string) ([]byte, error) { return nil, errOffline }

// noRules: nothing but the organisation is decided about.
type noRules struct{}

func (noRules) Queue(id.Queue) conversation.Settings         { return conversation.Settings{} }
func (noRules) Profile(channel.Kind, string) channel.Profile { return channel.Profile{} }
func (noRules) Utilization(id.Agent) agent.Utilization       { return agent.Utilization{} }
