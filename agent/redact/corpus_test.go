package redact_test

import (
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"net/url"
	"strings"
)

// sample is a text and what must not be left of it; a look-alike has no secrets.
type sample struct {
	text    string
	secrets []string
}

// maker generates values; the same seed gives the same corpus.
type maker struct{ r *rand.Rand }

const (
	lower  = "abcdefghijklmnopqrstuvwxyz"
	upper  = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	digits = "0123456789"
	hexa   = "0123456789abcdef"
)

func (m maker) of(alphabet string, n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = alphabet[m.r.IntN(len(alphabet))]
	}
	return string(b)
}

// rnd is random text with a digit and both cases in it.
func (m maker) rnd(n int) string { return m.of(lower+upper+digits, n-3) + "x" + "7" + "Q" }

func (m maker) word() string {
	words := strings.Fields("harbor meadow copper lantern walrus velvet juniper saddle anchor comet timber falcon")
	return words[m.r.IntN(len(words))]
}

// password is what people choose.
func (m maker) password() string {
	switch m.r.IntN(4) {
	case 0:
		return m.word() + m.of(digits, 3)
	case 1:
		return m.word() + "-" + m.word() + "-" + m.of(digits, 2)
	case 2:
		return strings.ToUpper(m.word()[:1]) + m.word()[1:] + m.of("!#*+", 1) + m.of(digits, 2)
	}
	return m.rnd(14)
}

func (m maker) base64(n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(m.r.Uint32())
	}
	return base64.StdEncoding.EncodeToString(b)
}

func (m maker) jwt() string {
	part := func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }
	return part(`{"alg":"HS256","typ":"JWT"}`) + "." + part(fmt.Sprintf(`{"sub":"%s","exp":17%s}`, m.of(digits, 6), m.of(digits, 8))) + "." + m.of(lower+upper+digits+"-_", 43)
}

// card completes digits with a check digit; wrong makes it fail.
func (m maker) card(iin string, n int, wrong bool) string {
	d := iin + m.of(digits, n-1-len(iin))
	for c := range 10 {
		full := fmt.Sprintf("%s%d", d, c)
		if check(full) != wrong {
			return full
		}
	}
	panic("no check digit")
}

// check is the textbook's Luhn, from the right.
func check(number string) bool {
	sum, double := 0, false
	for i := len(number) - 1; i >= 0; i-- {
		v := int(number[i] - '0')
		if double {
			v = v*2/10 + v*2%10
		}
		sum, double = sum+v, !double
	}
	return sum%10 == 0
}

// iban makes the check digits by trying all.
func (m maker) iban(country string, n int) string {
	account := m.of(digits, n-4)
	for c := 2; c < 99; c++ {
		rest := 0
		for _, r := range account + country {
			v := int(r - '0')
			if r >= 'A' {
				v = int(r-'A') + 10
				rest = rest * 10
			}
			rest = (rest*10 + v) % 97
		}
		if (rest*100+c)%97 == 1 {
			return fmt.Sprintf("%s%02d%s", country, c, account)
		}
	}
	panic("no check digits")
}

func groups(s string, n int, by string) string {
	var out []string
	for len(s) > n {
		out, s = append(out, s[:n]), s[n:]
	}
	return strings.Join(append(out, s), by)
}

func (m maker) pem(kind, newline string) (text string, secrets []string) {
	lines := []string{"-----BEGIN " + kind + "-----"}
	for range 6 {
		l := m.base64(48)
		lines, secrets = append(lines, l), append(secrets, l)
	}
	return strings.Join(append(lines, "-----END "+kind+"-----"), newline), secrets
}

// secrets are generated values in the places where logs hold them.
func secrets() []sample {
	m := maker{rand.New(rand.NewPCG(7, 7))}
	var out []sample
	add := func(format string, values ...string) {
		args := make([]any, len(values))
		for i, v := range values {
			args[i] = v
		}
		out = append(out, sample{fmt.Sprintf(format, args...), values})
	}
	addAs := func(text string, secrets ...string) { out = append(out, sample{text, secrets}) }
	for range 3 { // tokens that begin in a known way
		for _, t := range []string{
			"AKIA" + m.of(upper+"234567", 15) + "7", "ASIA" + m.of(upper+"234567", 15) + "7", "ghp_" + m.rnd(36), "gho_" + m.rnd(36), "ghs_" + m.rnd(36),
			"github_pat_" + m.rnd(22) + "_" + m.rnd(59), "glpat-" + m.rnd(20), "xoxb-" + m.of(digits, 12) + "-" + m.rnd(24), "sk_live_" + m.rnd(24), "rk_live_" + m.rnd(24),
			"AIza" + m.rnd(35), "npm_" + m.rnd(36), "SG." + m.rnd(22) + "." + m.rnd(43), "hvs." + m.rnd(24), "sk-proj-" + m.rnd(48), "sk-ant-api03-" + m.rnd(90),
			"dop_v1_" + m.of(hexa, 63) + "7", "shpat_" + m.of(hexa, 31) + "7", "ya29." + m.rnd(60), "pypi-AgEIcHlwaS5vcmc" + m.rnd(80), m.jwt(),
		} {
			add([]string{"using %s to sign in", `{"msg":"sent","with":"%s"}`, "GET /x?k=%s HTTP/1.1"}[m.r.IntN(3)], t)
		}
	}
	for _, format := range []string{ // keys that name a secret
		"login failed: user=bob password=%s host=db1", `{"user":"bob","password":"%s","n":1}`, `msg="{\"password\":\"%s\"}"`, "DB_PASSWORD=%s", "password: %s", "  passwd: %s",
		"Server=db1;Database=x;User Id=sa;Password=%s;Encrypt=true", "jdbc:postgresql://db1/x?user=bob&password=%s&ssl=true", "host=db1 user=bob password='%s' dbname=x",
		"mysqldump --user bob --password %s shop", "exec: [\"tool\",\"--password\",\"%s\"]", "<password>%s</password>", "ALTER ROLE bob WITH PASSWORD '%s'", "CREATE USER bob IDENTIFIED BY '%s'",
		"spring.datasource.password = %s", "sshpass -p %s ssh root@db1", "curl -u admin:%s https://x/", "POST /login?user=bob&passwd=%s 200", "body=user%%3Dbob%%26password%%3D%s%%26x%%3D1",
		`{"a":"{\\\"password\\\":\\\"%s\\\"}"}`, "smtpPassword=%s", "env: PGPASSWORD=%s", "keystore.storepass=%s", "the passphrase is passphrase=%s", `'password' => '%s',`, `{"line":"user=bob\npassword=%s\nhost=x"}`,
		"password:\n    %s\n", "command --password \\\n  %s --x", `"db.password"="%s"`, `q: user\u003dbob\u0026password\u003d%s`,
		// as processes are called
		`worker --env {"HOME":"/root","DB_PASSWORD":"%s","PATH":"/bin"}`, "docker run -e MYSQL_ROOT_PASSWORD=%s -d mysql", "java -Xmx1g -Dspring.datasource.password=%s -jar shop.jar",
		`worker --env={'TZ': 'UTC', 'PGPASSWORD': '%s'}`, `sh -c export DB_PASSWORD="%s"; exec shop`, "shop --env DB_PASSWORD=%s --env TZ=UTC",
	} {
		for range 2 {
			add(format, m.password())
		}
	}
	for _, format := range []string{
		"api_key=%s", `"apiKey": "%s"`, "X-Api-Key: %s", "client_secret=%s&grant_type=code", "AWS_SECRET_ACCESS_KEY=%s", "secret: %s", "auth_token: %s", "access_token=%s", `{"refresh_token":"%s"}`,
		"token=%s expired", "--token %s", "DefaultEndpointsProtocol=https;AccountName=x;AccountKey=%s;EndpointSuffix=y", "Authorization: Bearer %s", `headers={'Authorization': 'Bearer %s'}`,
		"authorization: token %s", "-H 'Authorization: ApiKey %s'", "SharedAccessKey=%s", "x-amz-security-token=%s", `\"token\": \"%s\"`, "token%%3D%s", "webhook_secret: '%s'",
	} {
		for range 2 {
			add(format, m.rnd(32))
		}
	}
	for _, format := range []string{"Cookie: session=%s; theme=dark", "Set-Cookie: sid=%s; Path=/; HttpOnly", "PHPSESSID=%s", "JSESSIONID=%s", "connect.sid=s%%3A%s", `{"sessionid":"%s"}`, "cookie=\"sessionid=%s\""} {
		add(format, m.rnd(26))
	}
	for _, format := range []string{ // URLs
		"caf\xe9 postgres://b\xf6b\xfc:%s@db1/x", "connect postgres://bob:%s@db1:5432/x", "redis://:%s@cache:6379/0", "amqp://app:%s@mq/", "clone https://bob:%s@git.example/x.git", `{"url":"mongodb:\/\/app:%s@m1,m2\/x"}`,
		"next=https%%3A%%2F%%2Fbob%%3A%s%%40host%%2Fx", "proxy http://u:%s@10.0.0.1:3128 refused",
	} {
		for range 2 {
			add(format, m.rnd(12))
		}
	}
	add("dsn=mysql://app:%s@db/x", "p@ss"+m.of(digits, 4))
	add("fetch https://%s@git.example/x.git", m.rnd(40))
	basic := base64.StdEncoding.EncodeToString([]byte("bob:" + m.password()))
	add("Authorization: Basic %s", basic)
	add("sent header Basic %s to proxy", basic)
	for _, kind := range []string{"RSA PRIVATE KEY", "PRIVATE KEY", "EC PRIVATE KEY", "OPENSSH PRIVATE KEY", "ENCRYPTED PRIVATE KEY"} {
		for _, newline := range []string{"\n", `\n`, "\r\n", "\n    "} {
			text, lines := m.pem(kind, newline)
			addAs("key is "+text+" end", lines...)
		}
		text, lines := m.pem(kind, "\n")
		addAs(text[:len(text)-60], lines[:5]...)                     // the end was cut off
		addAs(text[strings.IndexByte(text, '\n')+20:], lines[1:]...) // the beginning was
		addAs(`{"key":"`+strings.ReplaceAll(text, "\n", `\n`)+`"}`, lines...)
	}
	for _, token := range []string{"ghp_" + m.rnd(36), m.jwt(), "glpat-" + m.rnd(20), "AKIA" + m.of(upper+"234567", 15) + "7"} { // wrapped by a terminal
		half := len(token) / 2
		for _, newline := range []string{"\n", "\n  ", "\\\n"} {
			addAs("got "+token[:half]+newline+token[half:]+" now", token[:half], token[half+4:])
		}
		addAs("u="+url.QueryEscape("https://x/?t="+token), token)
		addAs(`{"m":"first\n`+token+`\tlast"}`, token)
	}
	for _, c := range []struct {
		iin string
		n   int
	}{{"4", 16}, {"51", 16}, {"2221", 16}, {"37", 15}, {"6011", 16}, {"35", 16}, {"36", 14}, {"4", 13}} {
		n := m.card(c.iin, c.n, false)
		add("paid with %s today", n)
		add(`{"pan":"%s"}`, n)
		add("card%%3D%s%%26x", n)
		if c.n == 16 {
			add("card %s, expires 12/29", groups(n, 4, " "))
			add("card %s", groups(n, 4, "-"))
			add("card=%s", groups(n, 4, "%20"))
			add("card=%s", groups(n, 4, "+"))
		}
	}
	for country, n := range map[string]int{"DE": 22, "AT": 20, "ES": 24, "PT": 25, "BE": 16, "PL": 28} {
		number := m.iban(country, n)
		add("transfer to %s done", number)
		add("transfer to %s done", groups(number, 4, " "))
		add(`{"iban":"%s"}`, number)
	}
	return out
}

// alikes are generated texts that only look as if they held a secret.
func alikes() []string {
	m := maker{rand.New(rand.NewPCG(9, 9))}
	out := strings.Split(strings.TrimSpace(innocent), "\n")
	for range 12 {
		uuid := m.of(hexa, 8) + "-" + m.of(hexa, 4) + "-4" + m.of(hexa, 3) + "-a" + m.of(hexa, 3) + "-" + m.of(hexa, 12)
		out = append(
			out, "request "+uuid+" took 12 ms", "commit "+m.of(hexa, 40), "sha256:"+m.of(hexa, 64)+" pulled", "trace_id="+m.of(hexa, 32)+" span_id="+m.of(hexa, 16),
			"order "+m.card("4", 16, true)+" shipped", "order "+groups(m.card("52", 16, true), 4, "-")+" shipped", "ts=17"+m.of(digits, 17)+" ok", "offset 0x"+m.of(hexa, 16),
			"account DE00"+m.of(digits, 18)+" unknown", "v1."+m.of(digits, 2)+"."+m.of(digits, 1)+" released", "ETag: \""+m.of(hexa, 32)+"\"", "pod web-"+m.of(lower+digits, 10)+"-"+m.of(lower+digits, 5)+" started",
			"phone +49 30 "+m.of(digits, 8), "-----BEGIN CERTIFICATE-----\n"+m.base64(48)+"\n"+m.base64(48)+"\n-----END CERTIFICATE-----",
			"host "+m.word()+":5432/"+m.word()+"@v2", "blob "+m.base64(30),
		)
	}
	return out
}

const innocent = `
Failed password for root from 10.0.0.1 port 22 ssh2
password must have at least 12 characters
Invalid password: required
password reset mail sent to the user
password: ********
password=${DB_PASSWORD}
password={{ .Password }}
password=<redacted>
password=null
"password":null,"user":"bob"
passwordless=true
password_length=12
password_changed_at=2026-01-01
pass: 12 fail: 3 skip: 1
tests passed: 91
compass=north
bypass=enabled
surpass: the limit
token bucket is empty
tokens: 512
max_tokens=4096
token_type=Bearer
token expired
unexpected token: '}'
unexpected token = at line 4
token_count: 17
token: identifier expected
invalid token: EOF
secret not found: web-tls
secretName: web-tls
secret "web-tls" not found
secrets: 3
key=17
key: value
primary key=42
keyspace=orders
monkey=banana
foreign_key: orders_customer_id
public_key: loaded
key_id=1234
session opened for user root by (uid=0)
session=5
session: closed
sid=17
cookie: none
cookies enabled: yes
Authorization: required
authorization failed for user bob
Basic auth is disabled
Bearer authentication scheme
basic checks: passed
bearer token was rejected
GET https://example.com:8080/path@v1 200
image registry.example.com:5000/app@sha256
git@github.com:owner/repo.git
ssh://git@github.com/owner/repo
https://user@example.com/
mailto:someone
http://localhost:8080/?q=a@b
time=12:34:56 level=info
2026-11-24T10:00:00.123456789Z INFO started
1732442400123456789 tick
4111 1111 rows in 12 ms
1234567890123456 bytes
port 4000 4001 4002 4003
5432 5433 5434 5435
0.4111111111111111
4111111111111111.5 is a float
AKIA is the prefix of a key id
AKIAEXAMPLE is too short
ghp_ is how they begin
xoxb- tokens begin so
sk-learn-pipeline-with-a-very-long-name
sk-something-else-that-is-only-words-and-dashes
eyJ is how a JWT begins
eyJhbGci is cut
hf_hub_download was called
npm_config_cache=/tmp
key-value-store-with-many-words
SG.1 is a group
SKU 1234567890
DEADBEEF00000000000000
GB99 is no account
US1234567890123456
AT&T 20 lines
--password-file /run/secrets/pw
--token-ttl 30
--secret-name web-tls
--pass-through yes
curl -u was called without a user
sshpass -h
<password/>
<token type="x"/>
ALTER TABLE t ADD COLUMN password text
SELECT password FROM users WHERE id = 1
SET PASSWORD '' is refused
identified by an id
-----BEGIN PUBLIC KEY-----
-----BEGIN PGP MESSAGE-----
----- BEGIN PRIVATE TALK -----
--- PRIVATE KEY ---
author: bob
authority=example.com
auth=true
credential=none
credentials: missing
access_key_id=17
accessKeyRotation=enabled
PWD: unset
passwd: all authentication tokens updated successfully
pw=?
otp: required
signature: invalid
sig=SIGTERM
[token#abcdefghjk] was here
[password#zyxwvutsrq] and password=[password#zyxwvutsrq]
secret=%s
token={}
token=$TOKEN
`
