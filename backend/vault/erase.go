package vault

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"slices"

	"parley/backend/eventlog"
)

// Erase makes the content under these keys unreadable for ever: in the log, in
// its second copy and in whatever remnants of either the disk still holds. Give
// it all keys of one person at once, for each call wraps whole epochs anew.
// Keys without content are ignored. Once it has begun it survives a crash: Open
// finishes it.
func (v *Vault) Erase(ctx context.Context, keys ...string) error {
	v.erasing.Lock()
	defer v.erasing.Unlock()
	var epochs []uint64
	for _, key := range keys {
		in, err := v.store.EpochsOf(ctx, key)
		if err != nil {
			return fmt.Errorf("erase %s: %w", key, err)
		}
		epochs = append(epochs, in...)
	}
	if err := v.intend(keys, epochs); err != nil {
		return fmt.Errorf("erase: %w", err)
	}
	if err := v.finishEraseLocked(ctx); err != nil {
		return fmt.Errorf("erase: %w", err)
	}
	return nil
}

// intend writes down what is to be erased, and moves on from its epochs.
func (v *Vault) intend(keys []string, epochs []uint64) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	changed := v.keys.clone()
	p := &changed.Pending
	p.Keys = unique(append(p.Keys, keys...))
	for _, epoch := range epochs {
		if _, ok := changed.Epochs[epoch]; ok {
			p.Epochs = append(p.Epochs, epoch)
		}
	}
	p.Epochs = unique(p.Epochs)
	if err := v.replaceKeys(changed); err != nil {
		return err
	}
	if p.has(v.current) {
		return v.nextEpoch()
	}
	return nil
}

func unique[T string | uint64](list []T) []T {
	slices.Sort(list)
	return slices.Compact(list)
}

func (v *Vault) finishErase(ctx context.Context) error {
	v.erasing.Lock()
	defer v.erasing.Unlock()
	v.mu.Lock()
	if v.keys.Pending.has(v.current) {
		if err := v.nextEpoch(); err != nil {
			v.mu.Unlock()
			return err
		}
	}
	v.mu.Unlock()
	return v.finishEraseLocked(ctx)
}

// finishEraseLocked does what is written down as intended. Each step may be
// repeated, so it may be cut off anywhere.
func (v *Vault) finishEraseLocked(ctx context.Context) error {
	v.mu.RLock()
	pending := v.keys.Pending
	v.mu.RUnlock()
	if len(pending.Keys) == 0 {
		return nil
	}
	for _, epoch := range pending.Epochs {
		if err := v.store.Retire(ctx, epoch); err != nil {
			return err
		}
	}
	// Only now is everything stored that was sealed in these epochs.
	if err := v.store.Erase(ctx, pending.Keys...); err != nil {
		return err
	}
	for _, epoch := range pending.Epochs {
		if err := v.moveOut(ctx, epoch); err != nil {
			return err
		}
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	changed := v.keys.clone()
	for _, epoch := range pending.Epochs {
		delete(changed.Epochs, epoch)
	}
	changed.Pending = pendingErase{}
	return v.replaceKeys(changed)
}

// moveOut wraps what is left in an epoch anew in the current one.
func (v *Vault) moveOut(ctx context.Context, epoch uint64) error {
	const batch = 256
	var items []eventlog.Sealed
	flush := func() error {
		defer func() { items = items[:0] }()
		return v.store.Rewrite(ctx, items)
	}
	for s, err := range v.store.SealedIn(ctx, epoch) {
		if err != nil {
			return err
		}
		moved, err := v.rewrap(s)
		if err != nil {
			return fmt.Errorf("move %s to another epoch: %w", s.Key, err)
		}
		if items = append(items, moved); len(items) == batch {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	return flush()
}

// rewrap wraps an item's key by the current epoch's key; its content stays.
func (v *Vault) rewrap(s eventlog.Sealed) (eventlog.Sealed, error) {
	item, err := v.unwrap(s.Key, s.Value)
	if err != nil {
		return s, err
	}
	epoch, kek, err := v.take()
	if err != nil {
		return s, err
	}
	var nonce [nonceSize]byte
	rand.Read(nonce[:])
	value := make([]byte, 8, len(s.Value))
	binary.BigEndian.PutUint64(value, epoch)
	value = append(value, nonce[:]...)
	value = kek.Seal(value, nonce[:], item[:], []byte(s.Key))
	value = append(value, s.Value[headerSize:]...)
	return eventlog.Sealed{Key: s.Key, Value: value}, nil
}
