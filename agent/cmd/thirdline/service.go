package main

import (
	"log/slog"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"

	"github.com/thirdline/thirdline/agent"
	"github.com/thirdline/thirdline/rules/diag"
)

// service tells systemd how the agent is. Where systemd did not start it, it
// tells nobody.
type service struct {
	log   *slog.Logger
	every time.Duration // between signs of life; zero where none is wanted
	last  time.Time
	ready bool
}

func newService(log *slog.Logger) *service {
	s := &service{log: log}
	watchdog, err := daemon.SdWatchdogEnabled(false)
	if err != nil {
		log.Warn("no sign of life will be given: the watchdog's settings cannot be read", "err", err)
	}
	s.every = watchdog / 3
	return s
}

// turned is called whenever the pipeline has turned. Only a pipeline that turns
// feeds the watchdog: an agent that hangs is started again.
func (s *service) turned() {
	if !s.ready {
		s.ready = true
		s.say(daemon.SdNotifyReady)
	}
	if now := time.Now(); s.every > 0 && now.Sub(s.last) >= s.every {
		s.last = now
		s.say(daemon.SdNotifyWatchdog)
	}
}

// reloaded is called when a reload begins, with nil, and when it has ended.
func (s *service) reloaded(v *agent.Verdict) {
	if v == nil {
		s.say(daemon.SdNotifyReloading + "\n" + daemon.SdNotifyMonotonicUsec())
		return
	}
	s.say(daemon.SdNotifyReady)
}

// summary is called with what systemctl status is to show.
func (s *service) summary(text string) { s.say("STATUS=" + diag.Safe(text)) }

func (s *service) stopping() { s.say(daemon.SdNotifyStopping) }

func (s *service) say(state string) {
	if _, err := daemon.SdNotify(false, state); err != nil {
		s.log.Warn("cannot tell systemd", "state", state, "err", err)
	}
}
