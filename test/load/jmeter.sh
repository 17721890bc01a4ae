#!/bin/sh
# Runs the plan beside it: Debian's JMeter (apt-get install jmeter jmeter-http), or any other that is first in the PATH.
# What is given is handed on: test/load/jmeter.sh -Jthreads=10 -Jloops=5
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
home=/usr/share/jmeter
set -- -n -t "$here/vetspace.jmx" -Jjmeter.save.saveservice.output_format=csv "$@"
[ "$(readlink -f "$(command -v jmeter)")" = "$home/bin/jmeter" ] || exec jmeter "$@"
exec java -Djmeter.home="$home" -cp "/usr/share/java/bsh.jar:$home/bin/*:$home/lib/*:$home/lib/ext/*" \
  bsh.Interpreter "$here/debian.bsh" "$@"
