package channels

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/zalando/go-keyring"

	"parley/backend/hub/config"
)

var errNoSecret = errors.New("the secret is not there")

// maxSecret bounds a file that holds a secret, in bytes.
const maxSecret = 64 << 10

// read returns a secret as it is now: a new one in the file or the keychain
// counts from the next call on, without a restart.
func read(s config.Secret) (string, error) {
	switch {
	case s.Value != "":
		return s.Value, nil
	case s.Env != "":
		if v, set := os.LookupEnv(s.Env); set && v != "" {
			return v, nil
		}
		return "", fmt.Errorf("%w: the environment has no %s", errNoSecret, s.Env)
	case s.File != "":
		info, err := os.Stat(s.File)
		if err == nil && info.Size() > maxSecret {
			return "", fmt.Errorf("%w: %s is too large for one", errNoSecret, s.File)
		}
		b, err := os.ReadFile(s.File)
		if err != nil {
			return "", fmt.Errorf("%w: %w", errNoSecret, err)
		}
		return strings.TrimRight(string(b), "\r\n"), nil
	case s.Keychain != "":
		service, name, _ := strings.Cut(s.Keychain, "/")
		v, err := keyring.Get(service, name)
		if err != nil {
			return "", fmt.Errorf("%w: %s in the keychain: %w", errNoSecret, s.Keychain, err)
		}
		return v, nil
	}
	return "", errNoSecret
}

// endpointSecrets are an endpoint's, as far as they can be read. Connectors
// refuse everything where one is missing.
func (h *Hub) endpointSecrets(e *endpoint) map[string]string {
	out := map[string]string{}
	for name, s := range e.config.Secrets {
		v, err := read(s)
		if err != nil {
			h.log.Error("a secret of an endpoint cannot be read", "channel", e.config.Kind, "endpoint", e.config.Endpoint, "secret", name, "error", err)
			continue
		}
		out[name] = v
	}
	return out
}

// secret is one of an account's, or of its endpoint's.
func (a *account) secret(name string) (string, error) {
	s, own := a.secrets[name]
	if !own {
		s, own = a.endpoint.config.Secrets[name]
	}
	if !own {
		return "", fmt.Errorf("%w: %s is not configured", errNoSecret, name)
	}
	return read(s)
}

// fingerprint changes when one of the account's secrets does.
func (a *account) fingerprint() string {
	var all []string
	for _, name := range sortedKeys(a.secrets) {
		v, err := read(a.secrets[name])
		all = append(all, name, v, fmt.Sprint(err != nil))
	}
	return string(mac([]byte("fingerprint"), all...))
}
