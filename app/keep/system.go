package keep

import (
	"errors"

	"github.com/zalando/go-keyring"
)

// service is the name under which entries show in the keychain.
const service = "Parley"

// System is the keychain of the signed-in user: Keychain, Credential Manager or
// Secret Service.
type System struct{}

// Get implements Chain.
func (System) Get(account string) (string, error) {
	value, err := keyring.Get(service, account)
	if errors.Is(err, keyring.ErrNotFound) {
		return "", ErrNone
	}
	return value, err
}

// Set implements Chain.
func (System) Set(account, value string) error { return keyring.Set(service, account, value) }

// Delete implements Chain.
func (System) Delete(account string) error {
	err := keyring.Delete(service, account)
	if errors.Is(err, keyring.ErrNotFound) {
		return nil
	}
	return err
}
