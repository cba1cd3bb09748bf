package hub

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/google/uuid"

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
}

// demoConfig is the demo organisation: a shop for outdoor clothing.
const demoConfig = `
organisation: Tarn & Fell
users:
  - {id: agent-1, name: Sofia Lindqvist}
  - {id: agent-2, name: Daniel Okafor}
  - {id: agent-3, name: Mei Tanaka}
  - {id: agent-4, name: Lukas Brandt}
  - {id: supervisor-1, name: Amara Nwosu, role: supervisor}
queues:
  - id: web-orders
    name: Web orders
    members: [agent-1, agent-2, agent-3, agent-4]
    alertTimeoutSeconds: 30
    acwSeconds: 60
    defaultCode: no-answer
    codes:
      - {id: return-label, name: Return label sent}
      - {id: exchange, name: Exchange}
      - {id: refund, name: Refund promised}
      - {id: answered, name: Question answered}
      - {id: passed-on, name: Passed on}
      - {id: no-answer, name: No answer}
  - id: web-express
    name: Express answers
    members: [agent-1, agent-2]
    autoAnswer: true
    acwSeconds: 60
    defaultCode: no-answer
    codes:
      - {id: answered, name: Question answered}
      - {id: passed-on, name: Passed on}
      - {id: no-answer, name: No answer}
deployments:
  - id: DEPLOYMENT
    name: Tarn & Fell shop
    queue: web-orders
    allowAllOrigins: true
    primaryColor: "#1f5c4d"
  - id: EXPRESS
    name: Tarn & Fell express
    queue: web-express
    allowAllOrigins: true
    primaryColor: "#1f5c4d"
`

// organisation returns the configuration to serve, and in a demo its users.
func (o Options) organisation() (*config.Config, []User, error) {
	if !o.Demo {
		if o.Config == nil {
			return nil, nil, errors.New("a hub needs a configuration, or --demo")
		}
		return o.Config, nil, nil
	}
	c, err := config.Parse("demo", []byte(demoConfig))
	if err != nil {
		return nil, nil, fmt.Errorf("the demo organisation: %w", err)
	}
	secrets, err := o.demoSecrets(c)
	if err != nil {
		return nil, nil, err
	}
	c.Deployments[0].ID = secrets.Deployment
	c.Deployments[1].ID = id.Deployment(uuid.NewSHA1(uuid.NameSpaceOID, []byte(secrets.Deployment)).String())
	users := make([]User, 0, len(c.Users))
	for i := range c.Users {
		u := &c.Users[i]
		password := secrets.Passwords[u.ID]
		u.PasswordHash = auth.Hash(password)
		users = append(users, User{User: string(u.ID), Password: password, Role: u.Role})
	}
	return c, users, nil
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
