package fake

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/thirdline/thirdline/shipper/backendtest"
)

// folds applies an alert to the ticket with its key: what is open is changed, and
// what was closed stays so; a new alert then makes a new one.
func (d *Desk) folds(key, title string, open bool, text ...string) {
	k := d.byFP(key)
	switch {
	case !open && (k == nil || !k.open):
		return // nothing to resolve: dropped in silence
	case k == nil || !k.open:
		k = d.make(key, title, "")
	}
	k.open = open
	if title != "" {
		k.title = title
	}
	k.text = append(k.text, text...)
}

// pagerduty is the Events API v2, https://developer.pagerduty.com/docs/send-alert-event.
func pagerduty(d *Desk) contract {
	d.guarded("routing_key")
	return func(d *Desk, c *call) reply {
		bad := func(errors ...string) reply {
			return reply{400, object{"status": "invalid event", "message": "Event object is invalid", "errors": errors}, nil}
		}
		if _, ok := c.is("POST", "/v2/enqueue"); !ok {
			return reply{404, nil, nil}
		}
		action, key := c.text("event_action"), c.text("dedup_key")
		switch {
		case c.text("routing_key") != secret:
			return bad("'routing_key' is invalid")
		case len(c.raw) > 512<<10:
			return reply{413, "", nil}
		case long(key, 255):
			return bad("'dedup_key' is too long")
		case action == "resolve":
			d.folds(key, "", false)
		case action != "trigger":
			return bad("'event_action' is invalid")
		case c.text("payload", "summary") == "" || long(c.text("payload", "summary"), 1024) || c.text("payload", "source") == "":
			return bad("'payload.summary' is missing or too long")
		case !slices.Contains([]string{"critical", "error", "warning", "info"}, c.text("payload", "severity")):
			return bad("'payload.severity' is invalid")
		default:
			d.folds(key, c.text("payload", "summary"), true, c.text("payload", "custom_details", "text")+c.text("payload", "custom_details", "log"))
		}
		return reply{202, object{"status": "success", "message": "Event processed", "dedup_key": key}, nil}
	}
}

// opsgenie is the Alert API, https://docs.opsgenie.com/docs/alert-api, and what of it
// Jira Service Management took over. Requests are done after the answer.
func opsgenie(d *Desk) contract {
	d.guarded("token")
	return func(d *Desk, c *call) reply {
		if c.Header.Get("Authorization") != "GenieKey "+secret {
			return reply{401, object{"message": "Could not authenticate"}, nil}
		}
		if id, ok := c.is("GET", "/v2/alerts/requests/*"); ok {
			done := d.kept[id[0]]
			if done == "" {
				return reply{404, object{"message": "Request not found"}, nil}
			}
			return reply{200, object{"data": object{"isSuccess": done == "ok", "status": done}}, nil}
		}
		request := fmt.Sprintf("r%d", len(d.kept)+1)
		accepted := reply{202, object{"result": "Request will be processed", "requestId": request}, nil}
		d.kept[request] = "ok"
		if _, ok := c.is("POST", "/v2/alerts"); ok {
			if c.text("message") == "" || long(c.text("message"), 130) || long(c.text("alias"), 512) || long(c.text("description"), 15000) {
				return reply{422, object{"message": "Request body is not processable", "errors": object{"message": "too long"}}, nil}
			}
			if !slices.Contains([]string{"P1", "P2", "P3", "P4", "P5"}, c.text("priority")) {
				return reply{422, object{"message": "bad priority"}, nil}
			}
			d.folds(c.text("alias"), c.text("message"), true, c.text("description"))
			return accepted
		}
		for _, action := range []string{"notes", "close"} {
			alias, ok := c.is("POST", "/v2/alerts/*/"+action)
			if !ok || c.URL.Query().Get("identifierType") != "alias" {
				continue
			}
			if k := d.byFP(alias[0]); k == nil || !k.open {
				d.kept[request] = "Alert does not exist"
			}
			if action == "close" {
				d.folds(alias[0], "", false)
				d.kept[request] = "ok"
			}
			return accepted
		}
		return reply{404, nil, nil}
	}
}

// gitlabAlerts is GitLab's HTTP endpoint,
// https://docs.gitlab.com/operations/incident_management/integrations/.
func gitlabAlerts(d *Desk) contract {
	d.guarded("token")
	return func(d *Desk, c *call) reply {
		if c.Method != "POST" || c.Header.Get("Authorization") != "Bearer "+secret {
			return reply{401, object{}, nil}
		}
		if c.text("title") == "" || c.text("fingerprint") == "" || !slices.Contains([]string{"critical", "high", "medium", "low", "info", "unknown"}, c.text("severity")) {
			return reply{400, object{}, nil}
		}
		d.folds(c.text("fingerprint"), c.text("title"), c.text("end_time") == "", c.text("description"))
		return reply{200, []any{}, nil}
	}
}

// oncall is Grafana OnCall's formatted webhook,
// https://grafana.com/docs/oncall/latest/configure/integrations/references/webhook/.
func oncall(d *Desk) contract {
	d.Settings["url"] += "/integrations/v1/formatted_webhook/" + secret + "/"
	d.Wrong["url"] = d.URL + "/integrations/v1/formatted_webhook/wrong/"
	return func(d *Desk, c *call) reply {
		if !strings.Contains(c.URL.Path, secret) {
			return reply{403, "", nil}
		}
		if c.text("alert_uid") == "" || c.text("state") != "ok" && c.text("state") != "alerting" {
			return reply{400, "", nil}
		}
		d.folds(c.text("alert_uid"), c.text("title"), c.text("state") == "alerting", c.text("message"))
		return reply{200, "Ok.", nil}
	}
}

// splunkOncall is the REST endpoint,
// https://help.victorops.com/knowledge-base/rest-endpoint-integration-guide/.
func splunkOncall(d *Desk) contract {
	d.guarded("token")
	d.needs("routing_key", "ops")
	return func(d *Desk, c *call) reply {
		if _, ok := c.is("POST", "/integrations/generic/20131114/alert/"+secret+"/ops"); !ok {
			return reply{403, object{"result": "failure", "message": "unknown key"}, nil}
		}
		kind := c.text("message_type")
		if !slices.Contains([]string{"CRITICAL", "WARNING", "INFO", "ACKNOWLEDGEMENT", "RECOVERY"}, kind) || long(c.text("state_message"), 20480) {
			return reply{400, object{"result": "failure", "message": "bad message"}, nil}
		}
		d.folds(c.text("entity_id"), c.text("entity_display_name"), kind != "RECOVERY", c.text("state_message"))
		return reply{200, object{"result": "success", "entity_id": c.text("entity_id")}, nil}
	}
}

// event is how a message names the event that it is about.
var event = regexp.MustCompile(`\[([0-9a-f]{32})/`)

// chats takes messages; those that name the same incident count as one ticket.
func (d *Desk) chats(title, text string, resolved bool) {
	found := event.FindStringSubmatch(text)
	if found == nil {
		d.t.Errorf("the message names no event: %q", text)
		return
	}
	k := d.byFP(found[1])
	if k == nil {
		d.make(found[1], title, text)
		return
	}
	k.open = !resolved
	k.comment(text)
}

// slack is an incoming webhook,
// https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks.
func slack(d *Desk) contract {
	d.Settings["url"] += "/services/" + secret
	d.Wrong["url"] = d.URL + "/services/wrong"
	return func(d *Desk, c *call) reply {
		text := c.text("text")
		switch {
		case c.URL.Path != "/services/"+secret:
			return reply{403, "invalid_token", nil}
		case text == "":
			return reply{400, "no_text", nil}
		case long(text, 40000):
			return reply{400, "msg_too_long", nil}
		}
		if rest := strings.ReplaceAll(text, "<"+backendtest.Runbook+">", ""); strings.Contains(rest, "<!") || strings.Contains(rest, "://") {
			d.t.Errorf("a mention or a link is alive in %q", text)
		}
		d.chats(text, text, strings.Contains(text, "*resolved*"))
		return reply{200, "ok", nil}
	}
}

// mattermost is an incoming webhook,
// https://developers.mattermost.com/integrate/webhooks/incoming/.
func mattermost(d *Desk) contract {
	d.Settings["url"] += "/hooks/" + secret
	d.Wrong["url"] = d.URL + "/hooks/wrong"
	return func(d *Desk, c *call) reply {
		text := c.text("text")
		if c.URL.Path != "/hooks/"+secret {
			return reply{403, object{"id": "web.incoming_webhook.invalid.app_error", "status_code": 403}, nil}
		}
		if text == "" || long(text, 16383) {
			return reply{400, object{"id": "web.incoming_webhook.text.app_error", "status_code": 400}, nil}
		}
		d.chats(text, text, strings.HasPrefix(text, "**resolved**"))
		return reply{200, "ok", nil}
	}
}

// teams is a workflow that takes an adaptive card in a message,
// https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/.
func teams(d *Desk) contract {
	d.Settings["url"] += "/workflows/" + secret
	d.Wrong["url"] = d.URL + "/workflows/wrong"
	return func(d *Desk, c *call) reply {
		var m struct {
			Type        string
			Attachments []struct {
				ContentType string
				Content     struct {
					Type, Version string
					Body          []struct {
						Type    string
						Inlines []struct{ Type, Text string }
					}
				}
			}
		}
		switch err := json.Unmarshal(c.raw, &m); {
		case c.URL.Path != "/workflows/"+secret:
			return reply{401, object{"error": object{"code": "DirectApiAuthorizationRequired"}}, nil}
		case len(c.raw) > 28<<10:
			return reply{413, object{"error": object{"code": "RequestEntityTooLarge"}}, nil}
		case err != nil || m.Type != "message" || len(m.Attachments) != 1 || m.Attachments[0].ContentType != "application/vnd.microsoft.card.adaptive" ||
			m.Attachments[0].Content.Type != "AdaptiveCard" || len(m.Attachments[0].Content.Body) == 0:
			return reply{400, object{"error": object{"code": "InvalidCard"}}, nil}
		}
		var all []string
		for _, b := range m.Attachments[0].Content.Body {
			for _, i := range b.Inlines {
				all = append(all, i.Text)
			}
		}
		d.chats(all[0], strings.Join(all, "\n"), strings.HasPrefix(all[0], "resolved:"))
		return reply{202, "", nil}
	}
}
