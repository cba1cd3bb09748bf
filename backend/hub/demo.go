package hub

import (
	"crypto/rand"
	_ "embed" // the demo organisation
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/google/uuid"

	org "parley/backend/config"
	"parley/backend/hub/auth"
	"parley/backend/hub/config"
	"parley/backend/id"
)

const demoFile = "demo.json"

// demoSecrets are made once for each data directory and kept in a file that its
// owner alone can read.
type demoSecrets struct {
	Deployment id.Deployment       `json:"deployment"`
	Passwords  map[id.Agent]string `json:"passwords"`
	// Channels is what the secrets of messaging channels are made of.
	Channels string `json:"channels"`
}

// demoConfig is the demo organisation: a shop for outdoor clothing.
//
//go:embed demo.yaml
var demoConfig []byte

// organisation returns the configuration to serve, and in a demo its users.
func (o Options) organisation() (*config.Config, []User, error) {
	if !o.Demo {
		if o.Config == nil {
			return nil, nil, errors.New("a hub needs a configuration, or --demo")
		}
		return o.Config, nil, nil
	}
	c, err := config.Parse("demo", demoConfig)
	if err != nil {
		return nil, nil, fmt.Errorf("the demo organisation: %w", err)
	}
	secrets, err := o.demoSecrets(c)
	if err != nil {
		return nil, nil, err
	}
	// Each deployment's ID derives from the one before.
	next := secrets.Deployment
	for i := range c.Deployments {
		c.Deployments[i].ID = next
		next = id.Deployment(uuid.NewSHA1(uuid.NameSpaceOID, []byte(next)).String())
	}
	c.Channels = demoChannels(secrets.Channels, o.PlatformURL, c.Deployments[0].Queue)
	return c, demoUsers(c, secrets), nil
}

// demoUsers gives everybody their password, and lists agents first.
func demoUsers(c *config.Config, secrets demoSecrets) []User {
	var users []User
	for _, role := range org.Roles() {
		for _, u := range c.Users {
			if u.Roles[0] != role {
				continue
			}
			password := secrets.Passwords[u.ID]
			c.Passwords[u.ID] = auth.Hash(password)
			users = append(users, User{User: string(u.ID), Password: password, Role: string(role)})
		}
	}
	return users
}

// demoSecrets reads the demo's secrets, and makes those that are missing.
func (o Options) demoSecrets(c *config.Config) (demoSecrets, error) {
	file := filepath.Join(o.Data, demoFile)
	s := demoSecrets{}
	data, err := os.ReadFile(file)
	if err == nil {
		err = json.Unmarshal(data, &s)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return s, fmt.Errorf("read the demo's secrets from %s; delete it to have new ones made: %w", file, err)
	}
	made := false
	if s.Deployment == "" {
		s.Deployment, made = id.Deployment(uuid.NewString()), true
	}
	if s.Channels == "" {
		s.Channels, made = rand.Text(), true
	}
	if s.Passwords == nil {
		s.Passwords = map[id.Agent]string{}
	}
	for _, u := range c.Users {
		if s.Passwords[u.ID] == "" {
			s.Passwords[u.ID], made = auth.NewPassword(), true
		}
	}
	if !made {
		return s, nil
	}
	data, err = json.Marshal(s)
	if err == nil {
		err = auth.WriteFile(file, data)
	}
	if err != nil {
		return s, fmt.Errorf("store the demo's secrets: %w", err)
	}
	return s, nil
}
