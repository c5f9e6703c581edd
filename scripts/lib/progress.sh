# shellcheck shell=bash
# scripts/lib/progress.sh - says how far a long step is. Source it, then:
#
#   apt_progress LOG apt-get install …      runs apt-get; its output goes to LOG
#   ninja_progress cmake --build …          runs ninja; everything but its counting is shown
#
# On a terminal one line changes in place; elsewhere a line is printed every ten seconds. Both return the command's status.

PROGRESS_EVERY=10

# progress_show TEXT: at the most as often as somebody can read it.
progress_show() {
  if [ -t 2 ]; then
    printf '\r  %s\033[K' "$1" >&2
  elif ((SECONDS - ${progress_last:-0} >= PROGRESS_EVERY)); then
    progress_last=$SECONDS
    printf '  %s\n' "$1" >&2
  fi
}

progress_end() {
  if [ -t 2 ]; then printf '\r\033[K' >&2; fi
}

apt_progress() {
  local log=$1 kind percent what status
  shift
  progress_last=$SECONDS
  # The lines are "dlstatus:NUMBER:PERCENT:TEXT" and "pmstatus:PACKAGE:PERCENT:TEXT".
  { "$@" -o APT::Status-Fd=3 3>&1 >>"$log" 2>&1; echo "ended:::$?"; } | {
    status=1
    while IFS=: read -r kind _ percent what; do
      case $kind in
        dlstatus) progress_show "downloading: ${percent%%.*} %" ;;
        pmstatus) progress_show "installing: ${percent%%.*} %" ;;
        ended) status=$what ;;
      esac
    done
    progress_end
    return "$status"
  }
}

ninja_progress() {
  local line status
  progress_last=$SECONDS
  { NINJA_STATUS='@%f/%t@ ' "$@" 2>&1; echo "@ended $?"; } | {
    status=1
    while IFS= read -r line; do
      case $line in
        @ended\ *) status=${line#@ended } ;;
        @[0-9]*@\ *)
          line=${line#@}
          progress_show "compiling: ${line%%@*}"
          ;;
        "ninja: no work to do.") ;;
        *)
          progress_end
          printf '%s\n' "$line"
          ;;
      esac
    done
    progress_end
    return "$status"
  }
}
