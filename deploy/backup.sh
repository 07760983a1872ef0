#!/bin/sh
# One archive a day of the whole city, the older ones taken away. Run it as the user of the service, from cron:
#   15 3 * * *  quartier  /opt/quartier/deploy/backup.sh /var/backups/quartier 14
# The archive holds neither secret nor pepper: carry those two files away once, by another road (docs/operate.md).
set -eu
umask 077

folder=${1:?usage: backup.sh FOLDER [DAYS]}
days=${2:-14}
quartier=${QUARTIER:-$(dirname "$0")/../.venv/bin/quartier}

mkdir -p "$folder"
name=quartier-$(date -u +%Y-%m-%dT%H%M%SZ).tar
trap 'rm -f "$folder/.$name"' EXIT
"$quartier" backup "$folder/.$name"
test -s "$folder/.$name"
mv "$folder/.$name" "$folder/$name"
# Only once today's is whole.
find "$folder" -maxdepth 1 -name 'quartier-*.tar' -mtime "+$days" -delete
