#!/bin/sh
# A container engine where there is none, for machines that are thrown away: install, start, stop,
# restart. Needs root and Debian's packages. The engine is ended by its own pid, never by a name.
set -eu
run=${WEFTWORK_ENGINE_RUN:-/tmp/weftwork-engine}
pid_file=$run/pid

say() { echo "engine: $*"; }

install() {
	command -v dockerd >/dev/null && command -v docker-compose >/dev/null && command -v debootstrap >/dev/null && return
	say "installing docker.io, docker-compose, debootstrap"
	apt-get update -qq
	DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends docker.io docker-compose debootstrap >/dev/null
}

answers() { docker version --format '{{.Server.Version}}' >/dev/null 2>&1; }

start() {
	answers && { say "answers already"; return; }
	mkdir -p "$run"
	setsid dockerd ${DOCKER_HOST:+-H "$DOCKER_HOST"} >"$run/log" 2>&1 </dev/null &
	echo $! >"$pid_file"
	tries=0
	until answers; do
		tries=$((tries + 1))
		if [ $tries -gt 60 ] || ! kill -0 "$(cat "$pid_file")" 2>/dev/null; then
			say "does not come up:"
			tail -5 "$run/log"
			exit 1
		fi
		sleep 0.5
	done
	say "docker $(docker version --format '{{.Server.Version}}') answers"
}

stop() {
	[ -f "$pid_file" ] || return 0
	pid=$(cat "$pid_file")
	kill "$pid" 2>/dev/null || true
	while kill -0 "$pid" 2>/dev/null; do sleep 0.2; done
	rm -f "$pid_file"
}

case "${1:-}" in
install) install ;;
start) start ;;
stop) stop ;;
restart) stop && start ;;
*)
	echo "use: $0 install|start|stop|restart" >&2
	exit 2
	;;
esac
