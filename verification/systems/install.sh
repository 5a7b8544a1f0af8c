#!/bin/sh
# Installs the npm systems (all, or those named) and prints the apt line for those of Debian.
cd "$(dirname "$0")" || exit 2
[ $# -gt 0 ] || set -- */
status=0
debian=
for system; do
  system=${system%/}
  [ -f "$system/system.json" ] || { echo "$system: no such system here" >&2; status=1; continue; }
  if [ -f "$system/package-lock.json" ]; then
    echo "$system"
    (cd "$system" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error) || status=1
  elif grep -q '"from": *"debian"' "$system/system.json"; then
    debian="$debian$(sed -n 's/.*"command": *"apt-get install \([^"]*\)".*/\1 /p' "$system/system.json")"
  fi
done
[ -z "$debian" ] || echo "For the systems of Debian: apt-get install $debian"
exit $status
