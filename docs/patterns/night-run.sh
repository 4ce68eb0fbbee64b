#!/usr/bin/env bash
# Agents that work through the night on many nodes: started again when they crash, and somebody is called when one needs a person.
#   WEBHOOK=https://hooks.example.com/night WORKER='claude -p' night-run.sh 'task one' 'task two' …
# The rule goes into this machine's config.toml once; 'fleet notify run' tells of the whole fleet until it is ended, and goes on
# where it stopped. What could not be told waits on disk.
set -euo pipefail
read -ra worker <<<"${WORKER:-claude}"
config=${FLEET_HOME:+$FLEET_HOME/config/config.toml}
config=${config:-${XDG_CONFIG_HOME:-$HOME/.config}/fleet/config.toml}
if ! grep -qs '^name = "night"' "$config"; then
  mkdir -p "$(dirname "$config")"
  printf '\n[[notify]]\nname = "night"\nkinds = ["session-changed", "session-ended"]\nstates = ["blocked", "failed", "lost"]\ntags = ["night"]\nwebhook = "%s"\n' "$WEBHOOK" >>"$config"
fi
for task in "$@"; do
  fleet launch --quiet --where os=linux --tag night --restart on-failure -- "${worker[@]}" "$task"
done
exec fleet notify run
