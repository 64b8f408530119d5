# A private PostgreSQL for a script, without a port; to be sourced after processes.sh. The script says where:
#   root, state, logs   the checkout; a folder of its own; a folder for what is printed
# It sets `cluster`, the folder to remove at the end, and has `psql` and `database_url NAME`.
# shellcheck shell=bash disable=SC2154

postgres_bin=$(compgen -G '/usr/lib/postgresql/*/bin/initdb' | sort -V | tail -n 1)
postgres_bin=${postgres_bin%/initdb}
# PostgreSQL refuses to run as root.
as_postgres=()
if [ "$(id -u)" = 0 ]; then
  as_postgres=(setpriv --reuid=postgres --regid=postgres --init-groups --)
fi
cluster=$state/postgres
reaches() { (cd / && "${as_postgres[@]}" test -x "$state"); }
# A socket's path has at most 107 bytes.
if ! reaches || [ ${#cluster} -gt 80 ]; then
  cluster=/var/tmp/tally-$(printf %s "$root" | cksum | cut -d ' ' -f 1)
  say "PostgreSQL cannot run in $state (no access, or too long a path); it runs in $cluster"
fi
rm -rf "$cluster"
mkdir -m 700 "$cluster"
[ "$(id -u)" != 0 ] || chown postgres: "$cluster"
in_root() { (cd / && "${as_postgres[@]}" "$@"); }
in_root "$postgres_bin/initdb" -D "$cluster/data" -U tally -A trust -E UTF8 --locale=C --no-sync \
  >"$logs/initdb.log" 2>&1 || { cat "$logs/initdb.log" >&2; die "PostgreSQL cannot make its cluster"; }
# Durable only as long as the machine runs: the demo begins anew every time.
start postgres env --chdir=/ "${as_postgres[@]}" "$postgres_bin/postgres" -D "$cluster/data" -k "$cluster" \
  -c listen_addresses= -c fsync=off -c full_page_writes=off
psql() { command "$postgres_bin/psql" -X -q -h "$cluster" -U tally "$@"; }
answers() { psql -d postgres -c 'SELECT 1' >/dev/null 2>&1; }
wait_for 60 PostgreSQL answers
encode() {
  local text=$1 out='' byte at
  local LC_ALL=C
  for ((at = 0; at < ${#text}; at++)); do
    byte=${text:at:1}
    case $byte in
      [a-zA-Z0-9/._~-]) out+=$byte ;;
      *) printf -v byte '%%%02X' "'$byte"; out+=$byte ;;
    esac
  done
  printf %s "$out"
}
database_url() { printf 'postgres://tally@localhost/%s?host=%s' "$1" "$(encode "$cluster")"; }
