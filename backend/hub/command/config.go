package command

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"

	org "parley/backend/config"
	"parley/backend/hub"
	"parley/backend/hub/config"
	"parley/backend/id"
	"parley/backend/protocol"
)

// errDiffers: the organisation is another than its file wants; how has been
// printed.
var errDiffers = errors.New("differs")

// configure runs the commands about configuration files.
func configure(ctx context.Context, args []string, s Streams) error {
	name := ""
	if len(args) > 0 {
		name = args[0]
	}
	switch {
	case name == "schema" && len(args) == 1:
		_, err := s.Out.Write(config.Schema)
		return err
	case name == "check" && len(args) == 2:
		return check(args[1], s)
	case name == "plan", name == "apply":
		err := wish(ctx, name, args[1:], s)
		if errors.Is(err, errUsage) {
			return errAsked // 2 means something else here
		}
		return err
	}
	fmt.Fprint(s.Err, usage)
	return errUsage
}

func check(file string, s Streams) error {
	c, err := config.Load(file)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(s.Out, "%s is right: %s, %d queues, %d users, %d deployments\n",
		file, c.Name, len(c.Queues), len(c.Users), len(c.Deployments))
	return err
}

// wish plans or applies what a file wants.
func wish(ctx context.Context, name string, args []string, s Streams) error {
	var p place
	f := flags("config "+name, s)
	p.flags(f)
	file, err := withFile(f, args)
	if err != nil {
		return err
	}
	if err := p.check(f); err != nil {
		return err
	}
	c, err := config.Load(file)
	if err != nil {
		return err
	}
	var there wished
	if p.data != "" {
		there, err = openWished(ctx, p.data, c, s)
	} else {
		var at *client
		if at, err = p.dial(ctx, s.In); err == nil {
			there = &online{at}
		}
	}
	if err != nil {
		return err
	}
	err = carryOut(ctx, there, name == "apply", c.Organisation, s)
	if closing := there.close(ctx); err == nil || errors.Is(err, errDiffers) {
		err = errors.Join(err, closing)
	}
	return err
}

// wished is an organisation that a file wants to be another.
type wished interface {
	plan(context.Context, org.Organisation) (protocol.Plan, error)
	apply(context.Context, uint64, org.Organisation) (uint64, error)
	close(context.Context) error
}

func carryOut(ctx context.Context, there wished, apply bool, wish org.Organisation, s Streams) error {
	plan, err := there.plan(ctx, wish)
	if err != nil {
		return err
	}
	w := &words{to: s.Out}
	if len(plan.Steps) == 0 {
		w.say("Nothing differs at revision %d.", plan.Revision)
		return w.err
	}
	w.say("%sDifferences at revision %d: %d.", org.Text(plan.Steps), plan.Revision, len(plan.Steps))
	switch {
	case w.err != nil:
		return w.err
	case !apply:
		return errDiffers
	}
	rev, err := there.apply(ctx, plan.Revision, wish)
	if err != nil {
		return fmt.Errorf("nothing was applied: %w", err)
	}
	w.say("Applied as revision %d.", rev)
	return w.err
}

// online is the organisation of a running hub.
type online struct{ *client }

func (o *online) plan(ctx context.Context, wish org.Organisation) (protocol.Plan, error) {
	var plan protocol.Plan
	err := o.call(ctx, http.MethodPost, protocol.PathPlan, protocol.Wish{Organisation: wish}, &plan)
	return plan, err
}

func (o *online) apply(ctx context.Context, rev uint64, wish org.Organisation) (uint64, error) {
	var applied protocol.Applied
	err := o.call(ctx, http.MethodPost, protocol.PathApply, protocol.Wish{Revision: rev, ID: id.Command(id.New()), Organisation: wish}, &applied)
	return applied.Revision, err
}

func (o *online) close(ctx context.Context) error { return o.signOut(ctx) }

// offline is the organisation in a data directory.
type offline struct{ *hub.Offline }

func openWished(ctx context.Context, data string, c *config.Config, s Streams) (wished, error) {
	o, err := hub.OpenOffline(ctx, data, c, slog.New(slog.NewTextHandler(s.Err, &slog.HandlerOptions{Level: slog.LevelWarn})))
	if err != nil {
		return nil, err
	}
	return &offline{o}, nil
}

func (o *offline) plan(_ context.Context, wish org.Organisation) (protocol.Plan, error) {
	v := o.Organisation.View()
	steps, err := o.Organisation.Plan(v, org.Replace{Rev: v.Rev, Organisation: wish})
	return protocol.Plan{Revision: v.Rev, Steps: steps}, err
}

func (o *offline) apply(ctx context.Context, rev uint64, wish org.Organisation) (uint64, error) {
	cmd := org.Replace{Origin: org.Origin{Via: org.ViaOffline}, Rev: rev, Organisation: wish}
	r, err := o.Organisation.Execute(ctx, id.Command(id.New()), hub.OfflineActor, cmd)
	return r.Rev, err
}

func (o *offline) close(context.Context) error { return o.Close() }
