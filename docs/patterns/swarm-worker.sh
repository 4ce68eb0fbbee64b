#!/usr/bin/env bash
# Asks the coordinator for a task, does it, tells what came of it, until there is none.
#   swarm-worker.sh COORDINATOR
set -euo pipefail
while task=$(fleet msg request "$1" next --timeout 10m) && [ "$task" != stop ]; do
  fleet report working --message "$task" >/dev/null
  # Here an agent would be run: result=$(claude -p "$task")
  sleep "${THINK:-0.2}"
  fleet msg send "$1" --subject result "$FLEET_NODE:$FLEET_SESSION did $task" >/dev/null
done
fleet report done >/dev/null
