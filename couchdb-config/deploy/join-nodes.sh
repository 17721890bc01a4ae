#!/bin/sh
# Joins NODES to the CouchDB at COUCHDB and makes its system databases. Changes nothing where that was done before.
set -eu
put() {
  status=$(curl -sS -o /dev/null -w '%{http_code}' -X PUT -H 'Content-Type: application/json' -d '{}' "$COUCHDB/$1")
  case $status in
    # 409: the node is known; 412: the database is there.
    201 | 409 | 412) ;;
    *)
      echo "$1: CouchDB answered $status" >&2
      exit 1
      ;;
  esac
}
for node in $NODES; do put "_node/_local/_nodes/$node"; done
for database in _users _replicator; do put "$database"; done
curl -fsS "$COUCHDB/_membership"
