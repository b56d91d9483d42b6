# Sourced by the other scripts: what they say, and where a long command's output goes.
# Needs $root, the repository.

logs=$root/build/log

say() { echo "$*" >&2; }
die() { echo "${0##*/}: $*" >&2; exit 1; }
usage() { sed -n 's/^# \{0,1\}[Uu]sage: */usage: /p' "$0" >&2; exit 2; }

# step LABEL COMMAND...: one line with the time it took, its output in a log
step() {
	step_label=$1
	shift
	mkdir -p "$logs"
	step_log=$logs/$(echo "$step_label" | tr -cs 'a-zA-Z0-9.\n' -).log
	step_start=$(date +%s)
	if "$@" >"$step_log" 2>&1 </dev/null; then
		printf '[%4d s] %s\n' $(($(date +%s) - step_start)) "$step_label" >&2
		return 0
	else
		step_status=$?
	fi
	printf '[%4d s] FAILED: %s\n' $(($(date +%s) - step_start)) "$step_label" >&2
	# errors of a parallel make are rarely in the last lines
	grep -nE '(error|Error|ERROR|undefined reference|^E:)' "$step_log" | head -n 15 >&2
	tail -n 15 "$step_log" >&2
	say "the whole output: $step_log"
	return $step_status
}

# need_space DIR MEGABYTES WHAT
need_space() {
	free=$(df -Pm "$1" | awk 'NR == 2 { print $4 }')
	[ "$free" -ge "$2" ] ||
		die "$3 needs $2 MB of disk space in $1, there are $free MB"
}

# tap NAME COMMAND...: a command's TAP as a suite, for scripts/ktap
tap() {
	echo "##suite $1"
	shift
	start=$(date +%s)
	tap_status=0
	"$@" 2>&1 || tap_status=$?
	echo "##end $tap_status $(($(date +%s) - start))"
}
