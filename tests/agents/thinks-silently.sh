#!/bin/bash
# Thinks for longer than any terminal shows work, and prints nothing meanwhile.
say() { echo "$(date +%s%3N) $1" >> "$TRUTH"; }
say working
fleet report working
sleep 7
say done
fleet report done --message 'three files changed'
sleep 60
