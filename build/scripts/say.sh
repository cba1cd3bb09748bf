#!/usr/bin/env bash
# Says what a long step does.
printf '\n\033[1m» %s\033[0m\n' "$*" >&2
