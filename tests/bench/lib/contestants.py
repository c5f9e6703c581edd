"""The contestants that are PowerDNS modules of ours: the null module, emailauth, and the Responder in a co-process.

A contestant is a function from a Workshop and a folder of its own to a Server that has not been started.
"""

import functools
from dataclasses import dataclass, field
from pathlib import Path

import policies
from packages import unpacked
from servers import BenchError, Unavailable, pdnsutil, power_dns

APEX = (policies.ZONE, "SOA")
# Unique names: no cache can help, and none is in the way; a name may then be asked twice.
UNCACHED = {"cache-ttl": 0}

# Databases want PowerDNS' list of zones, whatever is best for emailauth: without it they are asked at every label.
UNCACHED_DATABASE = {**UNCACHED, "zone-cache-refresh-interval": 30}


@dataclass
class Workshop:
    """What contestants are made of."""
    scratch: Path
    module: Path
    null_module: Path
    coprocess: Path
    downloads: Path                 # where Debian packages are unpacked
    tree: Path                      # the policies
    other_zones: int                # that they make, besides the one that is asked about
    v4: list = field(default_factory=list)   # questions whose names the databases hold
    v6: list = field(default_factory=list)

    def folder(self, name):
        folder = self.scratch / name.replace(" ", "-").replace(",", "")
        folder.mkdir()
        return folder

    def make(self, name, contestant):
        return contestant(name, self, self.folder(name))


def null(name, shop, folder, other_zones=None):
    """The floor, with as many zones as emailauth has."""
    if not shop.null_module.is_file():
        raise BenchError(f"{shop.null_module} is not there; scripts/bench builds it")
    return power_dns(name, folder, {"load-modules": shop.null_module.resolve(), "launch": "null", "null-zone": policies.ZONE,
                                    "null-other-zones": shop.other_zones if other_zones is None else other_zones, **UNCACHED}, APEX)


null_with_one_zone = functools.partial(null, other_zones=0)


def emailauth(name, shop, folder, signed=False, tree=None, apex=policies.ZONE, **settings):
    server = power_dns(name, folder, {
        "load-modules": shop.module.resolve(), "launch": "emailauth", "emailauth-dir": (tree or shop.tree).resolve(),
        "emailauth-dnssec-db": folder / "keys.sqlite3", **UNCACHED, **settings}, (apex, "SOA"))
    if signed:
        pdnsutil(folder, "secure-zone", policies.ZONE)
    return server


def emailauth_cached(name, shop, folder):
    """As shipped: with the packet cache."""
    return emailauth(name, shop, folder, **{"cache-ttl": 20})


def emailauth_walk(name, shop, folder):
    tree = policies.write_walk_tree(folder / "policies")
    return emailauth(name, shop, folder, tree=tree, apex=policies.WALK_ZONE)


emailauth_signed = functools.partial(emailauth, signed=True)


def _coprocess(shop, protocol):
    if not shop.coprocess.is_file():
        raise Unavailable(f"{shop.coprocess} is not built")
    command = f"{shop.coprocess.resolve()} {protocol} {shop.tree.resolve()}"
    if len(command.split(" ")) != 3:
        raise Unavailable("PowerDNS cannot be told of a program whose path holds a space")
    return command


def pipe(name, shop, folder):
    """It has no list of zones, so the zone cache is off, and PowerDNS asks for a SOA at every label."""
    return power_dns(name, folder, {
        "load-modules": unpacked("pdns-backend-pipe", shop.downloads, "*/libpipebackend.so"), "launch": "pipe",
        "pipe-command": _coprocess(shop, "pipe"), "pipe-abi-version": 3, "zone-cache-refresh-interval": 0, **UNCACHED}, APEX)


def remote(name, shop, folder):
    return power_dns(name, folder, {
        "load-modules": unpacked("pdns-backend-remote", shop.downloads, "*/libremotebackend.so"), "launch": "remote",
        "remote-connection-string": f"pipe:command={_coprocess(shop, 'remote')},timeout=2000", **UNCACHED_DATABASE}, APEX)


