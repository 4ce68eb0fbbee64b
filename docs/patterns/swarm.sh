#!/usr/bin/env bash
# A swarm: a coordinator that has the tasks, and so many workers on each node that ask it for the next one. Tasks and results travel as
# messages: nothing is typed anywhere, and a worker on a node that is away for a while is handed its answer later.
#   swarm.sh WORKERS_PER_NODE TASK…
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
each=$1
shift
mapfile -t nodes < <(fleet nodes --quiet)
coordinator=$(fleet launch --quiet --name coordinator --tag swarm -- node "$here/coordinator.mjs" $((each * ${#nodes[@]})) "$@")
for node in "${nodes[@]}"; do
  for ((n = 0; n < each; n++)); do
    fleet launch --quiet --on "$node" --tag swarm -- bash "$here/swarm-worker.sh" "$coordinator" >/dev/null
  done
done
fleet wait "$coordinator" >/dev/null
fleet logs "$coordinator" --plain
