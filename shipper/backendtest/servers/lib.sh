# What the scripts of this folder share. Each is called as
#   NAME install          packages; needs root
#   NAME run DIR PORT      sets up in DIR what is not there, writes DIR/env, and
#                          becomes the server on 127.0.0.1:PORT
# A test starts `run`, waits until the server answers, and ends it by its process id.
# Nothing outside of DIR is written by `run`.
set -euo pipefail

# packages installs what is missing. An unrelated package that is broken must not
# fail it, so the outcome is judged by what was asked for.
packages() {
  local missing=() p
  for p in "$@"; do installed "$p" || missing+=("$p"); done
  [ ${#missing[@]} -gt 0 ] || return 0
  local lock=${XDG_CACHE_HOME:-$HOME/.cache}/thirdline-servers/lock
  mkdir -p "${lock%/*}"
  { flock 9 && apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 -qq install -y --no-install-recommends "${missing[@]}" >/dev/null; } 9>"$lock" || true
  for p in "$@"; do installed "$p" || { echo "$p could not be installed" >&2; return 1; }; done
}

installed() { [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

# dispatch calls what the command line names.
dispatch() {
  case "${1:-}" in
    install) install ;;
    run) [ $# -eq 3 ] || { echo "usage: $0 run DIR PORT" >&2; exit 2; }
      DIR=$2 PORT=$3 URL=http://127.0.0.1:$3
      mkdir -p "$DIR"; chmod 700 "$DIR"; DIR=$(cd "$DIR" && pwd); run ;;
    *) echo "usage: $0 {install | run DIR PORT}" >&2; exit 2 ;;
  esac
}
