// Package vault seals what people wrote and who they are: message bodies,
// attachments and personal fields, each under a key of its own, beside the log
// and never in it.
//
// An item is stored as {epoch, item key wrapped by the epoch's key, ciphertext}.
// The keys of the epochs lie in one small file, itself sealed with the master
// key. To erase an item, its record goes, the other items of its epoch are
// wrapped anew in another epoch, and the file is written without the old key:
// whatever remnants of the record the disk still holds, nothing can open them.
package vault

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"iter"
	"sync"

	"parley/backend/eventlog"
	"parley/backend/id"
)

// Store is where sealed items lie: a home of the log. Items get there by
// Log.Append, together with the commit that refers to them.
type Store interface {
	// Sealed returns an item, or eventlog.ErrNotFound.
	Sealed(ctx context.Context, key string) ([]byte, error)
	// Retire makes every later append of content sealed in epoch fail with
	// eventlog.ErrConflict. When it returns, SealedIn lists all there will be.
	Retire(ctx context.Context, epoch uint64) error
	// SealedIn yields the items whose value begins with epoch, big endian.
	SealedIn(ctx context.Context, epoch uint64) iter.Seq2[eventlog.Sealed, error]
	// EpochsOf returns each epoch in which a value was ever stored under key.
	EpochsOf(ctx context.Context, key string) ([]uint64, error)
	// Rewrite replaces the values of items that still exist, durably.
	Rewrite(ctx context.Context, items []eventlog.Sealed) error
	// Erase removes items, durably. Unknown keys are ignored.
	Erase(ctx context.Context, keys ...string) error
}

// Options are the measures of a vault; zero values mean the defaults.
type Options struct {
	// EpochItems is how many items share an epoch; default 4096. Erasing one
	// item wraps so many others anew.
	EpochItems int
}

// Errors of the vault, matched with errors.Is.
var (
	// ErrErased: the key that opened this content is gone, and so is the content.
	ErrErased = errors.New("this content was erased")
	// ErrTampered: the content is not what was sealed under this key.
	ErrTampered = errors.New("sealed content fails its seal")
	// ErrMasterKey: the keys file cannot be opened with this master key.
	ErrMasterKey = errors.New("the keys file does not open with this master key")
)

// Vault seals and opens items. It is safe for concurrent use.
type Vault struct {
	store Store
	opt   Options

	mu      sync.RWMutex // guards what follows
	keys    *keysFile
	current uint64 // epoch in use; 0 before the first item
	left    int    // items that still fit into it
	aeads   map[uint64]cipher.AEAD

	erasing sync.Mutex // one erasure at a time
}

// BodyKey is the key of a message's body.
func BodyKey(c id.Conversation, m id.Message) string {
	return "body/" + string(c) + "/" + string(m)
}

// FieldKey is the key of a personal field, such as a contact's name.
func FieldKey(c id.Conversation, name string) string {
	return "field/" + string(c) + "/" + name
}

// Open opens the vault whose epoch keys lie in keysFile, which is made if there
// is none, and finishes an erasure that was interrupted.
func Open(keysPath string, master [32]byte, store Store, o Options) (*Vault, error) {
	if o.EpochItems <= 0 {
		o.EpochItems = 4096
	}
	keys, err := openKeys(keysPath, master)
	if err != nil {
		return nil, err
	}
	v := &Vault{store: store, opt: o, keys: keys, aeads: make(map[uint64]cipher.AEAD)}
	for epoch, key := range keys.Epochs {
		v.aeads[epoch] = newAEAD(key)
	}
	v.current, v.left = keys.last(), o.EpochItems
	if err := v.finishErase(context.Background()); err != nil {
		return nil, fmt.Errorf("finish an interrupted erasure: %w", err)
	}
	return v, nil
}

func newAEAD(key [32]byte) cipher.AEAD {
	block, err := aes.NewCipher(key[:])
	if err != nil {
		panic(err) // the key has the right length by its type
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		panic(err)
	}
	return aead
}

// A sealed value: epoch, then the item's key wrapped by the epoch's key, then
// the content sealed by the item's key. Both seals bind the name of the item,
// so that swapped values do not open.
const (
	nonceSize   = 12
	tagSize     = 16
	wrappedSize = nonceSize + 32 + tagSize
	headerSize  = 8 + wrappedSize
)

// Seal seals plaintext under key for storing with the commit that refers to it.
// digest stands for it in the log: 32 hexadecimal digits of an HMAC-SHA-256
// under the item's own key, so that it says nothing once that key is gone. It
// touches no disk, except for one write of the keys file every 16 epochs.
func (v *Vault) Seal(key string, plaintext []byte) (s eventlog.Sealed, digest string, err error) {
	epoch, kek, err := v.take()
	if err != nil {
		return eventlog.Sealed{}, "", fmt.Errorf("seal %s: %w", key, err)
	}
	var random [32 + 2*nonceSize]byte
	rand.Read(random[:])
	item, nonces := [32]byte(random[:32]), random[32:]
	name := []byte(key)
	value := make([]byte, 8, headerSize+nonceSize+len(plaintext)+tagSize)
	binary.BigEndian.PutUint64(value, epoch)
	value = append(value, nonces[:nonceSize]...)
	value = kek.Seal(value, nonces[:nonceSize], item[:], name)
	value = append(value, nonces[nonceSize:]...)
	value = newAEAD(item).Seal(value, nonces[nonceSize:], plaintext, name)
	mac := macOf(item, plaintext)
	return eventlog.Sealed{Key: key, Value: value}, hex.EncodeToString(mac[:16]), nil
}

// macOf is the HMAC-SHA-256 of a message (RFC 2104). The key is used for one
// message only, so crypto/hmac's two hashes that can be used again are not worth
// their allocations.
func macOf(key [32]byte, message []byte) [sha256.Size]byte {
	const usual = 1024 // what is no longer stays on the stack
	inner := make([]byte, sha256.BlockSize, usual)
	outer := [sha256.BlockSize + sha256.Size]byte{}
	copy(inner, key[:])
	copy(outer[:], key[:])
	for i := range sha256.BlockSize {
		inner[i] ^= 0x36
		outer[i] ^= 0x5c
	}
	hash := sha256.Sum256(append(inner, message...))
	copy(outer[sha256.BlockSize:], hash[:])
	return sha256.Sum256(outer[:])
}

// take counts one more item of the current epoch, or begins the next.
func (v *Vault) take() (uint64, cipher.AEAD, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.current == 0 || v.left == 0 {
		if err := v.nextEpoch(); err != nil {
			return 0, nil, err
		}
	}
	v.left--
	return v.current, v.aeads[v.current], nil
}

// epochBlock is how many epochs' keys are made at once, to write the keys file
// seldom.
const epochBlock = 16

// nextEpoch goes on to an epoch that is not being erased; v.mu is held.
func (v *Vault) nextEpoch() error {
	next := v.current + 1
	for v.keys.Pending.has(next) {
		next++
	}
	if _, ok := v.keys.Epochs[next]; !ok {
		next = max(next, v.keys.Next)
		changed := v.keys.clone()
		for epoch := next; epoch < next+epochBlock; epoch++ {
			var key [32]byte
			rand.Read(key[:])
			changed.Epochs[epoch] = key
		}
		changed.Next = next + epochBlock
		if err := v.replaceKeys(changed); err != nil {
			return err
		}
	}
	v.current, v.left = next, v.opt.EpochItems
	return nil
}

// replaceKeys makes changed durable, then uses it; v.mu is held.
func (v *Vault) replaceKeys(changed *keysFile) error {
	if err := changed.save(); err != nil {
		return fmt.Errorf("write the keys file: %w", err)
	}
	for epoch, key := range changed.Epochs {
		if _, ok := v.aeads[epoch]; !ok {
			v.aeads[epoch] = newAEAD(key)
		}
	}
	for epoch := range v.aeads {
		if _, ok := changed.Epochs[epoch]; !ok {
			delete(v.aeads, epoch)
		}
	}
	v.keys = changed
	return nil
}

// Open returns what was sealed under key: eventlog.ErrNotFound or ErrErased if
// there is nothing (any more), ErrTampered if it is not what was sealed.
func (v *Vault) Open(ctx context.Context, key string) ([]byte, error) {
	for last := uint64(0); ; {
		value, err := v.store.Sealed(ctx, key)
		if err != nil {
			return nil, fmt.Errorf("open %s: %w", key, err)
		}
		plaintext, err := v.unseal(key, value)
		// Between the two steps the item may have moved to another epoch.
		if epoch := epochOf(value); errors.Is(err, ErrErased) && epoch != last {
			last = epoch
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("open %s: %w", key, err)
		}
		return plaintext, nil
	}
}

func epochOf(value []byte) uint64 {
	if len(value) < 8 {
		return 0
	}
	return binary.BigEndian.Uint64(value)
}

// unwrap returns the item's key.
func (v *Vault) unwrap(key string, value []byte) (item [32]byte, err error) {
	if len(value) < headerSize+nonceSize+tagSize {
		return item, ErrTampered
	}
	v.mu.RLock()
	kek, ok := v.aeads[epochOf(value)]
	v.mu.RUnlock()
	if !ok {
		return item, ErrErased
	}
	wrapped := value[8:headerSize]
	if _, err := kek.Open(item[:0], wrapped[:nonceSize], wrapped[nonceSize:], []byte(key)); err != nil {
		return item, ErrTampered
	}
	return item, nil
}

func (v *Vault) unseal(key string, value []byte) ([]byte, error) {
	item, err := v.unwrap(key, value)
	if err != nil {
		return nil, err
	}
	rest := value[headerSize:]
	plaintext, err := newAEAD(item).Open(nil, rest[:nonceSize], rest[nonceSize:], []byte(key))
	if err != nil {
		return nil, ErrTampered
	}
	return plaintext, nil
}
