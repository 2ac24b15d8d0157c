# Runs a PostgreSQL server in the folder $2 until standard input ends, then removes both.
# $1: the folder of initdb and pg_ctl. Says "ready" when the server can be reached, or else what went wrong.
#
# The tests hold the other end of standard input and never write to it. It ends when they do, however they end:
# done, by panic, by abort, or killed.
bin=$1
folder=$2

clean_up() {
    "$bin/pg_ctl" -D "$folder/data" -m immediate -w stop >/dev/null 2>&1
    cd /
    rm -rf "$folder"
}
trap clean_up EXIT
trap 'exit 1' HUP INT TERM

cd "$folder" || exit 1
# A crash of the machine loses nothing that anybody needs: no fsync anywhere.
"$bin/initdb" -D data -U postgres -A trust -E UTF8 --locale=C --no-sync >log 2>&1 </dev/null &&
    "$bin/pg_ctl" -D data -l server.log -w start >>log 2>&1 </dev/null \
        -o "-k '$folder' -c listen_addresses= -c max_connections=300 -c shared_buffers=32MB
            -c fsync=off -c synchronous_commit=off -c full_page_writes=off"
if [ $? -ne 0 ]; then
    cat log server.log 2>/dev/null
    exit 1
fi
echo ready
read -r _
