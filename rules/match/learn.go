package match

// firstLesson is how many bytes a scanner sees before it makes the first plan by
// them. Each later plan waits for 64 times as many, or, when texts turn out to be
// dear, twice as many.
const firstLesson = 1 << 20

// learn makes a new plan when the bytes seen since the last are enough.
func (sc *scanner) learn() {
	p := sc.plan
	due := sc.bytes >= firstLesson<<min(6*p.number, 12)
	price := sc.price / float64(max(1, sc.bytes))
	dear := sc.bytes >= firstLesson<<min(p.number, 6) && price > p.price+dearPrice
	if !due && !dear {
		return
	}
	next := newPlan(&sc.set.alphabet, sc.set.needs, sc.sample)
	next.number = p.number + 1
	sc.set.plan.CompareAndSwap(p, next)
	sc.follow(sc.set.plan.Load())
}

// typical is the sample for a Set that has not seen anything: lines as most hosts
// have them.
const typical = `Nov 24 10:00:01 web-1 systemd[1]: Started Session 4211 of user root.
Nov 24 10:00:01 web-1 CRON[22133]: pam_unix(cron:session): session opened for user root by (uid=0)
Nov 24 10:00:02 db-2 sshd[4127]: Accepted publickey for deploy from 10.0.3.17 port 52022 ssh2: RSA SHA256:abc
Nov 24 10:00:02 db-2 sshd[4127]: pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=203.0.113.9
Nov 24 10:00:03 web-1 kernel: [120455.133712] usb 1-1: new high-speed USB device number 5 using xhci_hcd
10.1.2.3 - - [24/Nov/2026:10:00:03 +0000] "GET /api/v1/orders?id=4711 HTTP/1.1" 200 5120 "https://www.example.com/" "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36"
10.1.2.4 - alice [24/Nov/2026:10:00:04 +0000] "POST /login HTTP/1.1" 302 154 "-" "curl/8.5.0"
2026-11-24 10:00:04,123 INFO [main] org.apache.hadoop.hdfs.server.datanode.DataNode: Receiving block blk_-1608999687919862906 src: /10.250.19.102:54106 dest: /10.250.19.102:50010
2026-11-24T10:00:05.120Z INFO com.example.service.OrderService - order 88123 processed in 12 ms, status=ok, user=1001
2026-11-24 10:00:05.332 UTC [41] LOG:  checkpoint complete: wrote 120 buffers (0.7%); 0 WAL file(s) added, 0 removed; write=12.004 s, sync=0.003 s
2026/11/24 10:00:06 [error] 31#31: *117 open() "/usr/share/nginx/html/favicon.ico" failed (2: No such file or directory), client: 10.1.2.3, server: localhost
time="2026-11-24T10:00:06Z" level=info msg="request completed" method=GET path=/health status=200 duration=1.2ms
{"level":"info","ts":1764000007.12,"logger":"controller","msg":"reconciled object","namespace":"default","name":"web","error":null}
E1124 10:00:07.120331       1 reflector.go:126] Failed to list *v1.Pod: Get "https://10.96.0.1:443/api/v1/pods": connection refused
Nov 24 10:00:08 mail postfix/smtpd[991]: connect from unknown[198.51.100.7]
Nov 24 10:00:08 mail dovecot: imap-login: Login: user=<bob>, method=PLAIN, rip=10.0.0.8, lip=10.0.0.2, mpid=4411, TLS, session=<x1>
Nov 24 10:00:09 fw kernel: IN=eth0 OUT= MAC=00:16:3e SRC=192.0.2.1 DST=10.0.0.1 LEN=60 TOS=0x00 PREC=0x00 TTL=52 ID=0 DF PROTO=TCP SPT=443 DPT=40122 WINDOW=65535
	at java.base/java.lang.Thread.run(Thread.java:833)
`
