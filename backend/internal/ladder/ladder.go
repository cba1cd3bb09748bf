// Package ladder keeps things in order. What adding or taking away costs hardly
// grows with how many there are.
package ladder

import "slices"

// rung is how many elements a part of a ladder holds at most.
const rung = 512

// Ladder is a sorted list in parts: adding and taking away move at most one
// part's elements, and few at both ends, where most of it happens. Set Before
// first; it is a strict and total order of the elements.
type Ladder[T any] struct {
	Before func(a, b T) bool
	parts  [][]T
	n      int
}

// Len is how many elements there are.
func (l *Ladder[T]) Len() int { return l.n }

// First is the first element of a ladder that is not empty.
func (l *Ladder[T]) First() T { return l.parts[0][0] }

// find returns the part and the place in it of the first element that is not
// before x.
func (l *Ladder[T]) find(x T) (part, at int) {
	low, high := 0, len(l.parts)
	for low < high {
		mid := (low + high) / 2
		if p := l.parts[mid]; l.Before(p[len(p)-1], x) {
			low = mid + 1
		} else {
			high = mid
		}
	}
	if low == len(l.parts) {
		return low, 0
	}
	p := l.parts[low]
	from, to := 0, len(p)
	for from < to {
		mid := (from + to) / 2
		if l.Before(p[mid], x) {
			from = mid + 1
		} else {
			to = mid
		}
	}
	return low, from
}

// Add puts an element in its place.
func (l *Ladder[T]) Add(x T) {
	l.n++
	part, at := l.find(x)
	if part == len(l.parts) {
		if part > 0 && len(l.parts[part-1]) < rung {
			l.parts[part-1] = append(l.parts[part-1], x)
			return
		}
		l.parts = append(l.parts, append(make([]T, 0, 8), x))
		return
	}
	p := slices.Insert(l.parts[part], at, x)
	l.parts[part] = p
	if len(p) > rung {
		half := len(p) / 2
		l.parts = slices.Insert(l.parts, part+1, slices.Clone(p[half:]))
		clear(p[half:])
		l.parts[part] = slices.Clip(p[:half])
	}
}

// Drop takes an element away, if it is there.
func (l *Ladder[T]) Drop(x T) {
	part, at := l.find(x)
	if part == len(l.parts) || l.Before(x, l.parts[part][at]) {
		return
	}
	l.n--
	p := l.parts[part]
	if at == 0 && len(p) > 1 {
		clear(p[:1])
		l.parts[part] = p[1:] // the usual one: whoever is next
		return
	}
	if p = slices.Delete(p, at, at+1); len(p) == 0 {
		l.parts = slices.Delete(l.parts, part, part+1)
		return
	}
	l.parts[part] = p
}

// Cursor walks a ladder that does not change meanwhile.
type Cursor[T any] struct {
	parts [][]T
	at    int
}

// Walk begins at the first element of a ladder that is not empty.
func (l *Ladder[T]) Walk() Cursor[T] { return Cursor[T]{parts: l.parts} }

// Here is the element where the cursor is.
func (c *Cursor[T]) Here() T { return c.parts[0][c.at] }

// Next moves on and says whether there is another element.
func (c *Cursor[T]) Next() bool {
	if c.at++; c.at == len(c.parts[0]) {
		c.parts, c.at = c.parts[1:], 0
	}
	return len(c.parts) > 0
}
