# Keeps one Postgres cluster for as long as the process that started this script lives.
#
# Usage: sh -c "$(cat keeper.sh)" keeper BINARIES FOLDER
#
# Standard input is a pipe whose other end only that process holds, so it closes when the process ends,
# in whatever way: then the cluster is stopped and its folder removed.
set -u
binaries=$1
folder=$2
server=

# Signals to the whole process group (Ctrl-C, a CI job that is cancelled) end the tests; closing the pipe ends us.
trap '' HUP INT TERM

finish() {
    # A test may have killed it, and started another one.
    if [ -n "$server" ] && [ "$(head -n 1 data/postmaster.pid 2>/dev/null)" = "$server" ]; then
        kill -QUIT "$server" 2>/dev/null # "Immediate": nothing in here is worth a checkpoint.
        wait "$server"
    fi
    cd /
    rm -rf "$folder"
    exit "$1"
}

cd "$folder" || exit 1
"$binaries/initdb" --pgdata=data --username=postgres --auth=trust --encoding=UTF8 --locale=C --no-sync \
    >log 2>&1 </dev/null || { cat log >&2; finish 1; }
"$binaries/postgres" -D data -k "$folder" -c config_file="$folder/postgresql.conf" >>log 2>&1 </dev/null &
server=$!
# Not in the foreground: while it waits, the shell also buries a server that was killed, whose number would stay in use.
exec 3<&0
(read -r _ <&3) &
wait $!
finish 0
