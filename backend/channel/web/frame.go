package web

import (
	"bytes"
	"encoding/json"
	"time"
)

// Codes of answers.
const (
	CodeOK                 = 200
	CodeBadRequest         = 400
	CodeUnauthorized       = 401
	CodeForbidden          = 403
	CodeNotFound           = 404
	CodeReadOnly           = 409
	CodeTooManyRequests    = 429
	CodeUnavailable        = 4000
	CodeFileType           = 4001
	CodeFileTooLarge       = 4002
	CodeFileContent        = 4003
	CodeFileName           = 4004
	CodeFileNameTooLong    = 4005
	CodeSessionExpired     = 4006
	CodeSessionNotFound    = 4007
	CodeAttachmentExpired  = 4008
	CodeAttachmentNotFound = 4009
	CodeAttachmentNotReady = 4010
	CodeMessageTooLong     = 4011
	CodeAttributesTooLarge = 4013
	CodeMissingParameter   = 4020
	CodeRateTooHigh        = 4029
	CodeFileEmpty          = 4102
	CodeUnexpected         = 5000
	BodyReadOnly           = "Session is read-only, no new messages allowed"
	BodyClearNotSupported  = "Presence events Conversation Clear are not supported"
	BodyTypingNotSupported = "Typing events are not supported"
	MessageRateTooHigh     = "Message rate too high for this session"
	RequestRateTooHigh     = "Request rate too high for this connection"
	ConfigureRateTooHigh   = "Configure rate too high for this session"
	HealthCheckRateTooHigh = "Health check rate too high for this connection"
	typingDuration         = 5000 // milliseconds
	timeLayout             = "2006-01-02T15:04:05.000Z"
)

// frame is the envelope of everything the server sends.
type frame struct {
	Type      string `json:"type"`
	Class     string `json:"class"`
	Code      int    `json:"code"`
	TracingID string `json:"tracingId,omitempty"`
	Body      any    `json:"body"`
}

// encode writes JSON without escaping <, > and &, as guests' own clients do.
// The frame types hold nothing that cannot be encoded, so it cannot fail.
func encode(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic("web: a frame cannot be encoded: " + err.Error())
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

func response(class, tracing string, body any) []byte {
	return encode(frame{Type: "response", Class: class, Code: CodeOK, TracingID: tracing, Body: body})
}

func push(class, tracing string, body any) []byte {
	return encode(frame{Type: "message", Class: class, Code: CodeOK, TracingID: tracing, Body: body})
}

// Session is the body of a SessionResponse. Absent numbers are left out.
type Session struct {
	Connected              bool     `json:"connected"`
	NewSession             bool     `json:"newSession"`
	ReadOnly               bool     `json:"readOnly"`
	ClearedExistingSession bool     `json:"clearedExistingSession"`
	AutoStarted            bool     `json:"autoStarted"`
	MaxCustomDataBytes     int      `json:"maxCustomDataBytes,omitempty"`
	DurationSeconds        int64    `json:"durationSeconds,omitempty"`
	ExpirationDate         int64    `json:"expirationDate,omitempty"` // Unix seconds
	AllowedMedia           *Media   `json:"allowedMedia,omitempty"`
	BlockedExtensions      []string `json:"blockedExtensions,omitempty"`
}

// Media says what a guest may upload.
type Media struct {
	Inbound struct {
		FileTypes     []FileType `json:"fileTypes"`
		MaxFileSizeKB int64      `json:"maxFileSizeKB"`
	} `json:"inbound"`
}

// FileType is one allowed type; "*/*" and "image/*" are allowed.
type FileType struct {
	Type string `json:"type"`
}

// NewMedia builds a Media from plain values; maxBytes is one file's limit. No
// types, or no bytes, switches attachments off in every client.
func NewMedia(types []string, maxBytes int64) *Media {
	m := &Media{}
	m.Inbound.FileTypes = []FileType{}
	for _, t := range types {
		m.Inbound.FileTypes = append(m.Inbound.FileTypes, FileType{Type: t})
	}
	m.Inbound.MaxFileSizeKB = maxBytes / 1024
	return m
}

// SessionFrame answers a configure or a close.
func SessionFrame(tracing string, s Session) []byte { return response("SessionResponse", tracing, s) }

// Configuration is the body of a GetConfigurationResponse.
type Configuration struct {
	AllowedMedia           *Media   `json:"allowedMedia"`
	BlockedExtensions      []string `json:"blockedExtensions"`
	MaxCustomDataBytes     int      `json:"maxCustomDataBytes"`
	MessageRoutingEnabled  bool     `json:"messageRoutingEnabled"`
	SessionDurationSeconds int64    `json:"sessionDurationSeconds"`
}

// ConfigurationFrame answers getConfiguration.
func ConfigurationFrame(tracing string, c Configuration) []byte {
	return response("GetConfigurationResponse", tracing, c)
}

// JWTFrame answers getJwt.
func JWTFrame(tracing, jwt string, expires time.Time) []byte {
	return response("JwtResponse", tracing, struct {
		JWT string `json:"jwt"`
		Exp int64  `json:"exp"`
	}{jwt, expires.Unix()})
}

// Upload is the body of a PresignedUrlResponse.
type Upload struct {
	AttachmentID string            `json:"attachmentId"`
	URL          string            `json:"url"`
	Headers      map[string]string `json:"headers"`
	FileName     string            `json:"fileName,omitempty"`
	FileSize     int64             `json:"fileSize,omitempty"`
	FileType     string            `json:"fileType,omitempty"`
}

// UploadFrame answers onAttachment with the address to PUT the file to. headers
// may not be empty: clients take an answer without headers for a download.
func UploadFrame(tracing string, u Upload) []byte {
	return response("PresignedUrlResponse", tracing, u)
}

// DownloadFrame answers getAttachment.
func DownloadFrame(tracing string, u Upload) []byte {
	u.Headers = map[string]string{}
	return response("PresignedUrlResponse", tracing, u)
}

// UploadSucceeded is pushed when a file has arrived whole.
func UploadSucceeded(attachment, downloadURL string, at time.Time) []byte {
	return push("UploadSuccessEvent", "", struct {
		AttachmentID string `json:"attachmentId"`
		DownloadURL  string `json:"downloadUrl"`
		Timestamp    string `json:"timestamp"`
	}{attachment, downloadURL, FormatTime(at)})
}

// UploadFailed is pushed when a file was refused.
func UploadFailed(attachment string, code int, message string, at time.Time) []byte {
	return push("UploadFailureEvent", "", struct {
		AttachmentID string `json:"attachmentId"`
		ErrorCode    int    `json:"errorCode"`
		ErrorMessage string `json:"errorMessage"`
		Timestamp    string `json:"timestamp"`
	}{attachment, code, message, FormatTime(at)})
}

// AttachmentDeleted tells that an upload was taken back.
func AttachmentDeleted(tracing, attachment string) []byte {
	return push("AttachmentDeletedResponse", tracing, struct {
		AttachmentID string `json:"attachmentId"`
	}{attachment})
}

// UploadRefused answers onAttachment and getAttachment requests that are not
// granted.
func UploadRefused(tracing, attachment string, code int, message string) []byte {
	return encode(frame{Type: "response", Class: "GenerateUrlError", Code: CodeBadRequest, TracingID: tracing, Body: struct {
		AttachmentID string `json:"attachmentId"`
		ErrorCode    int    `json:"errorCode"`
		ErrorMessage string `json:"errorMessage"`
	}{attachment, code, message}})
}

// ErrorFrame answers a request that failed.
func ErrorFrame(tracing string, code int, message string) []byte {
	return encode(frame{Type: "response", Class: "string", Code: code, TracingID: tracing, Body: message})
}

// TooManyRequests answers a request over a limit; retryAfter is rounded up to
// whole seconds, at least one.
func TooManyRequests(tracing string, retryAfter time.Duration, message string) []byte {
	seconds := max(1, int64((retryAfter+time.Second-1)/time.Second))
	return encode(frame{Type: "response", Class: "TooManyRequestsErrorMessage", Code: CodeTooManyRequests, TracingID: tracing, Body: struct {
		RetryAfter   int64  `json:"retryAfter"`
		ErrorCode    int    `json:"errorCode"`
		ErrorMessage string `json:"errorMessage"`
	}{seconds, CodeRateTooHigh, message}})
}

// SessionExpired is pushed when the session's time has run out.
func SessionExpired() []byte { return push("SessionExpiredEvent", "", struct{}{}) }

// SessionCleared is pushed after the guest cleared the conversation.
func SessionCleared() []byte { return push("SessionClearedEvent", "", struct{}{}) }

// ConnectionClosed is pushed before the server closes one connection; reason
// may be "". It is written under both names that clients read.
func ConnectionClosed(reason string) []byte {
	return push("ConnectionClosedEvent", "", struct {
		Reason     string `json:"reason,omitempty"`
		ReasonCode string `json:"reasonCode,omitempty"`
	}{reason, reason})
}

// FormatTime writes a time as the protocol does: ISO 8601, UTC, milliseconds.
func FormatTime(t time.Time) string { return t.UTC().Format(timeLayout) }
