# Where the demo of this checkout runs; to be sourced. The script says where the checkout is: root.
# shellcheck shell=bash disable=SC2154,SC2034

# demo_address API|RPC: an address of the demo, or the one in TALLY_API or TALLY_RPC; empty if no demo runs.
demo_address() {
  local given=TALLY_$1
  printf '%s' "${!given:-$(sed -n "s/^$1='\(.*\)'$/\1/p" "$root/.tally/demo.env" 2>/dev/null || true)}"
}

# Sets api, rpc and network (a file) to those of the demo, or ends the script that asks.
use_demo() {
  api=$(demo_address API)
  rpc=$(demo_address RPC)
  network=${TALLY_NETWORK:-$root/.tally/network/network.json}
  [ -n "$api" ] && [ -n "$rpc" ] || { echo "run: no demo runs in this checkout; start scripts/demo" >&2; exit 1; }
  network=$(realpath "$network")
}
