# Keeps one Postgres cluster whose data are on a disk of their own, of so many megabytes, which only the server sees.
#
# Usage: unshare --map-root-user --mount sh -c "$(cat small_disk.sh)" keeper BINARIES FOLDER MEGABYTES
#
# Whenever the server ends it is started again, as a service manager does.
# Standard input is a pipe that closes when the process ends that started this script, see `keeper.sh`.
set -u
trap '' HUP INT TERM
mkdir "$2/data" && mount -t tmpfs -o "size=$3m,mode=700" disk "$2/data" || exit 1
# Postgres refuses to run as root, also where that is the user that started this script.
unshare --user --map-user=1000 --map-group=1000 sh -c '
    cd "$2" || exit 1
    "$1/initdb" --pgdata=data --username=postgres --auth=trust --encoding=UTF8 --locale=C --no-sync --wal-segsize=1 \
        >log 2>&1 </dev/null || { cat log >&2; exit 1; }
    while :; do
        "$1/postgres" -D data -k "$2" -c config_file="$2/postgresql.conf" >>log 2>&1 </dev/null
        sleep 0.2
    done &
    read -r _
    kill -9 $!
    server=$(head -n 1 data/postmaster.pid)
    kill -QUIT "$server"
    while kill -0 "$server" 2>/dev/null; do sleep 0.05; done
' keeper "$1" "$2"
code=$?
cd /
umount "$2/data"
rm -rf "$2"
exit "$code"
