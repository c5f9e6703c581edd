"""How an unbound of a test is configured: alone in a folder, for servers on this machine."""

# As resolvers that walk down label by label (RFC 9156) and believe an NXDOMAIN (RFC 8020).
STRICT = ("qname-minimisation: yes", "qname-minimisation-strict: yes", "harden-below-nxdomain: yes")

# On a busy machine a server may be slow; infra-host-ttl: unbound does not avoid it for a quarter of an hour then.
SERVER = """server:
  interface: {host}
  port: {port}
  username: ""
  chroot: ""
  directory: "{folder}"
  pidfile: "{folder}/unbound.pid"
  use-syslog: no
  verbosity: 1
  num-threads: 1
  do-ip6: no
  module-config: "{modules}"
  do-not-query-localhost: no
  infra-host-ttl: 1
"""
CONTROL = """remote-control:
  control-enable: no
"""


def configuration(folder, address, stubs, options=STRICT, modules="iterator"):
    """The text; `stubs` are pairs of a zone and the (host, port) that is asked for it, `options` lines of "server:"."""
    text = SERVER.format(host=address[0], port=address[1], folder=folder, modules=modules)
    text += "".join(f"  {option}\n" for option in options) + CONTROL
    return text + "".join(f'stub-zone:\n  name: "{zone}"\n  stub-addr: {host}@{port}\n' for zone, (host, port) in stubs)
