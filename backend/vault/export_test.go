package vault

// MACOf is the keyed digest before it is cut.
var MACOf = macOf

// WithStore returns a vault with the same keys over another store.
func (v *Vault) WithStore(s Store) *Vault {
	v.mu.RLock()
	defer v.mu.RUnlock()
	return &Vault{store: s, opt: v.opt, keys: v.keys, aeads: v.aeads, current: v.current, left: v.left}
}
