#!/bin/sh
# Installs the Debian packages named as arguments, as root, and sees to it that the servers in them are neither started
# now nor at the next boot: the project starts its own, private ones.
set -eu

policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  trap 'rm -f "$policy"' EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM HUP
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod 755 "$policy"
fi

export DEBIAN_FRONTEND=noninteractive
wait_for_others='DPkg::Lock::Timeout=600'
apt-get update -q -o "$wait_for_others"
# Ubuntu has Chromium as a snap only; the package of this other name brings it.
if ! apt-cache policy chromium | grep -q 'Candidate: [0-9]'; then
  set -- $(printf '%s\n' "$@" | sed 's/^chromium$/chromium-browser/')
fi
apt-get install -q -y --no-install-recommends -o "$wait_for_others" "$@"

if command -v systemctl >/dev/null; then
  for package in "$@"; do
    case $package in
    redis-server) systemctl --quiet disable redis-server.service ;;
    dovecot-*) systemctl --quiet disable dovecot.service dovecot.socket ;;
    esac
  done
fi
