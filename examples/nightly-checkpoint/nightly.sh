#!/bin/sh
# Gives the disk space of the write-ahead log back, then does the maintenance that is due. Prints what somebody should look at,
# and nothing else. Status: 0 all is well, 1 something was found, 2 something could not be tried.
#
#   nightly.sh [directory of the application]
cd "${1:-.}" || exit 2

status=0
run() {
  npx --no-install ferrolite "$@" --quiet
  code=$?
  if [ "$code" -gt "$status" ]; then status=$code; fi
}

# A minute: at night a job can wait longer than a request.
run checkpoint --mode truncate --busy-timeout-ms 60000
run maintenance
exit "$status"
