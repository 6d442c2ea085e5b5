package fake

import (
	"encoding/json"
	"strconv"
)

// otlp is a receiver of https://opentelemetry.io/docs/specs/otlp/#otlphttp.
func otlp(d *Desk) contract {
	d.guarded("token")
	type value struct{ StringValue, IntValue string }
	return func(d *Desk, c *call) reply {
		var logs struct {
			ResourceLogs []struct {
				ScopeLogs []struct {
					LogRecords []struct {
						TimeUnixNano   string
						SeverityNumber int
						Body           value
						Attributes     []struct {
							Key   string
							Value value
						}
					}
				}
			}
		}
		_, posted := c.is("POST", "/v1/logs")
		switch {
		case c.Header.Get("Authorization") != "Bearer "+secret:
			return reply{401, object{"code": 16, "message": "unauthenticated"}, nil}
		case !posted:
			return reply{404, nil, nil}
		case c.Header.Get("Content-Type") != "application/json":
			return reply{415, object{"message": "unsupported media type"}, nil}
		case json.Unmarshal(c.raw, &logs) != nil || len(logs.ResourceLogs) != 1 || len(c.raw) > 20<<20:
			return reply{400, object{"code": 3, "message": "cannot decode"}, nil}
		}
		r := logs.ResourceLogs[0].ScopeLogs[0].LogRecords[0]
		at := map[string]string{}
		for _, a := range r.Attributes {
			at[a.Key] = a.Value.StringValue
		}
		if nano, err := strconv.ParseInt(r.TimeUnixNano, 10, 64); err != nil || nano < 1e18 || r.SeverityNumber < 1 || r.SeverityNumber > 24 || at["event.id"] == "" {
			return reply{200, object{"partialSuccess": object{"rejectedLogRecords": "1", "errorMessage": "bad record"}}, nil}
		}
		k := d.byFP(at["incident.fingerprint"])
		if k == nil {
			k = d.make(at["incident.fingerprint"], r.Body.StringValue, at["incident.text"])
		} else {
			k.comment(at["incident.text"])
		}
		k.open = at["incident.step"] != "resolved"
		return reply{200, object{"partialSuccess": object{}}, nil}
	}
}
