# Processes that a script starts, watches and stops; to be sourced. The script says where:
#   logs   folder for what each prints, as NAME.log
#   pids   file with name, pid and start time of every process started, newest last. The start time tells a process
#          of ours from another that got its number. The name of what may end by itself starts with a dash.
# and has a function `die`. File descriptor 9 may be a lock that processes do not inherit.
# shellcheck shell=bash disable=SC2154

start_time() { sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | cut -d ' ' -f 20; }

runs() { [ -n "$2" ] && [ "$(start_time "$1")" = "$2" ]; }

# start NAME COMMAND...: in the background, out of reach of the terminal's Ctrl-C, so that all end in order.
start() {
  local name=$1
  shift
  setsid "$@" >>"$logs/$name.log" 2>&1 9>&- </dev/null &
  note "$name" $!
}

note() { printf '%s %s %s\n' "$1" "$2" "$(start_time "$2")" >>"$pids"; }

# Stops what is listed, newest first, and waits for each.
stop_all() {
  [ -e "$pids" ] || return 0
  local name pid time signal tries
  while read -r name pid time; do
    runs "$pid" "$time" || continue
    signal=TERM
    [ "$name" = postgres ] && signal=INT # without waiting for its clients
    kill "-$signal" "$pid" 2>/dev/null || true
    for ((tries = 0; tries < 150; tries++)); do
      runs "$pid" "$time" || break
      sleep 0.1
    done
    runs "$pid" "$time" && kill -KILL "$pid" 2>/dev/null
  done < <(tac "$pids")
  rm -f "$pids"
}

# Ends the script if one of its processes has ended by itself.
check_alive() {
  local name pid time
  while read -r name pid time; do
    [[ $name == -* ]] && continue
    runs "$pid" "$time" && continue
    printf '\n' >&2
    tail -n 15 "$logs/$name.log" >&2
    die "$name ended by itself; its last words are above, all of them in $logs/$name.log"
  done <"$pids"
}

# wait_for SECONDS WHAT COMMAND...
wait_for() {
  local until=$((SECONDS + $1)) what=$2
  shift 2
  until "$@"; do
    check_alive
    [ "$SECONDS" -lt "$until" ] || die "$what did not get ready in time; see $logs"
    sleep 0.2
  done
}

listens() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# The port asked for, or the first free one from a default on.
port() {
  local wanted=$1 next=$2
  if [ -n "$wanted" ]; then
    listens "$wanted" && die "port $wanted is in use; choose another, or none"
    echo "$wanted"
    return
  fi
  while listens "$next"; do next=$((next + 1)); done
  echo "$next"
}
