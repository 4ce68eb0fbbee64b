#!/usr/bin/env bash
# One supervisor, a worker for each task on whichever node has room. What a worker asks is shown and answered; at the end, their results.
#   WORKER='claude -p' ANSWER=y supervisor.sh 'fix the tests' 'write the docs' …
set -euo pipefail
read -ra worker <<<"${WORKER:-claude}"
tag="supervised=$$"

# Answers its questions until it has ended. An agent may say that it is blocked before its question is drawn: then it is looked at again. The
# screen that was read is the screen that is answered: otherwise nothing is typed.
attend() {
  while fleet wait "$1" --for blocked >/dev/null 2>&1; do
    question=$(fleet screen "$1" | grep -F '[y/N]' | tail -n 1) || { sleep 0.2; continue; }
    fleet send "$1" --when blocked --expect '/\[y\/N\]/' --observed "${ANSWER:-y}" >/dev/null && echo "$1 asked: $question"
  done
}

workers=()
for task in "$@"; do
  workers+=("$(fleet launch --quiet --where os=linux --tag "$tag" -- "${worker[@]}" "$task")")
done
for each in "${workers[@]}"; do attend "$each" & done
wait
failed=0
for each in "${workers[@]}"; do
  fleet wait "$each" >/dev/null || failed=$((failed + 1))
  echo "$each: $(fleet logs "$each" --plain | grep . | tail -n 1)"
done
fleet rm "${workers[@]}" >/dev/null
exit "$failed"
