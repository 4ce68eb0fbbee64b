#!/usr/bin/env bash
# A scripted agent, to try the patterns without spending tokens: it reports what it does as an agent's hooks would, thinks without a
# word, asks for permission, and ends with 0 when it was given. With ASK=no it asks nothing.
#   stand-in.sh TASK
set -euo pipefail
task=$1
fleet report working --message "$task" >/dev/null
sleep "${THINK:-1}"
if [ "${ASK:-yes}" != no ]; then
  fleet report blocked --reason permission --message "may I $task?" >/dev/null
  printf 'May I %s? [y/N] ' "$task"
  read -r answer
  fleet report working >/dev/null
  case $answer in y | yes) ;; *) echo "gave up: $task"; exit 1 ;; esac
fi
echo "result: $task is done"
fleet report done --message "$task" >/dev/null
