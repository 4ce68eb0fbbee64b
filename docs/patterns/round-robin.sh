#!/usr/bin/env bash
# Tasks dealt out to the live nodes in turn, whatever their load.
#   WORKER='claude -p' round-robin.sh 'task one' 'task two' …
set -euo pipefail
read -ra worker <<<"${WORKER:-claude}"
mapfile -t nodes < <(fleet nodes --json | node -e 'for (const { name, state } of JSON.parse(require("fs").readFileSync(0))) if (state === "live") console.log(name)')
turn=0
for task in "$@"; do
  fleet launch --quiet --on "${nodes[turn % ${#nodes[@]}]}" --tag round-robin -- "${worker[@]}" "$task"
  turn=$((turn + 1))
done
