// Package archtest holds the rules of the architecture that a compiler does not
// know, as tests: who may import whom, what pure packages may not do, and what
// every file and package has.
package archtest
