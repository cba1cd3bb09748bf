package main

import (
	"fmt"
	"net"
	"net/http"
	"sync"

	"github.com/dgraph-io/badger/v4"
	"github.com/gorilla/websocket"
)

// bare is the shortest durable chat there is: a customer's frame arrives by
// gorilla, one Badger committer writes whatever waits in one synced
// transaction, and the frame goes on to the agent's socket.
type bare struct {
	db   *badger.DB
	addr string
	srv  *http.Server

	mu    sync.Mutex
	agent *websocket.Conn
	in    chan []byte
	done  chan struct{}
}

func serveBare(dir string) (*bare, error) {
	db, err := badger.Open(badger.DefaultOptions(dir).WithSyncWrites(true).WithLogger(nil))
	if err != nil {
		return nil, err
	}
	b := &bare{db: db, in: make(chan []byte, 1024), done: make(chan struct{})}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	b.addr = l.Addr().String()
	mux := http.NewServeMux()
	up := websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }}
	mux.HandleFunc("/agent", func(w http.ResponseWriter, r *http.Request) {
		c, err := up.Upgrade(w, r, nil)
		if err != nil {
			return
		}
		b.mu.Lock()
		b.agent = c
		b.mu.Unlock()
	})
	mux.HandleFunc("/customer", func(w http.ResponseWriter, r *http.Request) {
		c, err := up.Upgrade(w, r, nil)
		if err != nil {
			return
		}
		defer c.Close()
		for {
			_, data, err := c.ReadMessage()
			if err != nil {
				return
			}
			b.in <- data
		}
	})
	b.srv = &http.Server{Handler: mux}
	go b.srv.Serve(l)
	go b.commit()
	return b, nil
}

// commit is the committer: it takes whoever waits, writes them together, and
// hands them on.
func (b *bare) commit() {
	defer close(b.done)
	var pos uint64
	batch := make([][]byte, 0, 256)
	for f := range b.in {
		batch = append(batch[:0], f)
	more:
		for len(batch) < cap(batch) {
			select {
			case f, open := <-b.in:
				if !open {
					break more
				}
				batch = append(batch, f)
			default:
				break more
			}
		}
		txn := b.db.NewTransaction(true)
		for i := range batch {
			pos++
			if err := txn.Set(fmt.Appendf(nil, "c/%016x", pos), batch[i]); err != nil {
				panic(err)
			}
		}
		if err := txn.Commit(); err != nil {
			panic(err)
		}
		b.mu.Lock()
		agent := b.agent
		b.mu.Unlock()
		for _, f := range batch {
			if err := agent.WriteMessage(websocket.TextMessage, f); err != nil {
				return
			}
		}
	}
}

func (b *bare) stop() {
	b.srv.Close()
	close(b.in)
	<-b.done
	b.db.Close()
}
