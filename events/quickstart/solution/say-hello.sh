#!/usr/bin/env bash
# The shortest page on one machine: say-hello.sh TEAM [PORT]
set -euo pipefail
team=${1:?usage: say-hello.sh TEAM [PORT]} port=${2:-8000}
site=$(mktemp -d)
echo "hello from $team" > "$site/hello"
echo "now, in another terminal: jam team settings --site http://127.0.0.1:$port && jam submit say-hello/page --wait"
exec python3 -m http.server "$port" --bind 127.0.0.1 --directory "$site"
