#!/bin/sh
# Installs the systems of npm and Maven (all, or those named) and prints the apt line for those of Debian.
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
  elif [ -f "$system/pom.xml" ]; then
    echo "$system"
    (cd "$system" && mvn -q -B compile dependency:copy-dependencies -DoutputDirectory=target/lib) || status=1
  elif grep -q '"from": *"debian"' "$system/system.json"; then
    debian="$debian$(sed -n 's/.*"command": *"apt-get install --no-install-recommends \([^"]*\)".*/\1 /p' "$system/system.json")"
  fi
done
# Words of their own: each package once.
# shellcheck disable=SC2086
[ -z "$debian" ] || echo "For the systems of Debian: apt-get install --no-install-recommends" $(printf '%s\n' $debian | sort -u)
exit $status
