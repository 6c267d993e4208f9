#!/bin/sh
# Prints the answer to find-the-log/line. Usage: find-the-log.sh access.log
set -eu
awk '$9 == 500' "$1" | grep -o 'trace=[^ ]*' | cut -d= -f2
