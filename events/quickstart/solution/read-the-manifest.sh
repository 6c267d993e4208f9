#!/bin/sh
# Prints the answers to read-the-manifest, field and then value. Usage: read-the-manifest.sh shop.yaml
#
# The Service sends to targetPort, and nothing in the Pod listens there: the process listens where LISTEN says.
set -eu
sent=$(sed -n 's/^ *targetPort: *//p' "$1")
listens=$(sed -n 's/^ *LISTEN: *".*:\([0-9]*\)"$/\1/p' "$1")
[ "$sent" != "$listens" ] || exit 1
echo targetPort
echo "$listens"
