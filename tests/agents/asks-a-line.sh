#!/bin/bash
# Works, asks y or n on a line, works on.
say() { echo "$(date +%s%3N) $1" >> "$TRUTH"; }
work() { for _ in {1..12}; do echo "building"; sleep 0.1; done; }
say working
work
say blocked
read -r -p 'Continue? [y/n] ' answer
say working
work
say blocked
read -r -s -p 'Password: ' secret
say working
work
