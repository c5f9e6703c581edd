# scripts/lib/verifiers.sh - the mail verifiers that tests/e2e/verifiers asks. Source it, then:
#
#   install_verifiers build/verifiers
#
# Nearly everything is unpacked below that directory (root/ from Debian packages, npm/ from npm), so that
# no service is added to the machine and no mail server it has is replaced. Only interpreters that are
# missing altogether (python3, perl, node, npm) are installed, with services kept from starting.
# Safe to call again: it returns at once when everything is there. Needs root and Debian's apt.
# What cannot be had is said on stderr and left out; the test then counts it as skipped.

# Packages that are unpacked together with whatever they depend on.
VERIFIER_PACKAGES=(
  unbound                                # the strict resolver of the test
  python3-spf python3-dnspython          # pyspf
  libmail-spf-perl spf-tools-perl        # Mail::SPF and its spfquery
  spfquery                               # libspf2's spfquery
  exim4-daemon-heavy
  python3-dkim python3-nacl              # dkimpy, Ed25519 included
  opendkim-tools
  libmail-dmarc-perl                     # Mail::DMARC
)
# Packages that are unpacked alone: they depend on a mail server or a database that the test has no use for.
VERIFIER_PACKAGES_ALONE=(
  opendmarc libopendmarc2 libmilter1.0.1
  postfix-policyd-spf-python python3-spf-engine python3-authres
  postfix-policyd-spf-perl libsys-hostname-long-perl
)
VERIFIER_MAILAUTH=mailauth@7.1.0

install_verifiers() {
  local directory=$1 wanted
  wanted="v1 ${VERIFIER_PACKAGES[*]} ${VERIFIER_PACKAGES_ALONE[*]} $VERIFIER_MAILAUTH"
  if [[ -f $directory/complete && $(<"$directory/complete") == "$wanted" ]]; then
    return 0
  fi
  mkdir -p "$directory"
  (
    flock 9
    local incomplete=0
    install_interpreters || incomplete=1
    unpack_debian_verifiers "$directory" || incomplete=1
    install_mailauth "$directory/npm" || incomplete=1
    (( incomplete )) || printf '%s\n' "$wanted" > "$directory/complete"
  ) 9> "$directory/lock"
}

# The interpreters are the one thing that is installed on the machine.
install_interpreters() {
  local missing=()
  [[ -x /usr/bin/python3 ]] || missing+=(python3)
  /usr/bin/perl -MJSON::PP -e 1 2> /dev/null || missing+=(perl)
  command -v node > /dev/null || missing+=(nodejs)
  command -v npm > /dev/null || missing+=(npm)
  (( ${#missing[@]} )) || return 0
  refresh_apt_lists
  echo "verifiers: installing ${missing[*]}" >&2
  without_services apt-get install -y -qq --no-install-recommends "${missing[@]}" > /dev/null \
    || { echo "verifiers: cannot install ${missing[*]}" >&2; return 1; }
}

# Runs a command while no package may start a service; puts the machine's own policy-rc.d back.
without_services() (
  local policy=/usr/sbin/policy-rc.d kept=
  if [[ -e $policy || -L $policy ]]; then
    kept=$(mktemp -u /usr/sbin/policy-rc.d.XXXXXX)
    mv "$policy" "$kept"
  fi
  trap 'rm -f "$policy"; [[ -z $kept ]] || mv "$kept" "$policy"' EXIT
  trap 'exit 130' INT TERM HUP
  printf '#!/bin/sh\nexit 101\n' > "$policy"
  chmod 755 "$policy"
  DEBIAN_FRONTEND=noninteractive "$@"
)

unpack_debian_verifiers() {
  local directory=$1 packages=$1/packages failed=0 package file
  refresh_apt_lists
  rm -rf "$directory/root" "$packages"
  mkdir -p "$directory/root" "$packages/partial"
  echo "verifiers: unpacking Debian packages into $directory/root" >&2
  for package in "${VERIFIER_PACKAGES[@]}"; do
    download_with_dependencies "$package" "$packages" \
      || { echo "verifiers: cannot download $package" >&2; failed=1; }
  done
  for package in "${VERIFIER_PACKAGES_ALONE[@]}"; do
    ( cd "$packages" && apt-get download -qq -o APT::Sandbox::User=root "$package" > /dev/null ) \
      || { echo "verifiers: cannot download $package" >&2; failed=1; }
  done
  for file in "$packages"/*.deb; do
    dpkg -x "$file" "$directory/root" || failed=1
  done
  rm -rf "$packages"
  return "$failed"
}

# --reinstall: also what the machine has already, so that the test does not depend on it.
download_with_dependencies() {
  apt-get install --download-only --reinstall -y -qq --no-install-recommends \
    -o Dir::Cache::archives="$(realpath "$2")" -o APT::Sandbox::User=root -o Debug::NoLocking=true \
    "$1" > /dev/null
}

refresh_apt_lists() {
  apt-cache show python3-spf > /dev/null 2>&1 || apt-get update -qq
}

# mailauth asks for a newer node than Debian's, and runs on that all the same.
install_mailauth() {
  local directory=$1
  [[ ! -f $directory/node_modules/mailauth/package.json ]] || rm -rf "$directory"
  command -v npm > /dev/null || { echo "verifiers: no npm, so no mailauth" >&2; return 1; }
  mkdir -p "$directory"
  echo "verifiers: installing $VERIFIER_MAILAUTH into $directory" >&2
  npm install --prefix "$directory" --loglevel=error --no-audit --no-fund --ignore-scripts --no-save \
    "$VERIFIER_MAILAUTH" > /dev/null || { echo "verifiers: cannot install $VERIFIER_MAILAUTH" >&2; return 1; }
}
