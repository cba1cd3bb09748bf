package guest

import (
	"encoding/json"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"

	"parley/backend/channel/web"
	"parley/backend/hub/config"
	"parley/backend/id"
)

// blockedEndings are never accepted: files that a double click would run.
var blockedEndings = []string{
	".ade", ".adp", ".app", ".bat", ".chm", ".cmd", ".com", ".cpl", ".dll", ".exe", ".hta", ".htm", ".html", ".ins", ".isp",
	".jar", ".js", ".jse", ".lib", ".lnk", ".mde", ".msc", ".msi", ".msp", ".mst", ".pif", ".ps1", ".scr", ".sct", ".sh",
	".shb", ".svg", ".sys", ".vb", ".vbe", ".vbs", ".vxd", ".wsc", ".wsf", ".wsh", ".xhtml",
}

// deployment is a configured deployment with what is made of it once.
type deployment struct {
	config.Deployment
	media    *web.Media
	maxBytes int64
}

func newDeployment(d config.Deployment) *deployment {
	out := &deployment{Deployment: d}
	if *d.Uploads {
		out.maxBytes = int64(d.UploadMaxKB) << 10
		out.media = web.NewMedia(d.UploadTypes, out.maxBytes)
	} else {
		out.media = web.NewMedia(nil, 0)
	}
	return out
}

// accepts says whether the deployment takes files of a type.
func (d *deployment) accepts(mime string) bool {
	mime, _, _ = strings.Cut(strings.ToLower(mime), ";")
	mime = strings.TrimSpace(mime)
	major, _, ok := strings.Cut(mime, "/")
	if !ok {
		return false
	}
	for _, t := range d.UploadTypes {
		if t = strings.ToLower(t); t == "*/*" || t == mime || t == major+"/*" {
			return true
		}
	}
	return false
}

func blocked(name string) bool {
	return slices.Contains(blockedEndings, strings.ToLower(path.Ext(name)))
}

// allowsOrigin judges an Origin header: by host name, ignoring case, scheme and
// port; an entry also allows its subdomains; no header is no browser and
// allowed. The hub's own pages, such as the demo shop, are always allowed.
func (d *deployment) allowsOrigin(origin, publicURL string) bool {
	if origin == "" || d.AllowAllOrigins {
		return true
	}
	host := hostOf(origin)
	if host == "" {
		return false
	}
	if host == hostOf(publicURL) {
		return true
	}
	for _, entry := range d.AllowedOrigins {
		e := hostOf(entry)
		if e != "" && (host == e || strings.HasSuffix(host, "."+e)) {
			return true
		}
	}
	return false
}

// hostOf gives the host name of an address, or of a bare "shop.example:8080".
func hostOf(address string) string {
	if !strings.Contains(address, "://") {
		address = "//" + address
	}
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return strings.TrimSuffix(strings.ToLower(strings.TrimPrefix(u.Hostname(), "*.")), ".")
}

// serveConfig answers config.json, which anybody may read.
func (h *Hub) serveConfig(w http.ResponseWriter, r *http.Request) {
	d := h.media[id.Deployment(r.PathValue("deployment"))]
	if d == nil {
		h.problem(w, http.StatusNotFound, "not.found", "no such deployment")
		return
	}
	h.public(w, d.document(h.o.PublicURL))
}

// serveDomains answers domains.json.
func (h *Hub) serveDomains(w http.ResponseWriter, r *http.Request) {
	d := h.media[id.Deployment(r.PathValue("deployment"))]
	if d == nil {
		h.problem(w, http.StatusNotFound, "not.found", "no such deployment")
		return
	}
	domains := []string{}
	for _, o := range d.AllowedOrigins {
		domains = append(domains, hostOf(o))
	}
	h.public(w, map[string]any{"allowAllDomains": d.AllowAllOrigins, "allowedDomains": domains})
}

func (h *Hub) public(w http.ResponseWriter, v any) {
	w.Header().Set("Access-Control-Allow-Origin", "*")
	w.Header().Set("Cross-Origin-Resource-Policy", "cross-origin")
	w.Header().Set("Cache-Control", "public, max-age=60")
	writeJSON(w, http.StatusOK, v)
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	_ = e.Encode(v) // whoever went away does not need it
}

type object = map[string]any

// document is config.json in the shape that clients read.
func (d *deployment) document(publicURL string) object {
	status := "Inactive"
	if *d.Active {
		status = "Active"
	}
	types := []string{}
	if *d.Uploads {
		types = d.UploadTypes
	}
	disconnect := d.Disconnect
	if disconnect == "Off" {
		disconnect = "Send"
	}
	conversations := object{
		"enabled":                  true,
		"messagingEndpoint":        "ws" + strings.TrimPrefix(publicURL, "http"),
		"showAgentTypingIndicator": *d.AgentTyping,
		"showUserTypingIndicator":  *d.ContactTyping,
		"autoStart":                object{"enabled": d.AutoStart},
		"conversationDisconnect":   object{"enabled": d.Disconnect != "Off", "type": disconnect},
		"conversationClear":        object{"enabled": *d.Clear},
		"markdown":                 object{"enabled": d.Markdown},
		"humanize":                 object{"enabled": false, "bot": object{"name": "", "avatarUrl": ""}},
		"notifications":            object{"enabled": false, "notificationContentType": "ExcludeMessagesContent"},
		"sessionDurationSeconds":   d.SessionSeconds,
	}
	return object{
		"id": d.ID, "version": "1", "name": d.Name, "status": status,
		"languages": d.Languages, "defaultLanguage": d.DefaultLanguage,
		"apiEndpoint":  publicURL,
		"headlessMode": object{"enabled": false},
		"messenger": object{
			"enabled":        true,
			"apps":           object{"conversations": conversations, "knowledge": object{"enabled": false}},
			"styles":         object{"primaryColor": d.PrimaryColor},
			"launcherButton": object{"visibility": d.Launcher},
			"homeScreen":     object{"enabled": false, "logoUrl": ""},
			"fileUpload": object{"enableAttachments": *d.Uploads, "modes": []object{
				{"fileTypes": types, "maxFileSizeKB": d.maxBytes >> 10},
			}},
			"sessionPersistenceType": "DomainOrSubdomainOnly",
		},
		"position":      object{"alignment": d.Alignment, "sideSpace": *d.SideSpace, "bottomSpace": *d.BottomSpace},
		"cobrowse":      object{"enabled": false, "allowAgentControl": false, "allowAgentNavigation": false, "allowDraw": false, "channels": []string{}, "maskSelectors": []string{}, "readonlySelectors": []string{}, "pauseCriteria": []object{}},
		"journeyEvents": object{"enabled": false},
		"auth":          object{"enabled": false, "allowSessionUpgrade": false},
	}
}

// sessionBody is the body of a SessionResponse while connected.
func (h *Hub) sessionBody(s *session) web.Session {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.deployment
	return web.Session{
		Connected: true, ReadOnly: s.readOnly, MaxCustomDataBytes: maxAttributeBytes,
		DurationSeconds: int64(d.SessionSeconds), ExpirationDate: s.expiry().Unix(),
		AllowedMedia: d.media, BlockedExtensions: blockedEndings,
	}
}

func (h *Hub) configurationBody(d *deployment) web.Configuration {
	return web.Configuration{
		AllowedMedia: d.media, BlockedExtensions: blockedEndings, MaxCustomDataBytes: maxAttributeBytes,
		MessageRoutingEnabled: true, SessionDurationSeconds: int64(d.SessionSeconds),
	}
}

func seconds(n int64) string { return strconv.FormatInt(n, 10) }
