#!/bin/sh
# A container engine where there is none, for machines that are thrown away: install, start, stop,
# restart. Needs root and Debian's packages. An engine that was here before is used and left alone:
# only the one that `start` started is ended, by its own pid and never by a name. `restart` of
# another ends with status 3.
#
# WEFTWORK_ENGINE_RUN is the folder of its log and pid; WEFTWORK_ENGINE_OPTIONS goes to dockerd.
set -eu
run=${WEFTWORK_ENGINE_RUN:-/tmp/weftwork-engine}
pid_file=$run/pid
bound=60 # seconds that a start or a stop may take

say() { echo "engine: $*"; }

here() {
	for each in "$@"; do command -v "$each" >/dev/null || return 1; done
}

install() {
	here dockerd debootstrap && { here docker-compose || docker compose version >/dev/null 2>&1; } && return
	say "installing docker.io, docker-compose, debootstrap"
	apt-get update -qq
	DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
		docker.io docker-compose debootstrap >/dev/null
}

answers() { docker version --format '{{.Server.Version}}' >/dev/null 2>&1; }

# Whether the engine that `start` started runs; a dead one that nobody has collected does not.
runs() {
	[ -f "$pid_file" ] && kill -0 "$(cat "$pid_file")" 2>/dev/null || return 1
	case "$(sed 's/.*) //' "/proc/$(cat "$pid_file")/stat" 2>/dev/null)" in Z* | '') return 1 ;; esac
}

start() {
	answers && { say "answers already"; return; }
	mkdir -p "$run"
	# shellcheck disable=SC2086 # options are words
	setsid dockerd ${DOCKER_HOST:+-H "$DOCKER_HOST"} ${WEFTWORK_ENGINE_OPTIONS:-} \
		>"$run/log" 2>&1 </dev/null &
	echo $! >"$pid_file"
	tries=0
	until answers; do
		tries=$((tries + 1))
		if [ $tries -gt $((bound * 2)) ] || ! runs; then
			say "does not come up:"
			tail -5 "$run/log"
			exit 1
		fi
		sleep 0.5
	done
	say "docker $(docker version --format '{{.Server.Version}}') answers"
}

stop() {
	runs || { rm -f "$pid_file"; return 0; }
	pid=$(cat "$pid_file")
	kill "$pid"
	tries=0
	while runs; do
		tries=$((tries + 1))
		if [ $tries -gt $((bound * 5)) ]; then
			say "pid $pid does not end"
			exit 1
		fi
		sleep 0.2
	done
	rm -f "$pid_file"
}

restart() {
	runs || { say "was not started here and is left alone"; exit 3; }
	stop
	start
}

case "${1:-}" in
install | start | stop | restart) "$1" ;;
*)
	echo "use: $0 install|start|stop|restart" >&2
	exit 2
	;;
esac
