# Runs one program for rowgate and ends it when rowgate is gone.
#
#   LOG WHEN FOLDER SOCKETS PATIENCE PROGRAM [ARGUMENT...]
#
# Standard input is a pipe that rowgate alone holds open. Each line on it means:
# interrupt the program. Its end means that rowgate has died, so that nobody
# else will see to a program that does not stop. FOLDER is removed after the
# program has ended: "always", when rowgate died ("orphaned"), or "never".
# SOCKETS, if not empty, is a folder that is removed in any case. PATIENCE is
# how many seconds after the death of rowgate the program is told to quit. The
# program's process id is the one line on standard output.
log=$1 when=$2 folder=$3 sockets=$4 patience=$5
shift 5
umask 077
exec 3<&0 </dev/null 2>>"$log" || exit 1

child= orphaned=
trap 'orphaned=yes' USR1
trap '[ -n "$child" ] && kill -INT "$child"' HUP INT TERM

"$@" 3<&- >>"$log" 2>&1 &
child=$!
echo "$child"
exec >/dev/null

# A program that has only just been started may miss a signal, so one is not
# enough.
(
  while read -r _ <&3; do
    kill -INT "$child"
  done
  kill -USR1 $$
  i=0
  while kill -INT "$child"; do
    [ "$i" -lt "$patience" ] || kill -QUIT "$child"
    sleep 1
    i=$((i + 1))
  done
) &
watcher=$!
exec 3<&-

# A trapped signal ends wait early.
wait "$child"
status=$?
while kill -0 "$child" 2>/dev/null; do
  wait "$child"
  status=$?
done
# The watcher may have been forked this moment, when it misses all but SIGKILL.
kill -KILL "$watcher" 2>/dev/null
wait "$watcher" 2>/dev/null

cd /
if [ -n "$folder" ]; then
  case $when$orphaned in
  always* | orphanedyes) rm -rf -- "$folder" ;;
  esac
fi
[ -n "$sockets" ] && rm -rf -- "$sockets"
exit "$status"
