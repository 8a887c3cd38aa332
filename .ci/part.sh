# Sourced by .ci/run and .ci/test: runs the parts of a suite one after the other, goes on after a failure, counts.
#
# A part is either a check (counts as one) or a vitest project (counts its tests, read from vitest's JSON report, never
# from its text). A part that ran nothing has failed.

set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export CI=true FORCE_COLOR=0 NO_COLOR=1 NX_DAEMON=false
exec </dev/null

PASSED=0
FAILED=0
SKIPPED=0
TIMES=()
REPORTS=$(mktemp -d)
trap 'rm -rf "$REPORTS"' EXIT

# add NAME SECONDS PASSED FAILED SKIPPED
add() {
  PASSED=$((PASSED + $3))
  FAILED=$((FAILED + $4))
  SKIPPED=$((SKIPPED + $5))
  TIMES+=("$(printf '%5d s  %-14s %5d passed, %d failed' "$2" "$1" "$3" "$4")")
}

# check NAME LIMIT_SECONDS COMMAND…
check() {
  local name=$1 limit=$2 begin=$SECONDS code=0
  shift 2
  printf '\n=== %s\n' "$name"
  timeout -k 10 "$limit" "$@" || code=$?
  if [ "$code" -eq 0 ]; then
    add "$name" $((SECONDS - begin)) 1 0 0
  else
    printf '%s failed with exit code %d\n' "$name" "$code"
    add "$name" $((SECONDS - begin)) 0 1 0
  fi
  return "$code"
}

# tests NAME LIMIT_SECONDS VITEST_ARGUMENTS…
tests() {
  local name=$1 limit=$2 begin=$SECONDS code=0 counts
  local report="$REPORTS/$name.json"
  shift 2
  printf '\n=== %s\n' "$name"
  timeout -k 10 "$limit" npx --no-install vitest run --reporter=default --reporter=json --outputFile.json="$report" "$@" ||
    code=$?
  counts=$(node .ci/count.js "$report" "$code")
  # shellcheck disable=SC2086 # three numbers
  add "$name" $((SECONDS - begin)) $counts
}

# Prints the times and, last of all, the sum; succeeds when nothing failed and something passed.
finish() {
  printf '\n'
  printf '%s\n' "${TIMES[@]}"
  [ "$SKIPPED" -eq 0 ] || printf '%d skipped\n' "$SKIPPED"
  [ -z "${TUTTI_COUNTS:-}" ] || printf '%d %d %d\n' "$PASSED" "$FAILED" "$SKIPPED" >"$TUTTI_COUNTS"
  printf '%d passed, %d failed\n' "$PASSED" "$FAILED"
  [ "$FAILED" -eq 0 ] && [ "$PASSED" -gt 0 ]
}
